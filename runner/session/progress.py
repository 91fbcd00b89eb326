"""The record of one attempt at a lab: append-only JSON lines, state by replay."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from checks.base import Outcome
from runner.session.codec import decode, encode
from runner.session.events import (
    CheckUpdated,
    CommandFinished,
    CommandStarted,
    Event,
    HintShown,
    LabFinished,
    LabStarted,
    OutputReceived,
    QuizAnswered,
    SkipTaken,
    SolutionShown,
    StepBroken,
    StepFailed,
    StepPassed,
    StepReached,
    StepReset,
)
from runner.words import Told, phrase

RECORD = "record.jsonl"
_SYNCED = (StepPassed, QuizAnswered, LabFinished)  # what must survive a power cut as well as a kill
_log = logging.getLogger(__name__)


class AttemptInUse(Told):
    """Another program works on this attempt."""


@dataclass(slots=True)
class State:
    """What the record says so far."""

    attempt: str = ""
    passed: set[str] = field(default_factory=set)
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    held: dict[tuple[str, int], Outcome] = field(default_factory=dict)  # the last outcome of each check
    commands_done: dict[str, int] = field(
        default_factory=dict
    )  # step -> commands that finished well, in a row
    interrupted: tuple[str, int] | None = None  # a command that started and never finished
    finished: bool = False
    reached: set[str] = field(
        default_factory=set
    )  # steps that passed at some time: what they unlocked stays so
    runs: dict[tuple[str, int], CommandFinished] = field(default_factory=dict)  # how each command ended last
    hints: dict[str, int] = field(default_factory=dict)  # step -> hints shown
    solutions: dict[str, str] = field(default_factory=dict)  # step -> "shown" or "typed"
    skipped: set[str] = field(default_factory=set)
    here: str = ""  # the step that the learner went to last
    questions: dict[str, str] = field(default_factory=dict)  # question -> the step that it was answered in

    def apply(self, event: Event) -> None:
        match event:
            case LabStarted():
                self.attempt = event.attempt
            case CommandStarted():
                self.interrupted = (event.step, event.index)
            case CommandFinished():
                self.interrupted = None
                self.runs[event.step, event.index] = event
                if event.exit_code == 0 and self.commands_done.get(event.step, 0) == event.index:
                    self.commands_done[event.step] = event.index + 1
            case QuizAnswered():
                self.answers[event.question] = tuple(event.answer)
                self.questions[event.question] = event.step
            case CheckUpdated():
                self.held[event.step, event.index] = event.outcome
            case StepPassed():
                self.passed.add(event.step)
                self.reached.add(event.step)
            case StepFailed() | StepBroken():
                self.passed.discard(event.step)
                self.commands_done.pop(event.step, None)  # to be worked through from the start
            case LabFinished():
                self.finished = event.passed
            case _:
                self._apply_choice(event)

    def _apply_choice(self, event: Event) -> None:
        """What only a learner at the screen does."""
        match event:
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
        self.passed.discard(step)
        self.skipped.discard(step)
        self.commands_done.pop(step, None)
        self.hints.pop(step, None)
        self.solutions.pop(step, None)
        for question in [each for each, of in self.questions.items() if of == step]:
            self.answers.pop(question, None)
        self.runs = {key: run for key, run in self.runs.items() if key[0] != step}
        self.held = {key: outcome for key, outcome in self.held.items() if key[0] != step}


class Progress:
    """One attempt's record, open for appending by one program at a time.

    A last line torn by a crash is cut off; a damaged line in the middle is passed over and logged.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open or begin the record in `folder`. Raises AttemptInUse where another program has it open."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self._now = now
        self._lock = _lock(folder / "lock")
        self.state = State()
        self._file = self._open()

    def _open(self) -> int:
        path = self.folder / RECORD
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(descriptor, whole)
        for number, line in enumerate(content[:whole].splitlines(), 1):
            try:
                event = decode(line.decode())
            except ValueError as error:
                _log.warning("%s:%d is damaged and passed over: %s", path, number, error)
                continue
            if event is not None:
                self.state.apply(event)
        return descriptor

    def append(self, event: Event) -> None:
        """Write the event down, then let the state follow. Output is left to the transcript."""
        if isinstance(event, OutputReceived):
            return
        line = encode(event, self._now().isoformat(timespec="milliseconds")) + "\n"
        os.write(self._file, line.encode())
        if isinstance(event, _SYNCED):
            os.fsync(self._file)
        self.state.apply(event)

    def begin_again(self) -> None:
        """Set the finished record aside (it is kept beside, with its time) and begin a new attempt."""
        os.close(self._file)
        path = self.folder / RECORD
        if path.stat().st_size:
            path.rename(self.folder / f"record-{self._now():%Y%m%dT%H%M%S%f}.jsonl")
        self.state = State()
        self._file = self._open()

    def close(self) -> None:
        os.close(self._file)
        os.close(self._lock)


def read_state(folder: Path) -> State:
    """The state of the record in `folder`, read only: an empty one where there is none."""
    state = State()
    path = folder / RECORD
    lines: Sequence[str] = path.read_text(errors="replace").splitlines() if path.is_file() else ()
    for line in lines:
        try:
            event = decode(line)
        except ValueError:
            continue
        if event is not None:
            state.apply(event)
    return state


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(descriptor, 32).decode(errors="replace").strip() or "?"
        os.close(descriptor)
        raise AttemptInUse(
            phrase(
                "This lab is already open in another Labgate (process {pid}). Finish or close that one first, then try again.",
                pid=pid,
            )
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
