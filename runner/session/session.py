"""The one engine: works through a lab and verifies it, telling everything as events."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Protocol

from checks.base import CannotRead, Check, LooksAt, Outcome, Verdict
from checks.quiz import Quiz
from runner.labs.model import Cleanup, Command, Lab, Step
from runner.session.events import (
    CLEANUP,
    SETUP,
    CheckUpdated,
    CommandFinished,
    CommandStarted,
    Event,
    LabStarted,
    OutputReceived,
    PromptAnswered,
    QuizAnswered,
    StepBroken,
    StepFailed,
    StepPassed,
    StepSkipped,
    StepStarted,
)
from runner.session.progress import Progress
from runner.session.requirements import require
from runner.session.score import Score
from runner.session.state import State
from runner.session.target import Target
from runner.session.verify import UNREADABLE_FOR, Verified, WatchedWorld, verify
from runner.shell import Answered, Finished, Output, Shell
from runner.words import Phrase, phrase
from runner.world.live_cluster import LiveCluster

FIRST_LOOK = 30.0
"""Seconds that a step's checks may take to be looked at once, where a session has little leisure."""

Numbered = tuple[int, Command]
"""A command, and its index among its step's."""


class Work(Protocol):
    """What has commands and checks: a Step, or the lab's clean-up."""

    @property
    def run(self) -> tuple[Command, ...]: ...
    @property
    def checks(self) -> Sequence[Check]: ...
    @property
    def within(self) -> float: ...


class Session:
    """A lab on a cluster. What it uses is opened and closed by open.py.

    `shell` and `progress` are None where a cluster is only judged as it is: nothing is run, nothing is recorded.
    """

    def __init__(
        self,
        lab: Lab,
        target: Target,
        world: WatchedWorld,
        answers: dict[str, tuple[str, ...]],
        shell: Shell | None = None,
        progress: Progress | None = None,
        version: str = "",
        cluster: LiveCluster | None = None,
        before: str = "",
        beyond: Mapping[LooksAt, Phrase] | None = None,
        leisure: float | None = None,
        unreached: CannotRead | None = None,
    ) -> None:
        """`unreached`: why the cluster could not be asked for its version.

        `beyond`: what checks look at that is not judged here, and why. `leisure`: seconds, over all steps, that
        judging a cluster as it is waits for what is on its way; None: as long as each step allows.
        """
        self._beyond, self._leisure = beyond or {}, leisure
        self.lab, self.target, self.world, self.version = lab, target, world, version
        self.unreached = unreached
        self.shell, self.progress = shell, progress
        self.answers = answers
        self.cluster = cluster
        self._patience = UNREADABLE_FOR
        self._told: dict[tuple[str, int], Outcome] = {}
        self._before = before
        self.remarks: tuple[Phrase, ...] = ()
        """What is told of this attempt at its start."""

    @property
    def state(self) -> State:
        """What the record says; an empty state where nothing is recorded."""
        return self.progress.state if self.progress else State()

    def earlier(self, lines: int) -> str:
        """The last lines of the transcript of the shells before this one; "" where there are none."""
        return "\n".join(self._before.splitlines()[-lines:])

    # judging and working through -------------------------------------------------------------------------

    async def grade(
        self, *, run: bool, only: Sequence[str] = (), cleanup: bool = False
    ) -> AsyncGenerator[Event, None]:
        """The whole lab, or the steps named in `only`: worked through first if `run`, and always judged afresh."""
        began = time.monotonic()
        steps = [step for step in self.lab.steps if not only or step.id in only]
        yield self.record(self.started())
        score = Score(steps)
        parts = self._work_through(steps) if run else self._judge(steps)
        async with aclosing(parts):
            async for event in parts:
                score.take(event)
                yield self.record(event)
        if run and cleanup and self.lab.cleanup:
            async for event in self.clean_up(self.lab.cleanup):
                score.take(event)
                yield self.record(event)
        yield self.record(score.finished(time.monotonic() - began))

    def started(self) -> LabStarted:
        """What a visit begins with."""
        state = self.state
        attempt = state.attempt or datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        return LabStarted(
            lab=self.lab.id,
            target=self.target.name,
            server=self.target.server,
            version=self.version,
            attempt=attempt,
            resumed=bool(state.attempt),
            remarks=self.remarks,
        )

    async def require(self) -> None:
        """Raises preflight.RequirementsUnmet where the lab can't be worked through on this cluster or machine."""
        assert self.cluster is not None, "permissions are asked of a cluster"
        await require(self.lab, self.world.look(), self.cluster.can)

    async def _judge(self, steps: Sequence[Step]) -> AsyncGenerator[Event, None]:
        for step in steps:
            yield StepStarted(step.id)
            unasked = self._unasked(step)
            for index, outcome in unasked.items():
                yield CheckUpdated(step.id, index, outcome)
            async for event in self.verify(step.id, step, patient=False, known=unasked):
                yield event

    def _unasked(self, step: Step) -> dict[int, Outcome]:
        """What can't be judged here: a question where no answer is on record, and what is beyond this session."""
        no_answer = phrase("Not judged: no answer is on record on this machine")
        found = {}
        for index, check in enumerate(step.checks):
            why = self._beyond.get(check.looks_at)
            if isinstance(check, Quiz) and check.id not in self.answers:
                why = no_answer
            if why is not None:
                found[index] = Outcome(Verdict.SKIPPED, check.describe(), why)
        return found

    async def _work_through(self, steps: Sequence[Step]) -> AsyncGenerator[Event, None]:
        blocked = ""
        async for event in self.commands(SETUP, self.not_done(SETUP, self.lab.setup)):
            if isinstance(event, CommandFinished):
                blocked = SETUP if event.exit_code != 0 else ""
            yield event
        passed: list[Step] = []
        for step in steps:
            if blocked:
                yield StepSkipped(step.id, blocked)
                continue
            holds = False
            async for event in self._step(step):
                holds = holds or isinstance(event, StepPassed)
                yield event
            if holds:
                passed.append(step)
            elif not step.optional:
                blocked = step.id
        async for event in self._still_holding(passed):
            yield event

    async def _step(self, step: Step) -> AsyncGenerator[Event, None]:
        """One step: its commands, unless an earlier run did them and they still hold; then its checks."""
        if step.id in self.state.passed:
            verified = await self.look_at(step)
            if verified.holds:
                for update in self._news_of(step, verified):
                    yield update
                yield StepPassed(step.id, 0.0)
                return
            yield StepBroken(step.id, verified.outcomes)
        yield StepStarted(step.id)
        for answered in self.solve_quizzes(step):
            yield answered
        failed = False
        async for event in self.commands(step.id, self.not_done(step.id, step.work)):
            failed = isinstance(event, CommandFinished) and event.exit_code != 0
            yield event
        async for event in self.verify(step.id, step, patient=not failed):
            yield event

    async def _still_holding(self, passed: Iterable[Step]) -> AsyncGenerator[Event, None]:
        """The lab is done when everything holds together: every step that passed is looked at once more."""
        for step in passed:
            verified = await self.look_at(step)
            for update in self._news_of(step, verified):
                yield update
            if not verified.holds:
                yield StepBroken(step.id, verified.outcomes)

    async def clean_up(self, cleanup: Cleanup) -> AsyncGenerator[Event, None]:
        """Take away what the lab brought, and see that it is gone. What was cleaned up already is once more."""
        yield StepStarted(CLEANUP)
        commands = self.not_done(CLEANUP, cleanup.run) or tuple(enumerate(cleanup.run))
        failed = False
        async for event in self.commands(CLEANUP, commands):
            failed = isinstance(event, CommandFinished) and event.exit_code != 0
            yield event
        async for event in self.verify(CLEANUP, cleanup, patient=not failed):
            yield event

    # the parts -------------------------------------------------------------------------------------------

    def not_done(self, step: str, commands: Sequence[Command]) -> Sequence[Numbered]:
        """The commands behind those that came to a good end in a row, with their numbers."""
        return tuple(enumerate(commands))[self.state.commands_done.get(step, 0) :]

    async def commands(self, step: str, commands: Sequence[Numbered]) -> AsyncGenerator[Event, None]:
        """The commands in order; the first failure ends them.

        A command that an earlier run was interrupted in is run again, and may then fail because it had taken
        effect already: that is no reason to leave out the ones after it.
        """
        again = self.state.interrupted
        for index, command in commands:
            finished: CommandFinished | None = None
            async for event in self.command(step, index, command):
                if isinstance(event, CommandFinished):
                    finished = event
                yield event
            if finished is None or (finished.exit_code != 0 and (step, index) != again):
                return

    async def command(self, step: str, index: int, command: Command) -> AsyncGenerator[Event, None]:
        """One command, typed into the shell and followed to its end; then its `otherwise`, where it failed."""
        finished: CommandFinished | None = None
        async for event in self._typed(step, index, command):
            if isinstance(event, CommandFinished):
                finished = event
            yield event
        if finished and finished.exit_code != 0 and command.otherwise and finished.reason != "interrupted":
            other = Command(command=command.otherwise, timeout=command.timeout)
            async for event in self._typed(step, index, other):
                yield event

    async def _typed(self, step: str, index: int, command: Command) -> AsyncGenerator[Event, None]:
        assert self.shell is not None, "commands need a shell"
        yield CommandStarted(step, index, command.command, tuple(self.shell.remarks()))
        async with aclosing(self.shell.run(command)) as happenings:
            async for happening in happenings:
                match happening:
                    case Output():
                        yield OutputReceived(step, happening.text)
                    case Answered():
                        yield PromptAnswered(step, index, happening.expect, happening.send)
                    case Finished():
                        yield CommandFinished(
                            step,
                            index,
                            command.command,
                            happening.exit_code,
                            happening.seconds,
                            happening.reason,
                            happening.waiting_at,
                        )

    def solve_quizzes(self, step: Step) -> Iterable[QuizAnswered]:
        for check in step.checks:
            if isinstance(check, Quiz) and check.id not in self.answers:
                yield QuizAnswered(step.id, check.id, check.solution(), by="solution")

    async def verify(
        self, step: str, work: Work, *, patient: bool, known: Mapping[int, Outcome] | None = None
    ) -> AsyncGenerator[Event, None]:
        began = time.monotonic()
        async for update in self._judged(step, work, patient=patient, known=known or {}):
            if isinstance(update, CheckUpdated):
                if self._news(update):
                    yield update
                continue
            seconds = time.monotonic() - began
            if update.nothing_judged:
                yield StepSkipped(step, because="")
            elif update.holds:
                yield StepPassed(step, seconds)
            else:
                yield StepFailed(step, seconds, update.outcomes, update.could_not_judge)

    async def look_at(self, step: Step) -> Verified:
        """One judgement of a step as it is, told by nobody."""
        async for update in self._judged(step.id, step, patient=False, known={}):
            if isinstance(update, Verified):
                return update
        raise AssertionError("verify ends with Verified")

    async def _judged(
        self, step: str, work: Work, *, patient: bool, known: Mapping[int, Outcome]
    ) -> AsyncGenerator[CheckUpdated | Verified, None]:
        """`verify` with what is known: `once` checks that held, and whether the cluster can be read at all."""
        leisure = None if patient else self._leisure
        updates = verify(
            step,
            work.checks,
            self.world,
            within=work.within if leisure is None else min(work.within, FIRST_LOOK + leisure),
            patient=patient,
            held={**self.held(step, work), **known},
            unreadable_for=self._patience,
            leisure=leisure,
        )
        async with aclosing(updates):
            async for update in updates:
                if isinstance(update, Verified):
                    # a cluster that was waited for in vain once is not waited for again at every step
                    self._patience = 0.0 if update.could_not_judge else UNREADABLE_FOR
                    if leisure is not None:
                        self._leisure = max(0.0, leisure - update.waited)
                yield update

    def held(self, step: str, work: Work) -> Mapping[int, Outcome]:
        """The `once` checks of a step that held in this attempt."""
        known = self.state.held
        return {
            index: known[step, index]
            for index, check in enumerate(work.checks)
            if check.once and (step, index) in known and known[step, index].passed
        }

    def _news_of(self, step: Step, verified: Verified) -> Iterable[CheckUpdated]:
        updates = (CheckUpdated(step.id, index, outcome) for index, outcome in enumerate(verified.outcomes))
        return [update for update in updates if self._news(update)]

    def _news(self, update: CheckUpdated) -> bool:
        key = (update.step, update.index)
        if self._told.get(key) == update.outcome:
            return False
        self._told[key] = update.outcome
        return True

    def record(self, event: Event) -> Event:
        """Write the event down, where a record is kept, before anybody is told."""
        if self.progress is not None:
            self.progress.append(event)
        return event
