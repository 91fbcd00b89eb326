"""The engine's loop on a world that the test moves by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from checks.base import CannotRead, Check, Outcome, Verdict, World
from checks.phrase import Phrase, phrase
from runner.session.events import CheckUpdated
from runner.session.verify import Follower, Verified, verify


class HandWorld:
    """A world of named verdicts: `put` changes one and wakes whoever read it."""

    def __init__(self, **verdicts: Verdict | None) -> None:
        self.verdicts = verdicts
        self.looks: dict[str, int] = {}
        self._changed = asyncio.Condition()
        self._revision = 0

    def look(self, step: str = "") -> Any:
        return HandLook(self, self._revision)

    async def changed(self, reads: frozenset[object], timeout: float | None) -> bool:
        revision = next(iter(reads))
        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(lambda: self._revision != revision)
        except TimeoutError:
            return False
        return True

    async def put(self, **verdicts: Verdict | None) -> None:
        async with self._changed:
            self.verdicts |= verdicts
            self._revision += 1
            self._changed.notify_all()


class HandLook:
    watchable = True

    def __init__(self, world: HandWorld, revision: int) -> None:
        self.world = world
        self.reads = frozenset({revision})


class Named(Check):
    subject: ClassVar[str] = "named"
    named: str

    async def evaluate(self, world: World) -> Outcome:
        hand: HandWorld = world.world  # type: ignore[attr-defined]
        hand.looks[self.named] = hand.looks.get(self.named, 0) + 1
        verdict = hand.verdicts[self.named]
        if verdict is None:
            raise CannotRead("unreachable", phrase("the cluster does not answer"))
        return Outcome(verdict, self.describe(), phrase("{verdict}", verdict=verdict.value))

    def describe(self) -> Phrase:
        return phrase("{name} holds", name=self.named)


async def ends(events: AsyncIterator[CheckUpdated | Verified], seconds: float = 30) -> list[Any]:
    async with asyncio.timeout(seconds):
        return [event async for event in events]


async def test_what_holds_at_once_is_verified_at_once() -> None:
    world = HandWorld(a=Verdict.PASSED, b=Verdict.PASSED)
    *updates, end = await ends(
        verify("s", [Named(named="a"), Named(named="b")], world, within=5, patient=True)
    )
    assert sorted(update.index for update in updates) == [0, 1]
    assert end.passes


async def test_a_patient_look_waits_for_the_work_to_show() -> None:
    world = HandWorld(a=Verdict.FAILED)
    seen = []
    async with asyncio.timeout(30):
        async for event in verify("s", [Named(named="a")], world, within=None, patient=True):
            seen.append(event)
            if isinstance(event, CheckUpdated) and event.outcome.verdict is Verdict.FAILED:
                await world.put(a=Verdict.PENDING)
            elif isinstance(event, CheckUpdated) and event.outcome.verdict is Verdict.PENDING:
                await world.put(a=Verdict.PASSED)
    assert [e.outcome.verdict for e in seen[:-1]] == [Verdict.FAILED, Verdict.PENDING, Verdict.PASSED]
    assert seen[-1].passes


async def test_all_must_hold_together() -> None:
    """b passes only after a has broken again: the step does not hold until a is back."""
    world = HandWorld(a=Verdict.PASSED, b=Verdict.FAILED)
    ended: list[Verified] = []

    async def follow() -> None:
        async for event in verify(
            "s", [Named(named="a"), Named(named="b")], world, within=None, patient=True
        ):
            if isinstance(event, Verified):
                ended.append(event)

    task = asyncio.create_task(follow())
    await _until(lambda: world.looks.get("b", 0) >= 1)
    await world.put(a=Verdict.FAILED)
    await _until(lambda: world.looks["a"] >= 2)
    await world.put(b=Verdict.PASSED)
    await _until(lambda: world.looks["b"] >= 3)
    assert not ended
    await world.put(a=Verdict.PASSED)
    async with asyncio.timeout(30):
        await task
    assert ended[0].passes


async def test_an_impatient_look_does_not_wait_for_what_is_wrong() -> None:
    world = HandWorld(a=Verdict.FAILED, b=Verdict.PASSED)
    *_, end = await ends(verify("s", [Named(named="a"), Named(named="b")], world, within=600, patient=False))
    assert not end.passes
    assert [outcome.verdict for outcome in end.outcomes] == [Verdict.FAILED, Verdict.PASSED]
    assert not end.could_not_judge


async def test_the_deadline_ends_a_patient_look_with_the_last_outcomes() -> None:
    world = HandWorld(a=Verdict.PENDING)
    *_, end = await ends(verify("s", [Named(named="a")], world, within=0.05, patient=True))
    assert end.outcomes[0].verdict is Verdict.PENDING
    assert not end.passes


async def test_what_cannot_be_read_is_never_the_learners_failure() -> None:
    world = HandWorld(a=None, b=Verdict.PASSED)
    *_, end = await ends(verify("s", [Named(named="a"), Named(named="b")], world, within=0.05, patient=True))
    assert end.could_not_judge
    assert not end.passes


async def test_what_is_also_wrong_is_reported_as_wrong() -> None:
    world = HandWorld(a=None, b=Verdict.FAILED)
    *_, end = await ends(verify("s", [Named(named="a"), Named(named="b")], world, within=0.05, patient=True))
    assert not end.could_not_judge


async def test_a_check_that_held_once_is_not_looked_at_again() -> None:
    world = HandWorld(a=Verdict.FAILED)
    held = Outcome(Verdict.PASSED, phrase("a"), phrase("b"))
    *_, end = await ends(
        verify("s", [Named(named="a", once=True)], world, within=5, patient=True, held={0: held})
    )
    assert end.passes
    assert world.looks == {}


async def test_a_step_without_checks_holds() -> None:
    (end,) = await ends(verify("s", [], HandWorld(), within=5, patient=True))
    assert end.passes


async def _until(condition: Any) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


async def test_nothing_judged_is_not_the_same_as_passed() -> None:
    world = HandWorld(a=Verdict.SKIPPED, b=Verdict.SKIPPED)
    *_, end = await ends(verify("s", [Named(named="a"), Named(named="b")], world, within=5, patient=False))
    assert end.nothing_judged
    *_, end = await ends(verify("s", [], world, within=5, patient=False))
    assert not end.nothing_judged


async def test_without_budget_left_everything_is_looked_at_once() -> None:
    world = HandWorld(a=Verdict.PENDING, b=Verdict.PASSED)
    checks = [Named(named="a"), Named(named="b")]
    *_, end = await ends(verify("s", checks, world, within=60, patient=False, settle_budget=0.0))
    assert [outcome.verdict for outcome in end.outcomes] == [Verdict.PENDING, Verdict.PASSED]


async def test_a_first_look_is_no_waiting() -> None:
    world = HandWorld(a=Verdict.PASSED)
    *_, end = await ends(
        verify("s", [SlowToLook(named="a")], world, within=60, patient=False, settle_budget=0.0)
    )
    assert end.passes


async def test_the_settle_budget_ends_the_waiting_for_what_is_on_its_way() -> None:
    world = HandWorld(a=Verdict.PENDING)
    *_, end = await ends(verify("s", [Named(named="a")], world, within=60, patient=False, settle_budget=0.1))
    assert end.outcomes[0].verdict is Verdict.PENDING
    assert end.waited >= 0.1


class SlowToLook(Named):
    subject: ClassVar[str] = "slow"

    async def evaluate(self, world: World) -> Outcome:
        await asyncio.sleep(0.05)
        return await super().evaluate(world)


@pytest.mark.parametrize("ticks", range(5))
async def test_a_cancellation_that_comes_with_an_outcome_is_not_lost(ticks: int) -> None:
    """asyncio.wait_for of Python 3.11 gives the outcome then, and the run that was to end goes on."""
    follower = Follower("step", [], HandWorld(), {})

    async def run() -> None:
        while True:
            await follower.next(30.0)

    running = asyncio.create_task(run())
    for _ in range(5):
        await asyncio.sleep(0)
    outcome = Outcome(Verdict.PASSED, phrase("expected"), phrase("found"))
    follower._updates.put_nowait(CheckUpdated("step", 0, outcome))
    for _ in range(ticks):
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=30)
    assert done
    assert running.cancelled()
