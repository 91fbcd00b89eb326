"""Who is ended for a deep stack: whoever fills it, not who comes after."""

from __future__ import annotations

import time

import pytest

from runner.practice.containers import memory_watch, runtime_memory
from runner.practice.containers.container_limits import DEEPEST_STACK, MIB
from runner.practice.containers.container_process import Process
from runner.practice.containers.memory_watch import AGAIN, QUIET, MemoryWatch
from runner.practice.containers.runtime_memory import Stack
from runner.practice.containers.standard_streams import Streams


class Busy:
    """A container in which one process is at work."""

    def __init__(self) -> None:
        self.process = Process(10, ("sh",), Streams())

    def busy_processes(self) -> dict[Process, float]:
        return {self.process: 1.0}

    def bytes_in_memory(self) -> int:
        return 0

    def out_of_memory(self) -> None:
        raise AssertionError


class Machine:
    """A clock, and the bytes of the only stack."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.deep = 100.0, 0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(memory_watch.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(runtime_memory, "resident", lambda: 100 * MIB + self.deep + self.other)
        monkeypatch.setattr(runtime_memory, "stacks", lambda: [Stack(0, 1 << 40, self.deep)])
        monkeypatch.setattr(runtime_memory, "threads_sleep", lambda: False)
        self.other = 0


def test_a_stack_that_still_grew_when_it_was_ended_is_not_the_next_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine, container = Machine(monkeypatch), Busy()
    watch = MemoryWatch(lambda: [container])
    watch.look()
    machine.deep = DEEPEST_STACK + MIB
    watch.look()
    assert container.process.signal, "who recurses is ended"
    machine.deep += AGAIN + MIB  # until it notices
    machine.now += 0.1
    watch.look()
    container.process = Process(11, ("sh",), Streams())
    machine.now += QUIET
    machine.other += 20 * MIB  # what the next one needs, and not on a stack
    watch.look()
    assert not container.process.signal
    machine.deep += AGAIN  # it recurses, too
    watch.look()
    assert container.process.signal


def test_who_recurses_at_once_after_another_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, container = Machine(monkeypatch), Busy()
    watch = MemoryWatch(lambda: [container])
    watch.look()
    machine.deep = DEEPEST_STACK
    watch.look()
    container.process = Process(11, ("sh",), Streams())
    for _ in range(4):
        machine.now += 0.1
        machine.deep += 9 * MIB
        watch.look()
    assert container.process.signal
