"""Where Envoy sends its spans: passed on to the collector that the mesh's configuration names, a Service of the cluster."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from runner.practice.containers.mesh.http_wire import MessageReader
from runner.practice.containers.network_messages import ConnectError, Request, Response

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
COLLECTOR = "zipkin.istio-system:9411"

Send = Callable[[str, int, Request], Awaitable[Response]]
"""Sends a request to a name and port of the cluster. Raises ConnectError."""


class SpanReceiver:
    """Serves the pipe `spans` of a folder. Spans that no collector takes are lost, as with a real proxy."""

    def __init__(self, folder: Path, send: Send) -> None:
        self._path, self._send = folder / "spans", send
        self._server: asyncio.Server | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Connection(self._take), self._path)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._sending:
            task.cancel()

    def _take(self, request: Request) -> None:
        task = asyncio.get_running_loop().create_task(self._pass_on(request))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _pass_on(self, request: Request) -> None:
        name, _, port = (request.header("Host") or COLLECTOR).rpartition(":")
        if not name or not port.isdigit():
            name, _, port = COLLECTOR.rpartition(":")
        full = name if name.endswith(".local") or name.count(".") != 1 else f"{name}.svc.cluster.local"
        headers = [("Host", f"{name}:{port}"), ("Content-Type", "application/json")]
        asked = Request(request.method, request.target, headers, request.body)
        with contextlib.suppress(ConnectError, ConnectionError, TimeoutError):
            async with asyncio.timeout(5):
                await self._send(full, int(port), asked)


class _Connection(asyncio.Protocol):
    def __init__(self, take: Callable[[Request], None]) -> None:
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
                self._take(request)
                self._transport.write(ACCEPTED)
        except ValueError:
            self._transport.close()
