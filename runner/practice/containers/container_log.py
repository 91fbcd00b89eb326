"""The log of a container: its lines with their times, bounded."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice

from runner.practice.containers.container_config import LogLine
from runner.practice.containers.container_limits import LOG_BYTES, LOG_LINE, LOG_LINES


class ContainerLog:
    """Lines of output, as they come. The oldest go where there are more than LOG_LINES, or LOG_BYTES in them."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque()
        self._begun: dict[str, bytes] = {}
        self._count = self._size = 0
        """Of all lines that there were; characters of those that are kept."""
        self._news = asyncio.Event()
        self._closed = False

    async def write(self, stream: str, data: bytes) -> None:
        """Output of the main process; `stream` is stdout or stderr. A line is there once it has come to its end."""
        left = self._begun.pop(stream, b"") + data
        *lines, rest = left.split(b"\n")
        for line in lines:
            self._add(stream, line)
        while len(rest) > LOG_LINE:
            self._add(stream, rest[:LOG_LINE], complete=False)
            rest = rest[LOG_LINE:]
        if rest:
            self._begun[stream] = rest
        self._wake()

    def close(self) -> None:
        """The container has ended: what was begun is the last line, and whoever follows comes to the end."""
        for stream, rest in self._begun.items():
            self._add(stream, rest, complete=False)
        self._begun.clear()
        self._closed = True
        self._wake()

    def lines(self) -> list[LogLine]:
        return list(self._lines)

    async def read(self, *, follow: bool, tail: int | None = None) -> AsyncIterator[list[LogLine]]:
        """The lines that there are, at most the last `tail`; with `follow` those to come, until the container has ended."""
        wanted = len(self._lines) if tail is None else min(tail, len(self._lines))
        while True:
            seen = self._count
            if lines := list(islice(self._lines, len(self._lines) - wanted, None)):
                yield lines
            if not follow or (self._closed and seen == self._count):
                return
            if seen == self._count:
                await self._news.wait()
            wanted = min(self._count - seen, len(self._lines))

    def _add(self, stream: str, line: bytes, *, complete: bool = True) -> None:
        text = line.decode("utf-8", "replace")
        self._lines.append(LogLine(time.time(), text, stream, complete))
        self._count += 1
        self._size += len(text)
        while len(self._lines) > LOG_LINES or self._size > LOG_BYTES:
            self._size -= len(self._lines.popleft().text)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
