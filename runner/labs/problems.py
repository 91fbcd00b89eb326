"""What is wrong with a lab: everything at once, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.words import Phrase, say


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a file; line and column count from 1, as editors do."""

    file: str
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where, and a hint at what to do where there is one."""

    place: Place
    message: Phrase
    hint: Phrase | None = None

    @property
    def file(self) -> str:
        return self.place.file

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def col(self) -> int:
        return self.place.col

    def render(self, language: str = "en") -> str:
        """`file:line:col: message (hint)`."""
        hint = f" ({say(self.hint, language)})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.col}: {say(self.message, language)}{hint}"


class LabErrors(Exception):
    """A lab that can't be used; `problems` are all that was found, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        each = {(problem.place, problem.render()): problem for problem in problems}
        self.problems = tuple(each[key] for key in sorted(each))
        super().__init__("\n".join(problem.render() for problem in self.problems))


def shown(path: Path) -> str:
    """A path as a person would type it: relative where it is below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
