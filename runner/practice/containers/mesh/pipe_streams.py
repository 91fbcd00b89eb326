"""Bytes over a Unix socket, as the source and the sink that programs know."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

from runner.practice.containers.byte_streams import Sink, Source

PIECE = 64 * 1024


class PipeStreams:
    """One connection. Source and sink at the same time."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes = b""
    ) -> None:
        """`first`: what was read already."""
        self._reader, self._writer, self._first = reader, writer, first

    async def read(self) -> bytes | None:
        """What comes next; None at the end."""
        if self._first:
            first, self._first = self._first, b""
            return first
        try:
            return await self._reader.read(PIECE) or None
        except (ConnectionError, ssl.SSLError):
            return None

    async def write(self, data: bytes) -> None:
        """Raises ConnectionError."""
        self._writer.write(data)
        await self._writer.drain()

    def end(self) -> None:
        """Nothing more will be written."""
        with contextlib.suppress(OSError, NotImplementedError, RuntimeError):
            self._writer.write_eof()

    def close(self) -> None:
        self._writer.close()


async def carry(connection: PipeStreams, source: Source, sink: Sink) -> None:
    """Pass bytes both ways until the connection ends."""

    async def forth() -> None:
        with contextlib.suppress(ConnectionError):
            while (piece := await source.read()) is not None:
                await connection.write(piece)
            connection.end()

    sending = asyncio.ensure_future(forth())
    try:
        while (piece := await connection.read()) is not None:
            await sink(piece)
    finally:
        sending.cancel()
        connection.close()
