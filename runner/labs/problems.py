"""What is wrong with a lab's files, and where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from runner.words import Phrase, phrase, say

MOST_TOLD = 100
"""Problems that are told at once."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: line and column, both counted from 1."""

    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` and `col` are None where no place in the file is to blame."""

    file: Path
    line: int | None
    col: int | None
    message: Phrase
    hint: Phrase | None = None
    rule: str = ""
    """Which rule of lint says so; "" for what the loader refuses."""

    def render(self, language: str = "en") -> str:
        """`file:line:col: message (hint) [rule]`, in one of the program's languages."""
        place = ":".join(str(part) for part in (self.file, self.line, self.col) if part is not None)
        told = f"{place}: {say(self.message, language)}"
        told += f" ({say(self.hint, language)})" if self.hint else ""
        return f"{told} [{self.rule}]" if self.rule else told


class LabErrors(Exception):
    """Everything that is wrong with a lab, sorted by place; of very many problems the first MOST_TOLD."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        told = {problem.render(): problem for problem in problems}
        ordered = sorted(told, key=lambda words: (_place(told[words]), words))
        self.problems: tuple[Problem, ...] = tuple(told[words] for words in ordered[:MOST_TOLD])
        super().__init__("\n".join(ordered[:MOST_TOLD]))


def _place(problem: Problem) -> tuple[str, int, int]:
    return str(problem.file), problem.line or 0, problem.col or 0


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> Phrase | None:
    """`did you mean …?` for a mistyped name, None where nothing is near (`cutoff`: 1 is the same word)."""
    found = nearest_name(name, known, cutoff=cutoff)
    return phrase("did you mean {name}?", name=found) if found else None


def nearest_name(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name that a mistyped one probably stands for; capitals, - and _ hardly matter."""
    alike = {each.lower().replace("-", "_"): each for each in known}
    found = difflib.get_close_matches(name.lower().replace("-", "_"), alike, n=1, cutoff=cutoff)
    return alike[found[0]] if found else None
