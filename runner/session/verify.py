"""Evaluates a step's checks until they all pass together, or time is up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from checks import registry
from checks.base import Check, Outcome, Verdict, World
from runner.session.events import CheckUpdated
from runner.session.score import could_not_judge
from runner.words import phrase
from runner.world.world import POLLED

RETRY = 1.0
"""Seconds between evaluations while nothing can be read (the world itself backs off from the API server)."""
LOOKS_AT_ONCE, LOOKS_A_SECOND = 8, 5
"""Changes are evaluated as they come; in a flood of events a check is evaluated at most this often."""
UNREADABLE_FOR = 10.0
"""Seconds that an ERROR may last before a single judgement takes it for the answer."""


class Look(World, Protocol):
    """A world that remembers what was read in it."""

    @property
    def reads(self) -> frozenset[object]: ...

    @property
    def watchable(self) -> bool: ...


class WatchedWorld(Protocol):
    """A world in which a change can be waited for: runner.world.LiveWorld."""

    def look(self, step: str = "") -> Look: ...

    async def changed(self, reads: frozenset[object], timeout: float | None) -> bool: ...


@dataclass(frozen=True, slots=True)
class Verified:
    """How it ended: the last outcome of every check, in order."""

    outcomes: tuple[Outcome, ...]
    waited: float = 0.0
    """Seconds that went by after every check had been looked at."""

    @property
    def passes(self) -> bool:
        return all(outcome.verdict.passes for outcome in self.outcomes)

    @property
    def nothing_judged(self) -> bool:
        """There are checks, and none of them had anything to judge."""
        return {outcome.verdict for outcome in self.outcomes} == {Verdict.SKIPPED}

    @property
    def could_not_judge(self) -> bool:
        """Nothing is known to be wrong, but something could not be read."""
        return could_not_judge(self.outcomes)


async def verify(
    step: str,
    of: Sequence[Check],
    world: WatchedWorld,
    *,
    within: float | None,
    patient: bool,
    held: Mapping[int, Outcome] | None = None,
    unreadable_for: float = UNREADABLE_FOR,
    clock: Callable[[], float] | None = None,
    settle_budget: float | None = None,
) -> AsyncGenerator[CheckUpdated | Verified, None]:
    """Yield each check's outcome when it changes, and at the end one Verified.

    `within` is in seconds, None for no end. A patient look waits for what FAILED to come right (the work has
    just been done); an impatient one waits only for what is on its way (PENDING) and not held up by a cause that
    was found. `held` are `once` checks
    that passed earlier and are not looked at again. `unreadable_for` is how long, in seconds, an impatient look
    waits for what can't be read. `settle_budget` is how long, in seconds, it waits for either once every check was
    looked at (None: as long as `within` and `unreadable_for` say): all are looked at however little of it is left.
    """
    if not of:
        yield Verified(())
        return
    now = clock or asyncio.get_running_loop().time
    began = now()
    follower = Follower(step, of, world, dict(held or {}))
    seen: float | None = None
    try:
        while True:
            left = None if within is None else max(0.0, began + within - now())
            if follower.complete:
                seen = now() if seen is None else seen
                if settle_budget is not None:
                    left = _least(left, max(0.0, seen + settle_budget - now()))
            if follower.settled(patient, unreadable=now() - began >= unreadable_for):
                break
            update = await follower.next(left if patient else _least(left, RETRY))
            if update is not None:
                yield update
            elif left is not None and left <= 0:
                break
        yield Verified(follower.result(), 0.0 if seen is None else now() - seen)
    finally:
        await follower.close()


def _least(left: float | None, most: float) -> float:
    return most if left is None else min(left, most)


class Pace:
    """Limits evaluations in a flood of events: a burst at once, then so many per second."""

    def __init__(self) -> None:
        self._left, self._at = float(LOOKS_AT_ONCE), 0.0

    def pause(self, now: float) -> float:
        """Seconds to wait before the look that is due now."""
        self._left = min(LOOKS_AT_ONCE, self._left + (now - self._at) * LOOKS_A_SECOND) - 1
        self._at = now
        return max(0.0, -self._left / LOOKS_A_SECOND)


class Follower:
    """A task for each check that looks again whenever something it read has changed."""

    def __init__(
        self,
        step: str,
        of: Sequence[Check],
        world: WatchedWorld,
        held: dict[int, Outcome],
        pause: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`held` are not looked at again. `pause`: seconds at least between looks at what can't be watched."""
        self._step, self._of, self._world, self._least_pause = step, of, world, pause
        self._outcomes: dict[int, Outcome] = dict(held)
        self._updates: asyncio.Queue[CheckUpdated] = asyncio.Queue()
        self._looking: set[int] = set()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        for index in range(len(of)):
            if index not in held:
                self._begin(index)

    def _begin(self, index: int) -> None:
        task = asyncio.create_task(self._follow(index, self._of[index]))
        self._tasks[index] = task
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def look_again(self, index: int) -> None:
        """Look at a check now, whatever it waits for; not at one that is settled for good."""
        task = self._tasks.get(index)
        if task is not None and not task.done():
            task.cancel()
            self._begin(index)

    def looking(self, index: int) -> bool:
        """Whether a check is being looked at: what changes now may not be in its outcome."""
        return index in self._looking

    async def _follow(self, index: int, check: Check) -> None:
        pace, clock = Pace(), asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(pace.pause(clock()))
            look = self._world.look(self._step)
            self._looking.add(index)
            try:
                outcome = await registry.look(check, look)
            finally:
                self._looking.discard(index)
            if self._outcomes.get(index) != outcome:
                self._outcomes[index] = outcome
                self._updates.put_nowait(CheckUpdated(self._step, index, outcome))
            if check.once and outcome.passed:
                return
            pause = self._pause(self._of[index], outcome, look)
            least = self._least_pause()
            if least and POLLED in look.reads:
                await self._world.changed(look.reads - {POLLED}, max(pause or 0.0, least))
            else:
                await self._world.changed(look.reads, pause)

    def _pause(self, check: Check, outcome: Outcome, look: Look) -> float | None:
        """Seconds until the next look where no change is seen by itself; None if every change is."""
        if outcome.verdict is Verdict.ERROR:
            return max(RETRY, self._least_pause())
        if look.watchable or check.interval is None:
            return None
        return max(check.interval, self._least_pause())

    @property
    def complete(self) -> bool:
        """Whether every check was looked at, and every outcome taken by `next`."""
        return len(self._outcomes) == len(self._of) and self._updates.empty()

    def settled(self, patient: bool, *, unreadable: bool) -> bool:
        """Whether no more waiting is called for; only asked about what `next` has given already."""
        if not self.complete:
            return False
        verdicts = {outcome.verdict for outcome in self._outcomes.values()}
        if all(verdict.passes for verdict in verdicts):
            return True
        coming = any(
            each.verdict is Verdict.PENDING and not each.findings for each in self._outcomes.values()
        )
        if patient or coming:
            return False
        return Verdict.ERROR not in verdicts or unreadable

    async def next(self, timeout: float | None) -> CheckUpdated | None:
        """The next outcome that differs from the one before; None after `timeout` seconds without one."""
        try:
            async with asyncio.timeout(timeout):
                return await self._updates.get()
        except TimeoutError:
            return None

    def result(self) -> tuple[Outcome, ...]:
        return tuple(self._outcomes.get(index, _NOT_LOOKED) for index in range(len(self._of)))

    async def close(self) -> None:
        ending = list(self._ending)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)


_NOT_LOOKED = Outcome(
    Verdict.ERROR,
    phrase("an answer in time"),
    phrase("no answer before the step's time was up"),
)
