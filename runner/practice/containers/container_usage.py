"""What a container uses of a processor and of memory: work that is counted, not measured, and held to its limits."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from runner.practice.containers.container_config import ContainerConfig
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_process import Process
from runner.practice.containers.node_machine import NodeMachine
from runner.practice.containers.processors import NODE, QUOTA_PERIOD, Processors

LOOK_EVERY = 0.3
"""Seconds between two looks at the files in memory of a container with a limit."""
PROCESS_MEMORY = 512 * 1024
"""Bytes of each process besides the main one, whose memory is its image's."""


class ContainerUsage:
    """`besides` is what is held besides the main process; `out_of_memory` is called where all is more than the limit."""

    def __init__(
        self,
        config: ContainerConfig,
        image: Image,
        node: NodeMachine,
        besides: Callable[[], int],
        out_of_memory: Callable[[], None],
    ) -> None:
        self._config, self._image = config, image
        self._besides, self._out_of_memory = besides, out_of_memory
        self._limit = config.cpu_limit or NODE
        self._node, self._own = node, Processors(self._limit)
        self._started = time.monotonic()
        self._worked = 0.0
        self._busy: dict[Process, float] = {}
        """Since when those are busy that use a whole processor."""
        self._at_work: set[Process] = set()
        self._waits: Counter[Process] = Counter()
        """For how many things somebody waits."""
        self._held = 0

    async def work(self, seconds: float) -> None:
        """Count seconds of a processor; waits where the container is over its limit, or uses all that its node has."""
        self._worked += seconds
        waits = self._node.processors.delay(seconds)
        self._node.load.add(seconds + waits)
        delay = max(waits, self._own.delay(seconds))
        if delay:
            await asyncio.sleep(delay)

    @contextmanager
    def busy(self, who: Process) -> Iterator[None]:
        """Somebody uses a whole processor meanwhile; see `idle`."""
        self._at_work.add(who)
        self._busy[who] = time.monotonic()
        try:
            yield
        finally:
            self._at_work.discard(who)
            self._pause(who)

    @contextmanager
    def idle(self, who: Process) -> Iterator[None]:
        """Somebody who is busy waits meanwhile, for one thing or for several."""
        self._pause(who)
        self._waits[who] += 1
        try:
            yield
        finally:
            self._waits[who] -= 1
            if not self._waits[who]:
                del self._waits[who]
                if who in self._at_work:
                    self._busy[who] = time.monotonic()

    @property
    def held(self) -> int:
        """Bytes that programs hold besides what their image takes anyway."""
        return self._held

    def hold(self, amount: int) -> None:
        self._held = max(0, amount)
        self.check()

    def check(self) -> None:
        """Whether it still has room."""
        if self._config.memory_limit and self.memory() > self._config.memory_limit:
            self._out_of_memory()

    async def watch(self) -> None:
        """Look again and again, for what grows without a word: files in memory."""
        while True:
            self.check()
            await asyncio.sleep(LOOK_EVERY)

    def wanted(self) -> list[tuple[float, float]]:
        """(seconds until now, share of a processor that was used all that time): of those who are busy, and at rest."""
        now = time.monotonic()
        at_rest = (now - self._started, self._image.idle_cpu / 1000)
        return [at_rest, *((now - since, 1.0) for since in self._busy.values())]

    def busy_for(self) -> dict[Process, float]:
        """The processes that use a whole processor now, and for how many seconds they have."""
        now = time.monotonic()
        return {process: now - since for process, since in self._busy.items()}

    def is_busy(self, process: Process) -> bool:
        return process in self._busy

    def seconds_of(self, process: Process) -> float:
        """Those of a processor that one process has used; the main one is also what the image uses at rest."""
        now = time.monotonic()
        since = self._busy.get(process)
        used = process.worked + (now - since if since is not None else 0.0)
        if process.pid == 1:
            used += self._image.idle_cpu / 1000 * (now - self._started)
        return min(used, self.processor_seconds())

    def memory_of(self, process: Process) -> int:
        """Bytes that one process holds: the main one what its image takes, and what programs hold besides."""
        return self._image.memory + self._held if process.pid == 1 else PROCESS_MEMORY

    def memory(self) -> int:
        """Bytes, of all processes and files in memory together."""
        return self._image.memory + self._held + self._besides()

    def processor_seconds(self) -> float:
        """Since its start; never more than its limit allows."""
        now = time.monotonic()
        ran = now - self._started
        used = (
            self._image.idle_cpu / 1000 * ran
            + self._worked
            + sum(now - since for since in self._busy.values())
        )
        return min(used, self._limit / 1000 * (ran + QUOTA_PERIOD))

    def _pause(self, who: Process) -> None:
        since = self._busy.pop(who, None)
        if since is not None:
            seconds = time.monotonic() - since
            self._worked += seconds
            who.worked += seconds
            self._node.load.add_past(seconds)
