"""Connections to webhooks that run in pods: through a Service, with TLS whose certificate has to be the Service's."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler


class NothingKnown(Exception):
    """What should answer is a program of which nothing is known here."""


class WrongServer(ValueError):
    """The certificate is another server's; in the words of Go's crypto/x509."""


class NotReached(Exception):
    """No connection came about."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


Dial = Callable[[str, str, int], Awaitable[socket.socket]]
"""(namespace, Service, port) -> a connection from the control plane to a ready pod of it.

Raises ConnectionError, TimeoutError, NothingKnown.
"""


@dataclass(frozen=True, slots=True)
class InCluster:
    """A Service whose pods are to be asked; `address` (host:port) is what complaints name."""

    dial: Dial
    namespace: str
    name: str
    port: int
    address: str


class ServiceConnector(aiohttp.BaseConnector):
    """Connects to one Service, whatever the URL says. `server` is whom its certificate must be for."""

    def __init__(self, service: InCluster, context: ssl.SSLContext, server: str) -> None:
        super().__init__(force_close=True)
        self._service, self._context, self._server = service, context, server

    async def _create_connection(self, *_request: Any) -> ResponseHandler:
        """Raises NotReached, TimeoutError, NothingKnown, WrongServer, ssl.SSLError."""
        there = self._service
        try:
            carrier = await there.dial(there.namespace, there.name, there.port)
        except TimeoutError:
            raise
        except OSError as error:
            raise NotReached(error) from None
        carrier.setblocking(False)
        transport, protocol = await self._loop.create_connection(
            self._factory, sock=carrier, ssl=self._context, server_hostname=self._server
        )
        words = certificate_complaint(transport.get_extra_info("peercert"), self._server)
        if words:
            transport.abort()
            raise WrongServer(words)
        return protocol


def certificate_complaint(certificate: dict[str, Any], server: str) -> str:
    """Why a certificate (as ssl gives it) is not one of that server, in the words of Go's crypto/x509; "" where it is."""
    names = [str(value) for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    if any(_matches(name, server) for name in names):
        return ""
    if names:
        return f"x509: certificate is valid for {', '.join(names)}, not {server}"
    subject = {key: value for part in certificate.get("subject", ()) for key, value in part}
    if _is_name(subject.get("commonName", "")):
        return "x509: certificate relies on legacy Common Name field, use SANs instead"
    return f"x509: certificate is not valid for any names, but wanted to match {server}"


def _matches(pattern: str, server: str) -> bool:
    pattern, server = pattern.lower().rstrip("."), server.lower()
    if pattern.startswith("*."):
        return pattern[2:] == server.partition(".")[2]
    return pattern == server


def _is_name(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return bool(text) and all(part.replace("-", "").isalnum() for part in text.split("."))
    return False
