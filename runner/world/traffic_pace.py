"""When requests may be sent: one check's at a time, and never again before they have rested."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Hashable, Iterable
from contextlib import asynccontextmanager
from typing import Any


class TrafficPace:
    """Of all the traffic that one lab's checks send. A look that is broken off has sent requests as well."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._next: dict[Hashable, float] = {}

    @asynccontextmanager
    async def turn(self, what: Hashable, rest: float) -> AsyncIterator[None]:
        """A turn to send `what`, which is not sent again for `rest` seconds after it, nor for as long as it took. With a
        rest of 0 it goes on with what was sent just now."""
        if rest:
            await asyncio.sleep(self._pause(what))
        async with self._turn:
            if rest:  # it may have been sent by somebody else meanwhile
                await asyncio.sleep(self._pause(what))
            began = _now()
            try:
                yield
            finally:
                self._next[what] = _now() + max(rest, _now() - began)

    def _pause(self, what: Hashable) -> float:
        return max(0.0, self._next.get(what, 0.0) - _now())


async def paced(count: int, rate: float, seconds: float, number: int, of: int) -> AsyncIterator[None]:
    """Once for each request of one of several senders; at `rate` a second for all of them, 0 for no pause. None begins
    after `seconds`."""
    began = _now()
    for mine in range(number, count, of):
        if rate:
            await asyncio.sleep(max(0.0, began + mine / rate - _now()))
        if _now() - began > seconds:
            return
        yield


async def together(senders: Iterable[Coroutine[Any, Any, None]], seconds: float) -> None:
    """Wait for all of them, or for `seconds`. Raises what the first of them raises."""
    tasks = [asyncio.ensure_future(each) for each in senders]
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*tasks)
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _now() -> float:
    return asyncio.get_running_loop().time()
