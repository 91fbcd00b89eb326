"""Looks at the memory of the runtime's process, and ends what takes too much: one process of one container, not all."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from runner.practice.containers import runtime_memory
from runner.practice.containers.container_limits import DEEPEST_STACK, LOOK_EVERY, MIB, MOST_MEMORY
from runner.practice.containers.container_process import Process
from runner.practice.containers.runtime_memory import Stack

log = logging.getLogger(__name__)

STEP = 8 * MIB
"""Of growth, before the stacks are looked at, which takes some milliseconds."""
AGAIN = 16 * MIB
"""By so much a stack must have grown since somebody was ended for it, before the next one is."""
QUIET = 1.0
"""Seconds after that, before the stacks are given back: what was ended is on its way back from the depth meanwhile."""
LONG = 0.1
"""Seconds at work after which it may be that somebody has filled a stack; nobody can in less."""


class Watched(Protocol):
    """A container, as far as its memory goes."""

    def busy_processes(self) -> dict[Process, float]:
        """Those that use a processor, and for how many seconds they have."""
        ...

    def bytes_in_memory(self) -> int:
        """Of its files and volumes that are in this process."""
        ...

    def out_of_memory(self) -> None: ...


class MemoryWatch:
    """`containers` gives those that run."""

    def __init__(self, containers: Callable[[], Iterable[Watched]], most: int = MOST_MEMORY) -> None:
        self._containers, self._most = containers, most
        self._seen = self._held = 0
        """Bytes in memory at the last look at the stacks, and when somebody was ended for want of memory."""
        self._deep: dict[int, Stack] = {}
        """Stacks that somebody was ended for, as they were then, by their start."""
        self._reached: dict[int, int] = {}
        """Bytes that each of them has reached in the moment after: on the way back from the depth it may still grow."""
        self._ended = 0.0
        """When that was the last time."""

    async def run(self) -> None:
        if not runtime_memory.resident():
            return  # no /proc: only what bashkit bounds is bounded
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY)

    def look(self) -> None:
        now = runtime_memory.resident()
        if now > self._seen + STEP:
            self._seen = now
            if not self._end_recursion() and now > max(self._most, self._held + AGAIN):
                runtime_memory.trim()
                self._seen = self._held = runtime_memory.resident()
                if self._held > self._most:
                    self._end_largest()
        elif now < self._seen:
            self._seen = now
        if self._deep and time.monotonic() > self._ended + QUIET and self._at_rest():
            for stack in self._deep.values():
                runtime_memory.release(stack)
            self._deep.clear()
            self._reached.clear()

    def _end_recursion(self) -> bool:
        """Whether somebody was ended."""
        quiet = time.monotonic() < self._ended + QUIET
        for stack in runtime_memory.stacks():
            before = self._deep.get(stack.start)
            if before is None:
                most = DEEPEST_STACK
            elif quiet:
                most = before.resident + DEEPEST_STACK
                self._reached[stack.start] = max(self._reached.get(stack.start, 0), stack.resident)
            else:
                most = max(before.resident, self._reached.get(stack.start, 0)) + AGAIN
            if stack.resident < most:
                continue
            self._deep[stack.start] = stack
            self._reached.pop(stack.start, None)
            if process := self._newest():
                log.warning("recursion of %d MiB: %s", stack.resident // MIB, process.argv)
                self._ended = time.monotonic()
                process.end(signal.SIGSEGV)
                return True
        return False

    def _end_largest(self) -> None:
        """The container that holds most; the newest process at work where it is not files that take the room."""
        largest = max(self._containers(), key=lambda each: each.bytes_in_memory(), default=None)
        newest = self._newest()
        if largest is not None and largest.bytes_in_memory() > self._most // 20:
            log.warning("out of memory: a container with %d MiB is ended", largest.bytes_in_memory() // MIB)
            largest.out_of_memory()
        elif newest is not None:
            newest.end(signal.SIGKILL)

    def _newest(self) -> Process | None:
        """Of the processes at work the one that was started last, if it is at work for long enough."""
        busy = self._busy()
        return max(busy, key=lambda each: (busy[each] > LONG, each.started), default=None)

    def _at_rest(self) -> bool:
        return not self._busy() and runtime_memory.threads_sleep()

    def _busy(self) -> dict[Process, float]:
        return {
            process: seconds
            for container in self._containers()
            for process, seconds in container.busy_processes().items()
        }
