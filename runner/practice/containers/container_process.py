"""One process of a container: started from its arguments, ended by itself or by a signal."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar

from runner.practice.containers.standard_streams import Streams

T = TypeVar("T")

STOPPING = frozenset({signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU})
NO_OWN_ANSWER = frozenset({signal.SIGCHLD, signal.SIGWINCH, signal.SIGURG})
"""Signals that do nothing to a process that does not ask for them."""


AT_WORK: ContextVar[Process | None] = ContextVar("AT_WORK", default=None)
"""The process of which a program runs in this task."""


class Termination(asyncio.Event):
    """Set by SIGTERM. A program that looks at it ends in its own way; one that never does is ended by the signal."""

    looked_at = False

    async def wait(self) -> bool:  # type: ignore[override]
        self.looked_at = True
        return await super().wait()

    def is_set(self) -> bool:
        self.looked_at = True
        return super().is_set()


class Process:
    """What the process table has of it. What it runs is a task; everything that it waits for is waited for through `wait`."""

    def __init__(self, pid: int, argv: Sequence[str], streams: Streams, parent: int = 0) -> None:
        self.pid, self.argv, self.streams, self.parent = pid, tuple(argv), streams, parent
        self.started = time.time()
        self.worked = 0.0
        """Seconds of a processor that it has used, as far as they were counted."""
        self.begun = asyncio.Event()
        """Set once there is a program for its arguments."""
        self.terminated = Termination()
        self.signal = 0
        """The signal that ends it, once there was one."""
        self.traps: dict[int, bool] = {}
        """Signals that its script has set a trap for, and whether the trap does anything."""
        self.pending: list[int] = []
        """Signals whose traps are to be run."""
        self.waits_for_jobs = False
        """Whether its script is in `wait`, which a signal with a trap interrupts; other commands are ended first."""
        self.interrupted = 0
        """The signal by which a person at its terminal has just ended what it does: Ctrl-C, Ctrl-\\; 0 for none."""
        self.goes_on, self.stopped = asyncio.Event(), asyncio.Event()
        """Set and cleared by SIGCONT and SIGSTOP, the other way round for `stopped`."""
        self.goes_on.set()
        self.work: asyncio.Task[int] | None = None
        """What runs a background job, until it is over."""
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
            if task.cancelled() and (self.signal or self.pending or self.interrupted):
                return interrupted
            task.cancel()
            raise
        finally:
            self._waits.discard(task)

    def on_kill(self, call: Any) -> None:
        """Call this when it is killed: what runs it must stop at once."""
        self._on_kill.append(call)

    def send(self, number: int) -> None:
        """A signal. A main process that does nothing of its own at it goes on: it is PID 1, and only SIGKILL ends it."""
        if number in (0, *NO_OWN_ANSWER):
            return
        if number == signal.SIGCONT:
            self.go_on()
        elif number in STOPPING:
            if self.pid != 1:
                self.stopped.set()
                self.goes_on.clear()
        elif number == signal.SIGKILL:
            self.end(number)
        elif number in self.traps:
            if self.traps[number]:
                self.pending.append(number)
                if self.waits_for_jobs:
                    self.interrupt()
        elif number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT) and self.terminated.looked_at:
            self.terminated.set()
        elif self.pid != 1:
            self.end(number)
        elif number == signal.SIGTERM:
            self.terminated.set()  # for when it comes to look

    def go_on(self) -> None:
        self.stopped.clear()
        self.goes_on.set()

    def end(self, number: int) -> None:
        """By a signal that nobody can hold back, whatever the process is."""
        self.signal = number
        self.go_on()
        self.terminated.set()
        self.interrupt()
        for call in self._on_kill:
            call()

    def take_over(self, other: Process) -> None:
        """What another process does and waits for is this one's from now on."""
        self._waits, other._waits = other._waits, set()

    def interrupt(self) -> list[asyncio.Future[Any]]:
        """End what it waits for; gives the tasks that are ending now."""
        tasks = list(self._waits)
        for task in tasks:
            task.cancel()
        return tasks
