"""Where Envoy sends its spans: Zipkin's collector, at a pipe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from runner.practice.containers.mesh.http_wire import MessageReader
from runner.practice.containers.mesh.mesh_span import MeshSpan, span_of

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


class SpanReceiver:
    """Serves the pipe `spans` of a folder; hands each span on."""

    def __init__(self, folder: Path, take: Callable[[MeshSpan], None]) -> None:
        self._path, self._take = folder / "spans", take
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Connection(self._take), self._path)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()


class _Connection(asyncio.Protocol):
    def __init__(self, take: Callable[[MeshSpan], None]) -> None:
        self._take, self._reader = take, MessageReader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._reader.feed(data)
        try:
            while (request := self._reader.request()) is not None:
                for plain in json.loads(request.body or b"[]"):
                    self._take(span_of(plain))
                self._transport.write(ACCEPTED)
        except (ValueError, KeyError):
            self._transport.close()
