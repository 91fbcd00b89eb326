"""The waits of a pod's worker: for a while of the cluster's time, or until something has happened."""

from __future__ import annotations

import asyncio

from runner.practice.controllers.cluster_context import ClusterContext


class PodPauses:
    """All that wait in one worker."""

    def __init__(self, cluster: ClusterContext) -> None:
        self._cluster = cluster
        self._pauses: set[asyncio.Future[None]] = set()
        self._watches: set[asyncio.Future[None]] = set()

    async def pause(self, seconds: float) -> None:
        """Wait `seconds` of a real cluster, or until poked."""
        await self._wait(seconds, self._pauses)

    async def watch(self, seconds: float | None) -> None:
        """The same, also until something changes of a container; None: no matter how long that takes."""
        await self._wait(seconds, self._watches)

    def poke(self) -> None:
        """Something that it may wait for has changed: end every wait."""
        for pause in (*self._pauses, *self._watches):
            _end_pause(pause)

    def look(self) -> None:
        """Something has changed of a container that runs: whoever watches looks at it."""
        for pause in list(self._watches):
            _end_pause(pause)

    async def _wait(self, seconds: float | None, among: set[asyncio.Future[None]]) -> None:
        loop = asyncio.get_running_loop()
        waits: asyncio.Future[None] = loop.create_future()
        timer = None
        if seconds is not None:
            timer = loop.call_later(self._cluster.seconds(seconds), _end_pause, waits)
        among.add(waits)
        try:
            await waits
        finally:
            among.discard(waits)
            if timer:
                timer.cancel()


def _end_pause(waits: asyncio.Future[None]) -> None:
    if not waits.done():
        waits.set_result(None)
