"""Judges the steps of a lab on a cluster. Needs no shell, runs no commands of the lab, records nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Protocol

from checks.base import Check, LooksAt, Outcome, Verdict
from checks.quiz import Quiz
from runner.labs.model import Command, Lab, Step
from runner.session.attempt_state import AttemptState
from runner.session.cluster_session import ClusterSession
from runner.session.events import (
    CheckUpdated,
    Event,
    LabStarted,
    StepFailed,
    StepPassed,
    StepSkipped,
    StepStarted,
)
from runner.session.requirements import require
from runner.session.scored import scored
from runner.session.verify import UNREADABLE_FOR, Verified, WatchedWorld, verify
from runner.words import Phrase, phrase
from runner.world.live_cluster import LiveCluster

FIRST_LOOK = 30.0
"""Seconds that evaluating a step's checks once may take when little of the settle budget is left."""


class Work(Protocol):
    """What has commands and checks: a Step, or the lab's clean-up."""

    @property
    def run(self) -> tuple[Command, ...]: ...
    @property
    def checks(self) -> Sequence[Check]: ...
    @property
    def within(self) -> float: ...


class Judge:
    """Verifies steps, one at a time."""

    def __init__(
        self,
        lab: Lab,
        session: ClusterSession,
        state: Callable[[], AttemptState],
        unjudged: Mapping[LooksAt, Phrase] | None = None,
        settle_budget: float | None = None,
    ) -> None:
        """`state` returns what the attempt's record says: answers, and `once` checks that passed.

        `unjudged`: what checks look at that is not judged here, and why. `settle_budget`: seconds, over all steps, that
        judging a cluster as it is waits for what is on its way; None: as long as each step allows.
        """
        self.lab, self.session = lab, session
        self._state = state
        self._unjudged, self._settle_budget = unjudged or {}, settle_budget
        self._patience = UNREADABLE_FOR
        self._emitted: dict[tuple[str, int], Outcome] = {}

    @property
    def cluster(self) -> LiveCluster:
        """The cluster being judged."""
        return self.session.cluster

    @property
    def world(self) -> WatchedWorld:
        """What checks look at."""
        return self.session.world

    def started(self, remarks: Sequence[Phrase] = ()) -> LabStarted:
        """What a visit begins with."""
        attempt = self._state().attempt
        return LabStarted(
            lab=self.lab.id,
            target=self.session.target.name,
            server=self.session.target.server,
            version=self.session.version,
            attempt=attempt or datetime.now(UTC).strftime("%Y%m%dT%H%M%S"),
            resumed=bool(attempt),
            remarks=tuple(remarks),
        )

    async def require(self) -> None:
        """Raises RequirementsUnmet if the lab can't be worked through on this cluster or machine."""
        await require(self.lab, self.world.look(), self.cluster.can)

    async def grade(self, only: Sequence[str] = ()) -> AsyncGenerator[Event, None]:
        """Judge the whole lab, or the steps named in `only`, with the score at the end."""
        steps = [step for step in self.lab.steps if not only or step.id in only]
        async with aclosing(scored(steps, self.started(), self._judge_all(steps))) as events:
            async for event in events:
                yield event

    async def _judge_all(self, steps: Sequence[Step]) -> AsyncGenerator[Event, None]:
        for step in steps:
            yield StepStarted(step.id)
            unjudged = self._unjudged_of(step)
            for index, outcome in unjudged.items():
                yield CheckUpdated(step.id, index, outcome)
            async for event in self.verify(step.id, step, patient=False, known=unjudged):
                yield event

    def _unjudged_of(self, step: Step) -> dict[int, Outcome]:
        """What can't be judged here: a question without an answer on record, and what is in `unjudged`."""
        no_answer = phrase("Not judged: no answer is on record on this machine")
        found = {}
        for index, check in enumerate(step.checks):
            why = self._unjudged.get(check.looks_at)
            if isinstance(check, Quiz) and check.id not in self._state().answers:
                why = no_answer
            if why is not None:
                found[index] = Outcome(Verdict.SKIPPED, check.describe(), why)
        return found

    # one step

    async def verify(
        self, step: str, work: Work, *, patient: bool, known: Mapping[int, Outcome] | None = None
    ) -> AsyncGenerator[Event, None]:
        """Evaluate the checks until they pass or time is up: yields outcomes as they change, then the step's result."""
        began = time.monotonic()
        async with aclosing(self._judged(step, work, patient=patient, known=known or {})) as updates:
            async for update in updates:
                if isinstance(update, CheckUpdated):
                    if self._is_news(update):
                        yield update
                    continue
                seconds = time.monotonic() - began
                if update.nothing_judged and not all(check.needs for check in work.checks):
                    yield StepSkipped(step, because="")
                elif update.passes:
                    yield StepPassed(step, seconds)
                else:
                    yield StepFailed(step, seconds, update.outcomes, update.could_not_judge)

    async def look_at(self, step: Step) -> Verified:
        """One judgement of a step as it is, without events."""
        async for update in self._judged(step.id, step, patient=False, known={}):
            if isinstance(update, Verified):
                return update
        raise AssertionError("verify ends with Verified")

    async def _judged(
        self, step: str, work: Work, *, patient: bool, known: Mapping[int, Outcome]
    ) -> AsyncGenerator[CheckUpdated | Verified, None]:
        """`verify` with what is known: `once` checks that passed, and whether the cluster can be read at all."""
        budget = None if patient else self._settle_budget
        updates = verify(
            step,
            work.checks,
            self.world,
            within=work.within if budget is None else min(work.within, FIRST_LOOK + budget),
            patient=patient,
            held={**self.settled(step, work), **known},
            unreadable_for=self._patience,
            settle_budget=budget,
        )
        async with aclosing(updates):
            async for update in updates:
                if isinstance(update, Verified):
                    # after one wait without success for the cluster, later steps don't wait again
                    self._patience = 0.0 if update.could_not_judge else UNREADABLE_FOR
                    if budget is not None:
                        self._settle_budget = max(0.0, budget - update.waited)
                yield update

    def settled(self, step: str, work: Work) -> Mapping[int, Outcome]:
        """The `once` checks of a step that passed in this attempt."""
        known = self._state().step(step).outcomes
        return {
            index: known[index]
            for index, check in enumerate(work.checks)
            if check.once and index in known and known[index].passed
        }

    def news_of(self, step: Step, verified: Verified) -> Iterable[CheckUpdated]:
        """The outcomes that differ from those emitted last."""
        updates = (CheckUpdated(step.id, index, outcome) for index, outcome in enumerate(verified.outcomes))
        return [update for update in updates if self._is_news(update)]

    def _is_news(self, update: CheckUpdated) -> bool:
        key = (update.step, update.index)
        if self._emitted.get(key) == update.outcome:
            return False
        self._emitted[key] = update.outcome
        return True
