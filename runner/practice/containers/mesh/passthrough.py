"""What a sidecar lets pass to where it was meant to go: out of Envoy again, and by the pods' network as without a sidecar."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from runner.practice.containers.mesh.pipe_streams import PIECE, PipeStreams
from runner.practice.containers.mesh.proxy_header import Ends, ends_of
from runner.practice.containers.network_messages import ConnectError, Destination
from runner.practice.containers.network_programs.tls_server_side import converse_securely

Find = Callable[[Ends], Awaitable[Destination]]
"""What answers there. Raises ConnectError."""


class Passthrough:
    """Serves the pipe `passthrough` of a folder."""

    def __init__(self, folder: Path, find: Find) -> None:
        self._path, self._find = folder / "passthrough", find
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None] | None] = set()

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._connected, self._path)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            if task is not None:
                task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._connections.add(task)
        try:
            data = b""
            while (found := ends_of(data)) is None:
                piece = await reader.read(PIECE)
                if not piece:
                    return
                data += piece
            ends, length = found
            if ends is None:
                return
            streams = PipeStreams(reader, writer, data[length:])
            # asyncio of Python 3.11 takes a connection's cancelled task for an error
            with contextlib.suppress(ConnectError, ConnectionError, asyncio.CancelledError):
                await converse_securely(await self._find(ends), streams, streams.write)
        finally:
            self._connections.discard(task)
            writer.close()
