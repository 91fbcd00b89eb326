"""The record of one attempt at a lab: append-only JSON lines, and the state they add up to."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from runner.paths import append_whole
from runner.session.attempt_state import AttemptState
from runner.session.codec import encode, read
from runner.session.events import Event, LabFinished, OutputReceived, QuizAnswered, StepPassed
from runner.session.reducer import reduce
from runner.words import NOT_JUDGED, UserError, phrase

RECORD = "record.jsonl"
_SYNCED = (StepPassed, QuizAnswered, LabFinished)  # what must survive a power cut as well as a kill
_log = logging.getLogger(__name__)


class AttemptInUse(UserError):
    """Another program works on this attempt."""


class NotRecorded(UserError):
    """The record could not be written; nothing partial was left."""

    exit_code = NOT_JUDGED


class Progress:
    """One attempt's record, open for appending by one program at a time.

    A last line torn by a crash is cut off; a damaged line in the middle is passed over and logged.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open or begin the record in `folder`. Raises AttemptInUse if another program has it open."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self._now = now
        self._lock = _lock(folder / "lock")
        self.state = AttemptState()
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
                event, at = read(line.decode())
            except ValueError as error:
                _log.warning("%s:%d is damaged and passed over: %s", path, number, error)
                continue
            if event is not None:
                self.state = reduce(self.state, event, at)
        return descriptor

    def append(self, event: Event) -> None:
        """Record the event, then update the state. Output is left to the transcript. Raises NotRecorded."""
        if isinstance(event, OutputReceived):
            return
        now = self._now()
        line = encode(event, now.isoformat(timespec="milliseconds")) + "\n"
        try:
            append_whole(self._file, line.encode())
            if isinstance(event, _SYNCED):
                os.fsync(self._file)
        except OSError as error:
            raise NotRecorded(
                phrase(
                    "Your progress can't be saved: {file}: {reason}. Make room on the disk, then open the lab again: "
                    "what was recorded before is kept.",
                    file=str(self.folder / RECORD),
                    reason=error.strerror or str(error),
                )
            ) from error
        self.state = reduce(self.state, event, now)

    def follow(self, event: Event) -> None:
        """Update the state with an event that could not be recorded."""
        self.state = reduce(self.state, event, self._now())

    @property
    def seconds(self) -> float:
        """Seconds spent on this attempt so far, over all visits; the rest of long pauses is not counted."""
        return self.state.spent(self._now())

    def begin_again(self) -> Path | None:
        """Set the record aside and begin a new attempt; returns where the old one is, None if it had nothing."""
        os.close(self._file)
        path, kept = self.folder / RECORD, None
        if path.stat().st_size:
            kept = path.rename(self.folder / f"record-{self._now():%Y%m%dT%H%M%S%f}.jsonl")
        self.state = AttemptState()
        self._file = self._open()
        return kept

    def close(self) -> None:
        os.close(self._file)
        self._file = -1  # no number that another file may get: what comes too late must not be written there
        os.close(self._lock)


def read_state(folder: Path) -> AttemptState:
    """The state of the record in `folder`, read only: an empty one where there is none."""
    state = AttemptState()
    path = folder / RECORD
    lines: Sequence[str] = path.read_text(errors="replace").splitlines() if path.is_file() else ()
    for line in lines:
        try:
            event, at = read(line)
        except ValueError:
            continue
        if event is not None:
            state = reduce(state, event, at)
    return state


def ensure_free(folder: Path) -> None:
    """Raises AttemptInUse if another program has the attempt in `folder` open."""
    if (folder / "lock").exists():
        os.close(_lock(folder / "lock"))


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
