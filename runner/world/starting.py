"""Programs that are started by a task which may be cancelled at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

Started = TypeVar("Started")


async def started(
    starting: Coroutine[Any, Any, Started], end: Callable[[Started], Awaitable[object]]
) -> Started:
    """What `starting` gives. Cancelled meanwhile, it lets the start end, and then `end`s what was started.

    asyncio, cancelled between the fork and the pipes' connecting, waits for the program forever
    (base_subprocess in Python 3.11: it wakes nobody while a pipe has never been connected).
    """
    task = asyncio.ensure_future(starting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled() and task.exception() is None:
            await end(task.result())
        raise
