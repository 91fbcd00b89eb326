"""Requests to servers behind APIServices, in pods: the API's own, and those of its clients, which it passes on."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from runner.practice.controllers.custom_metrics import MetricServer
from runner.practice.machinery.webhook_services import (
    Dial,
    InCluster,
    NothingKnown,
    NotReached,
    ServiceConnector,
)

LARGEST = 4 * 1024 * 1024
SECONDS = 10.0


class ServerLost(Exception):
    """It was not reached, or broke off."""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    status: int
    body: bytes
    content_type: str


class _AnyCertificate(ServiceConnector):
    """Adapters make their own: their APIServices say insecureSkipTLSVerify."""

    async def _create_connection(self, *_request: object) -> aiohttp.client_proto.ResponseHandler:
        there = self._service
        try:
            carrier = await there.dial(there.namespace, there.name, there.port)
        except OSError as error:
            raise NotReached(error) from None
        carrier.setblocking(False)
        _, protocol = await self._loop.create_connection(
            self._factory, sock=carrier, ssl=self._context, server_hostname=self._server
        )
        return protocol


class AggregatedServers:
    """Asks through Services, by the same connections as webhooks."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial

    async def get(self, server: MetricServer, path: str) -> ServerAnswer:
        """Raises ServerLost."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        name = f"{server.service}.{server.namespace}.svc"
        service = InCluster(self._dial, server.namespace, server.service, server.port, name)
        timeout = aiohttp.ClientTimeout(SECONDS)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=_AnyCertificate(service, context, name), timeout=timeout
                ) as session,
                session.get(f"https://{name}{path}", allow_redirects=False) as answer,
            ):
                body = await answer.content.read(LARGEST)
                return ServerAnswer(answer.status, body, answer.content_type)
        except (NothingKnown, NotReached, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ServerLost(str(error) or type(error).__name__) from None

    async def passed_on(self, server: MetricServer, request: web.Request) -> web.StreamResponse:
        """A client's request; only reading is known of such servers here."""
        try:
            answer = await self.get(server, request.path_qs)
        except ServerLost:
            return web.Response(status=503, text="service unavailable\n")
        return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)
