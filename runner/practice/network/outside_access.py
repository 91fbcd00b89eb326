"""What somebody outside the cluster reaches: a lab's stand-in pages, and what really listens in the pods."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from runner.practice.containers.network_messages import ConnectError, Place, Request, Response
from runner.practice.network.pages import Pages
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.pod_connection import PodConnection, carry, reset

if TYPE_CHECKING:
    from aiohttp import web


class OutsideAccess:
    """Where nothing runs in the pods, pages answer for all of them; else for the Services that a lab has pages for."""

    def __init__(self, pages: Pages, runtime: ContainerRuntime) -> None:
        self.pages, self._runtime = pages, runtime

    def is_page(self, kind: str, namespace: str, name: str, port: str) -> bool:
        """Whether a page answers on that port (number or name) of a Service or pod ("services", "pods")."""
        return not self._runtime.runs or self.pages.has_page(kind, namespace, name, port)

    def page_server(self, kind: str, namespace: str, name: str, port: str) -> web.Server:
        """What answers there with pages."""
        from aiohttp import web

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            found = self.pages.answer(kind, namespace, name, port, request.path, request.query_string)
            status, headers, body = found or (503, {}, b"")
            return web.Response(status=status, headers=headers, body=body)

        return web.Server(handle, access_log=None)

    async def dial(self, place: Place) -> PodConnection:
        """Raises ConnectError."""
        try:
            return await self._runtime.dial(place)
        except ConnectionError as error:  # the runtime has ended
            raise ConnectError("refused", place.name, place.port) from error

    async def request(self, place: Place, request: Request) -> Response:
        """Raises ConnectError."""
        try:
            return await self._runtime.request(place, request)
        except ConnectionError as error:
            raise ConnectError("refused", place.name, place.port) from error

    async def serve(self, bound: socket.socket, place: Place) -> asyncio.Server:
        """Pass on every connection to a listening socket; where nobody takes it, it is reset."""

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                connection = await self.dial(place)
            except ConnectError:
                reset(writer)
                return
            await carry(connection, reader, writer)

        return await asyncio.start_server(connected, sock=bound)
