"""The standard streams of processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

Sink = Callable[[bytes], Awaitable[None]]
"""Takes bytes; waits while the reader is behind."""


class Source(Protocol):
    """Where a process reads from."""

    async def read(self) -> bytes | None:
        """What comes next; None at the end."""
        ...


class Pipe:
    """Bytes that somebody writes and a process reads, in order. Holds at most `MOST` pieces."""

    MOST = 64

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(self.MOST)
        self._closed = self._ended = False

    async def write(self, data: bytes) -> None:
        if data and not self._closed:
            await self._pieces.put(data)

    async def close(self) -> None:
        """The reader gets what is left, and then the end."""
        if not self._closed:
            self._closed = True
            await self._pieces.put(None)

    def abandon(self) -> None:
        """Nobody reads any more: who writes need not wait."""
        self._closed = self._ended = True
        while not self._pieces.empty():
            self._pieces.get_nowait()

    async def read(self) -> bytes | None:
        if self._ended:
            return None
        piece = await self._pieces.get()
        self._ended = piece is None
        return piece


class Nothing:
    """The input of a process that has none."""

    async def read(self) -> bytes | None:
        return None


async def discard(_data: bytes) -> None:
    """A sink for what nobody reads."""
