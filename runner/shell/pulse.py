"""Waiting for the next activity of the shell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Pulse:
    """Wakes all waiters whenever something happens."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, timeout: float) -> None:
        """Until the next beat, for `timeout` seconds at most."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await asyncio.wait((waiter,), timeout=timeout)
        finally:
            self._waiting.discard(waiter)

    async def until(self, holds: Callable[[], bool], timeout: float, every: float = 0.03) -> bool:
        """Wait until `holds()`, looked at on every beat and `every` seconds; False if `timeout` seconds passed."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not holds():
            left = deadline - loop.time()
            if left <= 0:
                return False
            await self.wait(min(left, every))
        return True
