"""exec and attach in the channels of a WebSocket.

A message begins with the number of its channel (`command_input.Channel`); in the base64 form it is text: a digit for the
channel, then base64. Version 5 adds the end of a channel, which is 255 and its number; servers speak it from 1.30 on
(k8s.io/apiserver, util/proxy/streamtranslator.go), and they take it to the kubelet in SPDY themselves, which is why a
refusal of the kubelet comes in the error channel there. The other versions are the kubelet's own.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib

from aiohttp import web

from runner.practice.containers.byte_streams import Sink, discard
from runner.practice.containers.standard_streams import Streams
from runner.practice.streaming.command_input import Channel, CommandInput, StreamOptions
from runner.practice.streaming.command_over_spdy import Run
from runner.practice.streaming.command_result import written
from runner.practice.streaming.upgraded_connections import over_websocket, websocket_protocols

WITH_CLOSE, WITH_CLOSE_SINCE = "v5.channel.k8s.io", 30
OF_KUBELET = ("v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io")
CLOSE = 255


def is_translated(request: web.Request, minor: int) -> bool:
    """Whether the API server itself speaks with the client, and in SPDY with the kubelet."""
    return minor >= WITH_CLOSE_SINCE and WITH_CLOSE in websocket_protocols(request)


async def command_over_websocket(
    request: web.Request, options: StreamOptions, minor: int, run: Run
) -> web.StreamResponse:
    """Run a command for a client that asks for a WebSocket. A server of that minor version answers."""
    protocols = (WITH_CLOSE,) if is_translated(request, minor) else OF_KUBELET
    offered = websocket_protocols(request)
    if offered and not set(protocols) & set(offered):
        return web.Response(status=403)  # golang.org/x/net/websocket says nothing more

    async def converse(socket: web.WebSocketResponse) -> None:
        await _Conversation(socket, options).run(run)

    return await over_websocket(request, protocols, converse)


class _Conversation:
    """The channels of one command."""

    def __init__(self, socket: web.WebSocketResponse, options: StreamOptions) -> None:
        self._socket, self._wanted = socket, options.wanted()
        protocol = socket.ws_protocol or ""
        self._encoded = "base64" in protocol
        self._closes = protocol == WITH_CLOSE
        self._version = int(protocol[1]) if protocol.startswith("v") else 1
        self._input = CommandInput(options)

    async def run(self, run: Run) -> None:
        """The command, until it ends or the client leaves."""
        with contextlib.suppress(ConnectionError):
            await self._send(min(self._wanted - {Channel.STDIN}, default=Channel.ERROR), b"")  # it is there
            await self._run(run)

    async def _run(self, run: Run) -> None:
        streams = Streams(
            self._input.stdin, self._sink(Channel.STDOUT), self._sink(Channel.STDERR), self._input.terminal
        )
        running, receiving = asyncio.ensure_future(run(streams)), asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait((running, receiving), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                self._input.abandon()
                await self._send(Channel.ERROR, written(running.result(), self._version))
        finally:
            running.cancel()
            receiving.cancel()
            await asyncio.gather(running, receiving, return_exceptions=True)

    def _sink(self, channel: Channel) -> Sink:
        if channel not in self._wanted:
            return discard
        return lambda data: self._send(channel, data)

    async def _send(self, channel: Channel, data: bytes) -> None:
        """Waits while the client is behind."""
        if self._encoded:
            await self._socket.send_str(f"{channel}{base64.b64encode(data).decode()}")
        else:
            await self._socket.send_bytes(bytes([channel]) + data)

    async def _receive(self) -> None:
        """What the client sends, until it leaves."""
        async for message in self._socket:
            if message.type not in (web.WSMsgType.BINARY, web.WSMsgType.TEXT) or not message.data:
                continue
            data = message.data.encode() if isinstance(message.data, str) else message.data
            channel, data = data[0], data[1:]
            if self._encoded:
                channel -= ord("0")
                try:
                    data = base64.b64decode(data, validate=True)
                except binascii.Error:
                    return
            if self._closes and channel == CLOSE:
                await self._input.finish(data[0] if data else CLOSE)
            else:
                await self._input.receive(channel, data)
