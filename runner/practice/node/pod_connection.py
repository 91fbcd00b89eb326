"""A connection from outside to what listens in a pod, as bytes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

from runner.practice.containers.runtime_frames import Frames, Kind

PIECE = 64 * 1024


class PodConnection:
    """The frames of one `dial`."""

    def __init__(self, frames: Frames, *, stand_in: bool = False) -> None:
        self._frames = frames
        self.stand_in = stand_in
        """Whether it stands in for a program of which nothing is known that answers."""

    async def read(self) -> bytes:
        """What comes next; b"" at the end."""
        frame = await self._frames.read()
        return frame[1] if frame is not None and frame[0] is Kind.STDOUT else b""

    async def write(self, data: bytes) -> None:
        """Raises ConnectionError."""
        await self._frames.write(Kind.STDIN, data)

    async def write_end(self) -> None:
        """Nothing more is sent. Raises ConnectionError."""
        await self._frames.write(Kind.STDIN_END)

    def close(self) -> None:
        self._frames.close()


async def carry(
    connection: PodConnection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Bytes both ways until the pod's side ends, or the client is gone; both are closed then."""

    async def send() -> None:
        while data := await reader.read(PIECE):
            await connection.write(data)
        await connection.write_end()

    sending = asyncio.ensure_future(send())
    sending.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        with contextlib.suppress(ConnectionError):
            while data := await connection.read():
                writer.write(data)
                await writer.drain()
    finally:
        sending.cancel()
        connection.close()
        writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close a client's connection with RST, as where nobody takes it."""
    taken = writer.get_extra_info("socket")
    if taken is not None:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
