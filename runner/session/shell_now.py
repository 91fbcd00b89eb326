"""What the learner's shell is doing at this moment, as data for the line under it."""

from __future__ import annotations

from dataclasses import dataclass

from checks.base import Ran
from runner.session.lessons import Lesson
from runner.session.wrapping import Wrapped


@dataclass(frozen=True, slots=True)
class ShellNow:
    """`running`: the words of the program that has the terminal, "" at the prompt; `seconds`: whole ones that it has run.

    `last`: the line that ended last since the learner came to the step, or since the step passed; `lesson`: what it
    teaches; `ago`: whole seconds since it ended.
    """

    password: bool = False
    """A password is asked for."""
    typing: bool = False
    """The runner types; the learner's keys wait."""
    running: str = ""
    seconds: int = 0
    editor: str = ""
    """The editor that kubectl opens, while a program that reads key by key has the terminal; "" else."""
    typed: str = ""
    """What was typed into that program."""
    last: Ran | None = None
    lesson: Lesson | None = None
    ago: int = 0
    wrapped: Wrapped | None = None
    """The output of the learner's last line at this step, where it was wider than the terminal; also once the step has
    passed, for then it is read."""
