"""The state that the events of an attempt add up to. Created only by `reducer.reduce`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from checks.base import Outcome
from checks.phrase import Phrase
from runner.labs.model import Lab, Step
from runner.session.events import CommandFinished, LabFinished
from runner.shell import CommandEnd

PAUSE = 300.0
"""Seconds without any event after which the learner is taken to be away: no more of a silence is counted as time spent.

Up to there it counts, also of a longer one: who reads for seven minutes has worked, and a clock never goes back.
"""


class StepStatus(StrEnum):
    """How far the work on a step and its judging are."""

    WAITING = "waiting"  # not reached
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # could not be judged
    SKIPPED = "skipped"  # not judged: an earlier step failed, or there was nothing to judge


@dataclass(frozen=True, slots=True)
class CommandRun:
    """One run of a command. `index` is the command's among its step's; `end` is None while it runs."""

    index: int
    command: str
    end: CommandEnd | None = None
    by: str = ""  # "learner" where they typed it themselves

    @property
    def running(self) -> bool:
        return self.end is None

    @property
    def succeeded(self) -> bool:
        return self.end is not None and self.end.exit_code == 0

    @property
    def failed(self) -> bool:
        return self.end is not None and self.end.exit_code != 0


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What happened in one step, or in the lab's setup or clean-up."""

    status: StepStatus = StepStatus.WAITING
    passed: bool = False  # when last judged; a step that was skipped since keeps it
    reached: bool = False  # has passed at some time: what that unlocked stays unlocked
    broken: bool = False  # passed earlier, and failed when last judged
    because: str = ""  # the earlier step because of which it was skipped
    blocked_unjudged: bool = False  # skipped through no fault of the learner: it could not be judged
    judged_for: float = 0.0  # seconds that its checks were looked at, by a graded run
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)  # the last outcome of each check
    runs: tuple[CommandRun, ...] = ()  # the oldest first
    runs_before: int = 0  # how many of `runs` are from before the step broke: its commands must be run again
    done: int = 0  # commands that succeeded, in a row from the first
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by question
    tried: bool = False  # the learner entered a command of their own for it
    console: bool = False  # its console was opened
    hints: int = 0  # shown
    solution: str = ""  # "", "shown" or "typed"
    skipped: bool = False  # the step was completed for the learner
    began: datetime | None = None  # when it was begun, or begun again
    opened: float = 0.0  # seconds spent on the attempt when it was unlocked, or reset
    spent: float = 0.0  # seconds spent while the learner was at it
    ever_failed: bool = False  # a check of it was seen that did not pass

    def run_of(self, index: int) -> CommandRun | None:
        """The last run of that command since the step broke; None if there was none."""
        return next((run for run in reversed(self.runs[self.runs_before :]) if run.index == index), None)

    @property
    def worked_on(self) -> bool:
        """Whether the learner did something for it."""
        return bool(self.tried or self.answers or len(self.runs) > self.runs_before)


_NOTHING = StepRecord()


def setup_of(step: str) -> str:
    """Under which id a step's own setup is on record."""
    return f"setup/{step}"


@dataclass(frozen=True, slots=True)
class AttemptState:
    """The state so far: of the record (all visits), or of one graded run."""

    attempt: str = ""
    target: str = ""
    server: str = ""
    version: str = ""  # of the cluster; "" if it could not be read
    steps: Mapping[str, StepRecord] = field(default_factory=dict)
    running: tuple[str, int] | None = None  # the command that runs: its step, its index
    interrupted: tuple[str, int] | None = None  # a command that an earlier visit was ended in
    ended: LabFinished | None = None  # the last end; None if a step was reset, or the lab changed, since
    ended_at: datetime | None = None  # when that was
    ended_here: str = ""  # the step that the learner was at then
    cleaned: bool = False  # the clean-up has begun, and no step was worked on since
    here: str = ""  # the step that the learner went to last
    lost: Phrase | None = None  # why the cluster can't be read at the moment
    began: datetime | None = None  # when the first event was
    seconds: float = 0.0  # spent up to the last event, over all visits
    last: datetime | None = None  # when the last event was

    def step(self, step: str) -> StepRecord:
        """The record of that step; an empty one if nothing happened."""
        return self.steps.get(step, _NOTHING)

    @property
    def passed(self) -> frozenset[str]:
        """The steps that passed when last judged; the clean-up's id among them where it did."""
        return frozenset(step for step, record in self.steps.items() if record.passed)

    def lost_command(self) -> CommandFinished | None:
        """The end of the command that runs, where the shell failed under it."""
        if self.running is None:
            return None
        step, index = self.running
        run = self.step(step).run_of(index)
        end = CommandEnd(None, 0.0, "shell-ended")
        return CommandFinished(step, index, run.command, end) if run is not None else None

    def prepared(self, step: Step) -> bool:
        """Whether the step's own setup was done in this attempt."""
        return self.step(setup_of(step.id)).done >= len(step.setup)

    @property
    def reached(self) -> frozenset[str]:
        """The steps that have passed at some time."""
        return frozenset(step for step, record in self.steps.items() if record.reached)

    @property
    def answers(self) -> Mapping[str, tuple[str, ...]]:
        """The learner's answers by question."""
        return {key: given for record in self.steps.values() for key, given in record.answers.items()}

    @property
    def finished(self) -> bool:
        """Whether the last run of the lab ended with a pass."""
        return self.ended is not None and self.ended.passed

    def renumbered(self, event: CommandFinished) -> CommandFinished:
        """The end of the running command, with the command's current number."""
        if self.running is None or self.running[0] != event.step:
            return event
        return replace(event, index=self.running[1])

    def whole(self, lab: Lab) -> bool:
        """Whether the lab was finished: all its steps, not only some that were asked for."""
        return self.finished and all(step.optional or self.step(step.id).passed for step in lab.steps)

    def spent(self, now: datetime) -> float:
        """Seconds spent on the attempt until `now`, in the visit that the last event belongs to."""
        since = (now - self.last).total_seconds() if self.last else 0.0
        return self.seconds + min(max(since, 0.0), PAUSE)
