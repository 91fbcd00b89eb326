"""The log of a container: its lines with their times, bounded."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator

from runner.practice.containers.container_config import LogLine

MOST_LINES = 10_000
MOST_OF_A_LINE = 16 * 1024
"""Bytes; a longer line is cut into several, as containerd does it."""


class ContainerLog:
    """Lines of output, as they come. The oldest go where there are more than MOST_LINES."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._begun: dict[str, bytes] = {}
        self._count = 0
        self._news = asyncio.Event()
        self._closed = False

    async def write(self, stream: str, data: bytes) -> None:
        """Output of the main process; `stream` is stdout or stderr."""
        left = self._begun.pop(stream, b"") + data
        *lines, rest = left.split(b"\n")
        for line in lines:
            self._add(stream, line)
        while len(rest) > MOST_OF_A_LINE:
            self._add(stream, rest[:MOST_OF_A_LINE], complete=False)
            rest = rest[MOST_OF_A_LINE:]
        if rest:
            self._begun[stream] = rest

    def close(self) -> None:
        """The container has ended: what was begun is the last line, and whoever follows comes to the end."""
        for stream, rest in self._begun.items():
            self._add(stream, rest, complete=False)
        self._begun.clear()
        self._closed = True
        self._wake()

    def lines(self) -> list[LogLine]:
        begun = [LogLine(time.time(), rest.decode("utf-8", "replace"), stream, complete=False)
                 for stream, rest in self._begun.items()]  # fmt: skip
        return [*self._lines, *begun]

    async def follow(self) -> AsyncIterator[LogLine]:
        """Lines from now on, until the container has ended."""
        seen = self._count
        while True:
            new = self._count - seen
            seen = self._count
            for line in list(self._lines)[-new:] if new else ():
                yield line
            if self._closed and seen == self._count:
                return
            if seen == self._count:
                await self._news.wait()

    def _add(self, stream: str, line: bytes, *, complete: bool = True) -> None:
        self._lines.append(LogLine(time.time(), line.decode("utf-8", "replace"), stream, complete))
        self._count += 1
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
