"""How long a container waits until it is started again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from runner.practice.machinery.store import Object
from runner.practice.node.container_status import Container, waiting
from runner.practice.node.restart_back_off import back_off


class Life:
    """A pod's worker that does not wait, and says how long it would have."""

    def __init__(self) -> None:
        self.pod: Object = {"metadata": {"name": "web", "namespace": "default", "uid": "u-1"}}
        self.waits: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)

    def report(self, *words: object) -> None: ...

    def show(self) -> None: ...


def ended(minutes: int, reason: str = "Error") -> Object:
    start = "1970-01-01T00:00:00Z" if reason == "StartError" else "2026-12-01T10:00:00Z"
    finished = f"2026-12-01T10:{minutes:02}:01Z"
    return {"terminated": {"reason": reason, "exitCode": 1, "startedAt": start, "finishedAt": finished}}


async def waits(*states: Object) -> list[float]:
    """The back-offs after each of the ends, 0 for none."""
    cluster: Any = SimpleNamespace(minor=32, settings=SimpleNamespace(speed=1.0))
    container = Container("main", "busybox", waiting("ContainerCreating"))
    found = []
    for state in states:
        life: Any = Life()
        container.state = state
        await back_off(life, container, cluster)
        found.append(life.waits[1] if len(life.waits) > 1 else 0.0)
    return found


async def test_each_wait_is_twice_the_last_one_up_to_five_minutes() -> None:
    assert await waits(*[ended(0)] * 8) == [0, 10, 20, 40, 80, 160, 300, 300]


async def test_who_ran_for_ten_minutes_begins_anew() -> None:
    assert await waits(ended(0), ended(0), ended(0), ended(9), ended(10), ended(0)) == [0, 10, 20, 40, 0, 10]


async def test_who_could_not_be_started_did_not_run_well() -> None:
    assert await waits(*[ended(0, "StartError")] * 3) == [0, 10, 20]
