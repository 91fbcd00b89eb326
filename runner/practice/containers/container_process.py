"""One process of a container: started from its arguments, ended by itself or by a signal."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from runner.practice.containers.byte_streams import Streams

T = TypeVar("T")


class Process:
    """What the process table has of it. What it runs is a task; everything that it waits for is waited for through `wait`."""

    def __init__(self, pid: int, argv: Sequence[str], streams: Streams, parent: int = 0) -> None:
        self.pid, self.argv, self.streams, self.parent = pid, tuple(argv), streams, parent
        self.started = time.time()
        self.begun = asyncio.Event()
        """Set once there is a program for its arguments."""
        self.terminated = asyncio.Event()
        self.signal = 0
        """The signal that ends it, once there was one."""
        self.handles_term = False
        """Whether it does something of its own at SIGTERM."""
        self._waits: set[asyncio.Future[Any]] = set()
        self._on_kill: list[Any] = []

    async def wait(self, work: Awaitable[T], interrupted: T) -> T:
        """The result of `work`, or `interrupted` where a signal ends it first."""
        if self.signal:
            if asyncio.iscoroutine(work):
                work.close()
            return interrupted
        task = asyncio.ensure_future(work)
        self._waits.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self.signal and task.cancelled():
                return interrupted
            task.cancel()
            raise
        finally:
            self._waits.discard(task)

    def on_kill(self, call: Any) -> None:
        """Call this when it is killed: what runs it must stop at once."""
        self._on_kill.append(call)

    def send(self, number: int) -> None:
        """A signal. A main process that does nothing of its own at SIGTERM goes on: it is PID 1."""
        if number == signal.SIGTERM:
            self.terminated.set()
            if self.pid == 1 and not self.handles_term:
                return
        self.signal = number
        for task in list(self._waits):
            task.cancel()
        if number != signal.SIGTERM or not self.handles_term:
            for call in self._on_kill:
                call()
