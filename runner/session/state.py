"""What the record of an attempt comes to: the replay of its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from checks.base import Outcome
from runner.labs.model import Lab
from runner.session.events import (
    CLEANUP,
    SETUP,
    CheckUpdated,
    CommandFinished,
    CommandStarted,
    Event,
    HintShown,
    LabFinished,
    LabStarted,
    QuizAnswered,
    SkipTaken,
    SolutionShown,
    StepBroken,
    StepFailed,
    StepPassed,
    StepReached,
    StepReset,
    StepStarted,
    StepUnlocked,
)

PAUSE = 600.0
"""Seconds without any event after which the learner is taken to be away: no more of a silence is counted as time spent."""


@dataclass(slots=True)
class State:
    """What the record says so far."""

    attempt: str = ""
    passed: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)  # passed earlier, and did not hold when last looked at
    reached: set[str] = field(default_factory=set)  # passed at some time: what they unlocked stays so
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)  # question -> the step that it was answered in
    held: dict[tuple[str, int], Outcome] = field(default_factory=dict)  # the last outcome of each check
    commands_done: dict[str, int] = field(
        default_factory=dict
    )  # step -> commands that finished well, in a row
    runs: dict[tuple[str, int], CommandFinished] = field(default_factory=dict)  # how each command ended last
    interrupted: tuple[str, int] | None = None  # a command that started and never finished
    finished: bool = False
    cleaned: bool = False  # the clean-up has begun, and no step was worked on since
    hints: dict[str, int] = field(default_factory=dict)  # step -> hints shown
    solutions: dict[str, str] = field(default_factory=dict)  # step -> "shown" or "typed"
    skipped: set[str] = field(default_factory=set)
    here: str = ""  # the step that the learner went to last
    seconds: float = 0.0  # spent up to the last event, over all visits
    opened: dict[str, float] = field(default_factory=dict)  # step -> seconds spent when it was unlocked
    began: dict[str, datetime] = field(default_factory=dict)  # step -> when it was begun, or begun again
    last: datetime | None = None  # when the last event was

    def apply(self, event: Event, at: datetime | None = None) -> None:
        """Follow one event, which was at `at`."""
        if at is not None:
            self.seconds = self.spent(at) if not isinstance(event, LabStarted) else self.seconds
            self.last = at
            self._begin(event, at)
        match event:
            case LabStarted():
                self.attempt = event.attempt
            case CommandStarted() | CommandFinished():
                self._apply_command(event)
            case QuizAnswered():
                self.answers[event.question] = tuple(event.answer)
                self.questions[event.question] = event.step
            case CheckUpdated():
                self.held[event.step, event.index] = event.outcome
            case StepPassed():
                self.passed.add(event.step)
                self.reached.add(event.step)
                self.broken.discard(event.step)
            case StepFailed() | StepBroken():
                if isinstance(event, StepBroken):
                    self.broken.add(event.step)
                    self.runs = {at: run for at, run in self.runs.items() if at[0] != event.step}
                self.passed.discard(event.step)
                self.commands_done.pop(event.step, None)  # to be worked through from the start
            case LabFinished():
                self.finished = event.passed
            case _:
                self._apply_choice(event)

    def _begin(self, event: Event, at: datetime) -> None:
        """A step begins as it is unlocked or gone to; it begins again as its commands are run again, or it is reset."""
        if isinstance(event, StepStarted | StepReset):
            self.began[event.step] = at
        elif isinstance(event, StepUnlocked | StepReached):
            self.began.setdefault(event.step, at)

    def whole(self, lab: Lab) -> bool:
        """Whether the lab was finished: all its steps, not only some that were asked for."""
        return self.finished and all(step.optional or step.id in self.passed for step in lab.steps)

    def spent(self, now: datetime) -> float:
        """Seconds spent on the attempt until `now`, in the visit that the last event belongs to."""
        since = (now - self.last).total_seconds() if self.last else 0.0
        return self.seconds + min(max(since, 0.0), PAUSE)

    def _apply_command(self, event: CommandStarted | CommandFinished) -> None:
        if self.cleaned and event.step not in (SETUP, CLEANUP):
            self.cleaned = False
            self.commands_done.pop(CLEANUP, None)
        if isinstance(event, CommandStarted):
            self.interrupted = event.step, event.index
            self.runs.pop((event.step, event.index), None)
            self.cleaned = self.cleaned or event.step == CLEANUP
            return
        if self.interrupted == (event.step, event.index):
            self.interrupted = None
        self.runs[event.step, event.index] = event
        if event.exit_code == 0 and self.commands_done.get(event.step, 0) == event.index:
            self.commands_done[event.step] = event.index + 1

    def _apply_choice(self, event: Event) -> None:
        """What only a learner at the screen does."""
        match event:
            case StepUnlocked():
                self.opened[event.step] = self.seconds
            case HintShown():
                self.hints[event.step] = max(self.hints.get(event.step, 0), event.index + 1)
            case SolutionShown():
                self.solutions[event.step] = event.how
            case SkipTaken():
                self.skipped.add(event.step)
            case StepReached():
                self.here = event.step
            case StepReset():
                self._forget(event.step)

    def _forget(self, step: str) -> None:
        self.finished = False
        for steps in (self.passed, self.broken, self.skipped):
            steps.discard(step)
        self.commands_done.pop(step, None)
        self.hints.pop(step, None)
        self.solutions.pop(step, None)
        self.opened[step] = self.seconds
        for question in [each for each, of in self.questions.items() if of == step]:
            del self.questions[question]
            self.answers.pop(question, None)
        for key in [key for key in self.runs if key[0] == step]:
            del self.runs[key]
        for key in [key for key in self.held if key[0] == step]:
            del self.held[key]
