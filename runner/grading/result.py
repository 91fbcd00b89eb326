"""What a graded run came to, built from the session's events: all that views and reports need to know."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import singledispatchmethod

from checks.base import Check, Outcome, Text, Verdict
from runner.grading.terminal_text import Lines
from runner.labs.model import Lab, Step
from runner.session.events import (
    CLEANUP,
    SETUP,
    CheckUpdated,
    CommandFinished,
    CommandStarted,
    Event,
    LabFinished,
    LabStarted,
    OutputReceived,
    StepBroken,
    StepFailed,
    StepPassed,
    StepSkipped,
    StepStarted,
)
from runner.session.finding_text import Mention
from runner.session.score import could_not_judge, points, unjudged
from runner.words import Phrase


class State(StrEnum):
    """Where a step stands."""

    WAITING = "waiting"  # not reached
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # could not be judged
    SKIPPED = "skipped"  # not judged: an earlier step does not hold, or there was nothing to judge


class Ending(StrEnum):
    """How a run came to its end."""

    PASSED = "passed"
    NOT_PASSED = "not-passed"
    NOT_JUDGED = "could-not-be-judged"
    INTERRUPTED = "interrupted"

    @property
    def exit_code(self) -> int:
        return {Ending.PASSED: 0, Ending.NOT_PASSED: 1, Ending.NOT_JUDGED: 3, Ending.INTERRUPTED: 130}[self]


@dataclass(slots=True)
class CheckResult:
    """A check and the last outcome told of it; None where it was never looked at."""

    check: Check
    outcome: Outcome | None = None

    @property
    def passed(self) -> bool:
        return self.outcome is not None and self.outcome.passed

    @property
    def holds(self) -> bool:
        return self.outcome is not None and self.outcome.verdict.holds

    @property
    def unjudged(self) -> bool:
        return self.outcome is not None and self.outcome.verdict is Verdict.ERROR


@dataclass(slots=True)
class CommandRun:
    """A command that was run. `exit_code` is None while it runs, or where `reason` says why there is none."""

    index: int
    command: str
    exit_code: int | None = None
    seconds: float = 0.0
    reason: str = ""
    finished: bool = False
    printed: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    lines: Lines = field(default_factory=Lines)

    @property
    def last_lines(self) -> list[str]:
        """The last lines that it printed, with the one that has not ended yet."""
        return [*self.printed, *([self.lines.current] if self.lines.current else [])]

    @property
    def failed(self) -> bool:
        return self.finished and self.exit_code != 0


LAST_LINES = 6
"""Lines of a command's output that are kept; the transcript has all of them."""


@dataclass(slots=True)
class StepResult:
    """A step, or the lab's setup or clean-up, and what came of it."""

    id: str
    title: Text
    checks: list[CheckResult]
    counts: bool = True  # for the lab's verdict and points: not a bonus step, not the setup, not the clean-up
    state: State = State.WAITING
    judged_for: float = 0.0  # seconds that its checks were looked at
    commands: list[CommandRun] = field(default_factory=list)
    because: str = ""  # the earlier step that does not hold, where this one was skipped
    broken: bool = False  # passed, and did not hold any more at the end
    blocked_unjudged: bool = False  # skipped for something that is not the learner's: it could not be judged

    @classmethod
    def of(cls, step: Step) -> StepResult:
        return cls(step.id, step.title, [CheckResult(check) for check in step.checks], not step.optional)

    @property
    def seconds(self) -> float:
        """How long its commands ran and its checks were looked at."""
        return self.judged_for + sum(run.seconds for run in self.commands)

    @property
    def points(self) -> int:
        return self._points[0]

    @property
    def points_total(self) -> int:
        """Points that could be had: a check that had nothing to judge is worth nothing, to either side."""
        return self._points[1]

    @property
    def points_unjudged(self) -> int:
        """Of `points_total`, what nothing is known of: neither earned nor lost."""
        if self.state in (State.WAITING, State.RUNNING) or self.blocked_unjudged:
            return self.points_total - self.points
        if self.state is State.SKIPPED:
            return 0  # an earlier step does not hold, so this one does not
        return unjudged(self._outcomes)

    @property
    def unjudged(self) -> list[CheckResult]:
        """The checks that were looked at, and could not be judged."""
        return [each for each in self.checks if each.unjudged]

    @property
    def is_bonus(self) -> bool:
        """Whether it counts for nothing at all. The lab's own two parts have no points, and are no bonus."""
        return not self.counts and self.id not in (SETUP, CLEANUP)

    @property
    def _points(self) -> tuple[int, int]:
        return points(self._outcomes)

    @property
    def _outcomes(self) -> list[tuple[Check, Outcome | None]]:
        return [(each.check, each.outcome) for each in self.checks]

    @property
    def nothing_judged(self) -> bool:
        return self.state is State.SKIPPED and not self.because

    @property
    def mentions(self) -> list[tuple[Mention, ...]]:
        """The causes that each check has to tell, each cause told whole once; none of a hidden check."""
        return Mention.of([None if each.check.hidden or each.holds else each.outcome for each in self.checks])

    @property
    def not_holding(self) -> list[CheckResult]:
        """The checks that were judged, or should have been, and do not hold."""
        return [each for each in self.checks if each.outcome is not None and not each.holds]


@dataclass(slots=True)
class Result:
    """One graded run. `apply` every event of it, then read; views and reports change nothing in it."""

    lab: Lab
    started: datetime
    steps: list[StepResult]
    setup: StepResult
    cleanup: StepResult
    target: str = ""
    server: str = ""
    version: str = ""
    attempt: str = ""
    finished: LabFinished | None = None
    interrupted: bool = False
    problem: Phrase | None = None  # why the run ended before its end
    seconds: float = 0.0

    @classmethod
    def of(cls, lab: Lab, started: datetime, only: Collection[str] = ()) -> Result:
        """A result that nothing has happened to yet, of all steps or of those in `only`."""
        steps = [StepResult.of(step) for step in lab.steps if not only or step.id in only]
        setup = StepResult(SETUP, {}, [], counts=False)
        ending = StepResult(CLEANUP, lab.cleanup.title if lab.cleanup else {}, [], counts=False)
        ending.checks = [CheckResult(check) for check in lab.cleanup.checks] if lab.cleanup else []
        return cls(lab, started, steps, setup, ending)

    @property
    def ending(self) -> Ending:
        if self.interrupted:
            return Ending.INTERRUPTED
        if self.finished is None or self.problem is not None:
            return Ending.NOT_JUDGED
        if self.finished.passed:
            return Ending.PASSED
        return Ending.NOT_JUDGED if self.finished.could_not_judge else Ending.NOT_PASSED

    @property
    def points(self) -> int:
        return sum(step.points for step in self.steps if step.counts)

    @property
    def points_total(self) -> int:
        return sum(step.points_total for step in self.steps if step.counts)

    @property
    def points_unjudged(self) -> int:
        """Of `points_total`, what nothing is known of: `points` is a grade only where this is 0."""
        return sum(step.points_unjudged for step in self.steps if step.counts)

    @property
    def is_grade(self) -> bool:
        """Whether everything that counts was judged."""
        return self.ending in (Ending.PASSED, Ending.NOT_PASSED)

    @property
    def partly_judged(self) -> bool:
        """There is no grade, and yet it is known of some of what counts whether it holds."""
        counted = (check for step in self.steps if step.counts for check in step.checks)
        judged = any(
            each.outcome and each.outcome.verdict not in (Verdict.ERROR, Verdict.SKIPPED) for each in counted
        )
        return not self.is_grade and judged

    @property
    def passed(self) -> int:
        """How many of the steps that count passed."""
        return sum(step.state is State.PASSED for step in self.steps if step.counts)

    @property
    def total(self) -> int:
        """How many steps count; one that had nothing to judge does not."""
        return sum(step.counts and not step.nothing_judged for step in self.steps)

    @property
    def parts(self) -> list[StepResult]:
        """The steps, with the setup before and the clean-up after them where these had something to do."""
        before = [self.setup] if self.setup.commands else []
        after = [self.cleanup] if self.cleanup.state is not State.WAITING else []
        return [*before, *self.steps, *after]

    @property
    def current(self) -> StepResult | None:
        """The step that is being worked on."""
        return next((part for part in self.parts if part.state is State.RUNNING), None)

    def find(self, step_id: str) -> StepResult | None:
        """The step, setup or clean-up of that id; None for what is no part of this run."""
        return next((part for part in (*self.steps, self.setup, self.cleanup) if part.id == step_id), None)

    @singledispatchmethod
    def apply(self, event: Event) -> None:
        """Take one event in. Events that change nothing here are passed over."""

    @apply.register
    def _(self, event: LabStarted) -> None:
        self.target, self.server = event.target, event.server
        self.version, self.attempt = event.version, event.attempt

    @apply.register
    def _(self, event: StepStarted) -> None:
        if step := self.find(event.step):
            step.state = State.RUNNING

    @apply.register
    def _(self, event: CommandStarted) -> None:
        if step := self.find(event.step):
            step.state = State.RUNNING
            step.commands.append(CommandRun(event.index, event.command))

    @apply.register
    def _(self, event: OutputReceived) -> None:
        step = self.find(event.step)
        if step is not None and step.commands:
            run = step.commands[-1]
            run.printed.extend(line for line in run.lines.feed(event.text) if line)

    @apply.register
    def _(self, event: CommandFinished) -> None:
        step = self.find(event.step)
        if step is None:
            return
        last = step.commands[-1] if step.commands else None
        if last is None or last.finished or last.index != event.index:
            last = CommandRun(event.index, event.command)  # it never started: not-run
            step.commands.append(last)
        last.exit_code, last.seconds, last.reason = event.exit_code, event.seconds, event.reason
        last.finished = True
        last.printed.extend(last.lines.end())
        if step is self.setup:
            step.state = State.FAILED if last.failed else State.PASSED

    @apply.register
    def _(self, event: CheckUpdated) -> None:
        if step := self.find(event.step):
            if step.state is State.WAITING:
                step.state = State.RUNNING
            step.checks[event.index].outcome = event.outcome

    @apply.register
    def _(self, event: StepPassed) -> None:
        if step := self.find(event.step):
            step.state, step.judged_for, step.broken = State.PASSED, event.seconds, False

    @apply.register
    def _(self, event: StepFailed) -> None:
        if step := self.find(event.step):
            step.state = State.ERROR if event.could_not_judge else State.FAILED
            step.judged_for = event.seconds
            _settle(step, event.outcomes)

    @apply.register
    def _(self, event: StepSkipped) -> None:
        if step := self.find(event.step):
            step.state, step.because = State.SKIPPED, event.because
            before = self.find(event.because) if event.because else None
            step.blocked_unjudged = before is self.setup or (
                before is not None and before.state is State.ERROR
            )

    @apply.register
    def _(self, event: StepBroken) -> None:
        if step := self.find(event.step):
            _settle(step, event.outcomes)
            step.state = State.ERROR if could_not_judge(event.outcomes) else State.FAILED
            step.broken = True

    @apply.register
    def _(self, event: LabFinished) -> None:
        self.finished, self.seconds = event, event.seconds


def _settle(step: StepResult, outcomes: Sequence[Outcome]) -> None:
    for each, outcome in zip(step.checks, outcomes, strict=False):
        each.outcome = outcome
