"""Requests that go on as something else: the connection itself (SPDY), or a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

LARGEST_MESSAGE = 32 << 20
"""Bytes of one message of a WebSocket, as golang.org/x/net/websocket takes it."""

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Given an upgraded connection: returns once there is nothing more to say."""


def upgrade_of(request: web.Request) -> str:
    """spdy/3.1, websocket, or "" where the client asks for no upgrade that there is."""
    upgrade = request.headers.get("Upgrade", "").lower()
    return upgrade if upgrade in ("spdy/3.1", "websocket") else ""


def websocket_protocols(request: web.Request) -> list[str]:
    """The protocols that the client of a WebSocket offers, the one it likes best first."""
    values = request.headers.getall("Sec-WebSocket-Protocol", ())
    return [each.strip() for value in values for each in value.split(",")]


async def over_spdy(request: web.Request, protocol: str, converse: Conversation) -> web.StreamResponse:
    """Upgrade the connection, and close it after the conversation. It is cancelled where the client leaves."""
    headers = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": protocol}
    response = web.StreamResponse(status=101, headers=headers)
    await response.prepare(request)
    transport, http = request.transport, request.protocol
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionResetError
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    upgraded = _Upgraded(reader, http)
    upgraded.connection_made(transport)
    transport.set_protocol(upgraded)
    try:
        await converse(reader, asyncio.StreamWriter(transport, upgraded, reader, loop))
    finally:
        transport.set_protocol(http)
        transport.close()
    return response


class _Upgraded(asyncio.StreamReaderProtocol):
    """The connection once it is upgraded. That it is lost is reported to aiohttp, which then cancels the handler."""

    def __init__(self, reader: asyncio.StreamReader, http: asyncio.Protocol) -> None:
        super().__init__(reader)
        self._http = http

    def eof_received(self) -> bool:
        super().eof_received()
        return False  # a client that sends no more has left: the connection is closed

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._http.connection_lost(error)


async def over_websocket(
    request: web.Request,
    protocols: Sequence[str],
    converse: Callable[[web.WebSocketResponse], Awaitable[None]],
) -> web.StreamResponse:
    """Accept the WebSocket, with the first of the client's protocols that is one of `protocols`, and close it after the
    conversation."""
    socket = web.WebSocketResponse(protocols=protocols, max_msg_size=LARGEST_MESSAGE, compress=False)
    await socket.prepare(request)
    await converse(socket)
    await socket.close()
    return socket
