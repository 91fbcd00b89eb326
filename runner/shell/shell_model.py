"""Commands for the shell, and the events it emits while it runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runner.words import NOT_JUDGED, UserError


class AnswerLike(Protocol):
    """What to send when a command asks: `expect` is a Python regular expression, seen without control sequences."""

    @property
    def expect(self) -> str: ...
    @property
    def send(self) -> str: ...


class CommandLike(Protocol):
    """A command line, and what to type while it runs. A lab's Command is one."""

    @property
    def command(self) -> str: ...
    @property
    def answers(self) -> Sequence[AnswerLike]: ...
    @property
    def keys(self) -> Sequence[str]: ...
    @property
    def timeout(self) -> float: ...


Listener = Callable[[bytes], None]
"""Called with every byte that the terminal shows."""
Hearer = Callable[[str, str], None]
"""Called with a command's output: raw, and without control sequences."""


@dataclass(frozen=True, slots=True)
class Output:
    """What the command printed, control sequences and all, without the shell's own marks.

    `dropped` counts the characters before `text` that nobody fetched in time and that were let go.
    """

    text: str
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """A prompt was answered for the learner; `send` is masked where the terminal did not echo (a password)."""

    expect: str
    send: str


NOT_HERE = "real-cluster-only"
"""The reason of a command that was not run because the cluster is a practice cluster."""


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """How a command ended: the one form of it, from the shell to the reports.

    `exit_code` is None if there is none: a time-out, the shell's death, a line that was never run.
    `reason` is "" for a command that ended by itself, else "timeout", "shell-ended", "interrupted", NOT_HERE (it
    needs a real cluster) or "not-run" (an empty line, a syntax error, an unfinished line, or another program holding the
    terminal).
    `waiting_at` is the last line on the terminal where the command was given up: the prompt nobody
    answered, or the name of the program in the way.
    """

    exit_code: int | None
    seconds: float
    reason: str = ""
    waiting_at: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """A line that the learner entered and that ran, and how it ended. `line` is as the shell's history has it."""

    line: str
    end: CommandEnd


@dataclass(frozen=True, slots=True)
class SavedState:
    """The learner's folder and exported variables as they were at the last prompt."""

    folder: Path
    environment: Mapping[str, str]


class ShellProblem(UserError):
    """No shell could be started; `message` says why and what to do."""

    exit_code = NOT_JUDGED
