"""The result of a graded run: everything that views and reports need, derived from the run's state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from checks.base import Check, Outcome, Text, Verdict
from runner.grading.printed_output import PrintedOutput
from runner.labs.model import Lab
from runner.session.attempt_state import AttemptState, CommandRun, StepRecord, StepStatus
from runner.session.events import CLEANUP, SETUP, Event, LabFinished
from runner.session.finding_text import Mention
from runner.session.reducer import reduce
from runner.session.score import points, points_unjudged
from runner.words import Phrase

State = StepStatus


class Ending(StrEnum):
    """How a run ended."""

    PASSED = "passed"
    NOT_PASSED = "not-passed"
    NOT_JUDGED = "could-not-be-judged"
    INTERRUPTED = "interrupted"

    @property
    def exit_code(self) -> int:
        return {Ending.PASSED: 0, Ending.NOT_PASSED: 1, Ending.NOT_JUDGED: 3, Ending.INTERRUPTED: 130}[self]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check and the last outcome of it; None where it was never looked at."""

    check: Check
    outcome: Outcome | None = None

    @property
    def passed(self) -> bool:
        return self.outcome is not None and self.outcome.passed

    @property
    def passes(self) -> bool:
        return self.outcome is not None and self.outcome.verdict.passes

    @property
    def unjudged(self) -> bool:
        return self.outcome is not None and self.outcome.verdict is Verdict.ERROR


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step, or the lab's setup or clean-up, and what came of it at this moment."""

    id: str
    title: Text
    of: Sequence[Check]
    counts: bool  # for the lab's verdict and points: not a bonus step, not the setup, not the clean-up
    record: StepRecord
    printed: PrintedOutput = field(compare=False)

    @property
    def state(self) -> StepStatus:
        return self.record.status

    @property
    def because(self) -> str:
        """The earlier step that failed, where this one was skipped."""
        return self.record.because

    @property
    def broken(self) -> bool:
        """Whether it passed, and failed at the end."""
        return self.record.broken

    @property
    def checks(self) -> list[CheckResult]:
        return [CheckResult(check, self.record.outcomes.get(at)) for at, check in enumerate(self.of)]

    @property
    def commands(self) -> Sequence[CommandRun]:
        """Every run of its commands, the oldest first."""
        return self.record.runs

    def last_lines(self, number: int) -> Sequence[str]:
        """The last lines that the command of that run printed."""
        return self.printed.last_lines(self.id, number)

    @property
    def seconds(self) -> float:
        """How long its commands ran and its checks were looked at."""
        return self.record.judged_for + sum(run.end.seconds for run in self.record.runs if run.end)

    @property
    def points(self) -> int:
        return self._points[0]

    @property
    def points_total(self) -> int:
        """Points that could be had: a check that had nothing to judge is worth nothing, to either side."""
        return self._points[1]

    @property
    def points_unjudged(self) -> int:
        """Of `points_total`, the unknown points: neither earned nor lost."""
        if self.state in (State.WAITING, State.RUNNING) or self.record.blocked_unjudged:
            return self.points_total - self.points
        if self.state is State.SKIPPED:
            return 0  # an earlier step failed, so this one does
        return points_unjudged(self._outcomes)

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
        """The causes of each check, each cause whole once; none of a hidden check."""
        return Mention.of(
            [None if each.check.hidden or each.passes else each.outcome for each in self.checks]
        )

    @property
    def failing(self) -> list[CheckResult]:
        """The checks that were judged, or should have been, and do not pass."""
        return [each for each in self.checks if each.outcome is not None and not each.passes]


@dataclass(slots=True)
class Result:
    """One graded run. `apply` every event of it, then read; views and reports change nothing in it."""

    lab: Lab
    started: datetime
    only: Collection[str] = ()
    record: AttemptState = field(default_factory=AttemptState)
    printed: PrintedOutput = field(default_factory=PrintedOutput)
    interrupted: bool = False
    problem: Phrase | None = None  # why the run ended before its end
    took: float | None = None  # seconds, where the run's own end does not say so

    @classmethod
    def of(cls, lab: Lab, started: datetime, only: Collection[str] = ()) -> Result:
        """An empty result, for all steps or those in `only`."""
        return cls(lab, started, only)

    def apply(self, event: Event) -> None:
        """Apply one event."""
        self.record = reduce(self.record, event)
        self.printed.apply(event)

    @property
    def target(self) -> str:
        return self.record.target

    @property
    def server(self) -> str:
        return self.record.server

    @property
    def version(self) -> str:
        return self.record.version

    @property
    def attempt(self) -> str:
        return self.record.attempt

    @property
    def finished(self) -> LabFinished | None:
        return self.record.ended

    @property
    def seconds(self) -> float:
        if self.took is not None:
            return self.took
        return self.record.ended.seconds if self.record.ended else 0.0

    @property
    def steps(self) -> list[StepResult]:
        return [
            self._part(step.id, step.title, step.checks, not step.optional)
            for step in self.lab.steps
            if not self.only or step.id in self.only
        ]

    @property
    def setup(self) -> StepResult:
        return self._part(SETUP, {}, (), False)

    @property
    def cleanup(self) -> StepResult:
        cleanup = self.lab.cleanup
        return self._part(CLEANUP, cleanup.title if cleanup else {}, cleanup.checks if cleanup else (), False)

    def _part(self, step: str, title: Text, of: Sequence[Check], counts: bool) -> StepResult:
        return StepResult(step, title, of, counts, self.record.step(step), self.printed)

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
        """Of `points_total`, the unknown points: `points` is a grade only if this is 0."""
        return sum(step.points_unjudged for step in self.steps if step.counts)

    @property
    def is_grade(self) -> bool:
        """Whether everything that counts was judged."""
        return self.ending in (Ending.PASSED, Ending.NOT_PASSED)

    @property
    def partly_judged(self) -> bool:
        """There is no grade, and yet it is known of some of what counts whether it passes."""
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
