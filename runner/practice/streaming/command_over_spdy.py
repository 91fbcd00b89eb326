"""exec and attach over SPDY/3.1: a stream each for what the client asked for, and one for errors.

The client opens them with the header `streamType`: error, stdin, stdout, stderr, and resize for a terminal from
version 3 of the protocol on. The error stream ends with how the command ended (`command_result.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

from runner.practice.containers.byte_streams import Sink, discard
from runner.practice.containers.standard_streams import Streams
from runner.practice.streaming.command_input import Channel, CommandInput, StreamOptions
from runner.practice.streaming.command_result import written
from runner.practice.streaming.spdy import (
    Data,
    Frame,
    GoAway,
    Opened,
    Ping,
    Reader,
    Reset,
    SpdyError,
    Writer,
)
from runner.practice.streaming.upgraded_connections import over_spdy

LOG = logging.getLogger(__name__)

VERSIONS = {"v4.channel.k8s.io": 4, "v3.channel.k8s.io": 3, "v2.channel.k8s.io": 2, "channel.k8s.io": 1}
RESIZES_SINCE = 3
CREATION_SECONDS = 30.0
"""How long a client may take to open its streams (kubelet: DefaultStreamCreationTimeout)."""
LEAVING_SECONDS = 5.0
"""How long a client may take to leave once it was told how the command ended."""
PIECE = 32 * 1024
"""Bytes of a data frame."""

Run = Callable[[Streams], Awaitable[dict[str, Any]]]
"""Runs the command with its streams; gives the Status that it ended with. Cancelled where the client leaves."""


async def command_over_spdy(request: web.Request, options: StreamOptions, run: Run) -> web.StreamResponse:
    """Run a command for a client that asks for SPDY."""
    values = request.headers.getall("X-Stream-Protocol-Version", ())
    offered = [each.strip() for value in values for each in value.split(",")]
    if not offered:
        return web.Response(status=400, text="unable to upgrade: X-Stream-Protocol-Version is required\n")
    protocol = next((each for each in offered if each in VERSIONS), None)
    if protocol is None:
        accepted = " ".join(VERSIONS)
        text = f"unable to negotiate protocol: client supports [{' '.join(offered)}], server accepts [{accepted}]"
        headers = [("X-Accepted-Stream-Protocol-Versions", each) for each in VERSIONS]
        return web.Response(status=403, text=f"unable to upgrade: {text}\n", headers=headers)
    version = VERSIONS[protocol]

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Conversation(reader, writer, options, version).run(run)

    return await over_spdy(request, protocol, converse)


class _Conversation:
    """The streams of one command."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, options: StreamOptions, version: int
    ) -> None:
        self._reader, self._writer, self._version = reader, writer, version
        self._spdy, self._input = Writer(), CommandInput(options)
        self._expected = options.wanted() | {Channel.ERROR}
        if options.tty and version >= RESIZES_SINCE:
            self._expected.add(Channel.RESIZE)
        self._streams: dict[Channel, int] = {}
        self._open = asyncio.Event()

    async def run(self, run: Run) -> None:
        receiving = asyncio.ensure_future(self._receive())
        opening = asyncio.ensure_future(self._open.wait())
        try:
            await asyncio.wait(
                (receiving, opening), timeout=CREATION_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if self._open.is_set():
                with contextlib.suppress(ConnectionError):
                    await self._run(run, receiving)
        finally:
            opening.cancel()
            receiving.cancel()

    async def _run(self, run: Run, receiving: asyncio.Future[None]) -> None:
        """The command, until it ends or the client leaves."""
        streams = Streams(
            self._input.stdin, self._sink(Channel.STDOUT), self._sink(Channel.STDERR), self._input.terminal
        )
        running = asyncio.ensure_future(run(streams))
        try:
            await asyncio.wait((running, receiving), return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                return
            self._input.abandon()
            await self._send(Channel.ERROR, written(running.result(), self._version))
            for stream in self._streams.values():
                self._writer.write(self._spdy.data(stream, b"", fin=True))
            await self._writer.drain()
            await asyncio.wait((receiving,), timeout=LEAVING_SECONDS)
        finally:
            running.cancel()

    def _sink(self, channel: Channel) -> Sink:
        if channel not in self._streams:
            return discard
        return lambda data: self._send(channel, data)

    async def _send(self, channel: Channel, data: bytes) -> None:
        """Waits while the client is behind."""
        stream = self._streams[channel]
        for at in range(0, len(data), PIECE):
            self._writer.write(self._spdy.data(stream, data[at : at + PIECE]))
            await self._writer.drain()

    async def _receive(self) -> None:
        """What the client sends, until it leaves."""
        try:
            async for frame in self._frames():
                match frame:
                    case Opened():
                        self._opened(frame)
                    case Data(stream, data, fin):
                        await self._received(stream, data, fin=fin)
                    case Reset(stream):
                        await self._received(stream, b"", fin=True)
                    case Ping(number):
                        self._writer.write(self._spdy.ping(number))
                    case GoAway():
                        return
        except SpdyError as error:
            LOG.warning("exec: %s", error)

    async def _frames(self) -> AsyncIterator[Frame]:
        frames = Reader()
        while data := await self._reader.read(1 << 16):
            for frame in frames.feed(data):
                yield frame

    def _opened(self, frame: Opened) -> None:
        kind = frame.headers.get("streamtype", "").upper()
        channel = Channel[kind] if kind in Channel.__members__ else None
        if channel not in self._expected or channel in self._streams:
            self._writer.write(self._spdy.reset(frame.stream))
            return
        self._streams[channel] = frame.stream
        self._writer.write(self._spdy.reply(frame.stream))
        if self._expected == self._streams.keys():
            self._open.set()

    async def _received(self, stream: int, data: bytes, *, fin: bool) -> None:
        channel = next((channel for channel, number in self._streams.items() if number == stream), None)
        if channel is not None:
            await self._input.receive(channel, data)
            if fin:
                await self._input.finish(channel)
