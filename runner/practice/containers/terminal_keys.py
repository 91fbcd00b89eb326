"""Keys for programs that take the whole screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from runner.practice.containers.standard_streams import Terminal


class Keys:
    """What is typed, as it comes; b"" at the end of the input."""

    def __init__(self) -> None:
        self._typed: asyncio.Queue[bytes] = asyncio.Queue()

    def put(self, data: bytes) -> None:
        self._typed.put_nowait(data)

    async def next(self, seconds: float | None = None) -> bytes | None:
        """None where nothing comes for so long."""
        try:
            async with asyncio.timeout(seconds):
                return await self._typed.get()
        except TimeoutError:
            return None

    async def ended(self, seconds: float) -> bool:
        """Waits so long; whether `q` or Ctrl-C was typed meanwhile, or the input has ended."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (left := until - loop.time()) > 0:
            typed = await self.next(left)
            if typed is not None and (typed == b"" or b"q" in typed or b"\x03" in typed):
                return True
        return False


@contextmanager
def keys_of(terminal: Terminal) -> Iterator[Keys]:
    """They go to the program as long as this is open, without echo."""
    keys = Keys()
    assert terminal.discipline is not None, "a program that runs has its terminal"
    with terminal.discipline.raw(keys.put):
        yield keys
