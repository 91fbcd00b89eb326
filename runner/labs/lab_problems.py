"""Problems in a lab's files, and their places."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from checks.bounds import shortened
from runner.words import Phrase, phrase, translate

MOST_REPORTED = 100
"""Problems that are reported at once."""
MOST_HINTED = 30
"""Problems for which a suggestion is searched."""
MOST_KEPT = 1000
"""Problems of one file that are kept."""
MOST_COMPARED, LONGEST_NAME = 500, 100
"""Known names among which the one that was meant is looked for, and characters of it."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: line and column, both counted from 1."""

    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` and `col` are None if no place in the file is to blame."""

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
        text = f"{place}: {translate(shortened(self.message), language)}"
        text += f" ({translate(shortened(self.hint), language)})" if self.hint else ""
        return f"{text} [{self.rule}]" if self.rule else text


class LabErrors(Exception):
    """Everything that is wrong with a lab, sorted by place; of very many problems the first MOST_REPORTED and how many more."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = first_of(sorted(problems, key=lambda problem: problem.render()))
        super().__init__("\n".join(problem.render() for problem in self.problems))


def first_of(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, sorted by place (those of one place as they come).

    Behind the first MOST_REPORTED one that says how many more there are.
    """
    text = {problem.render(): problem for problem in problems}
    ordered = sorted(text.values(), key=_place)
    more = len(ordered) - MOST_REPORTED
    if more <= 0:
        return tuple(ordered)
    count = more if len(ordered) < MOST_KEPT else f"{MOST_KEPT - MOST_REPORTED}+"
    rest = Problem(ordered[0].file, None, None, phrase("… and {count} more", count=count))
    return (*ordered[:MOST_REPORTED], rest)


def add(problems: list[Problem], problem: Problem) -> None:
    """Add a problem, unless there are MOST_KEPT already: a hostile file may have a million."""
    if len(problems) < MOST_KEPT:
        problems.append(problem)


def _place(problem: Problem) -> tuple[str, int, int]:
    return str(problem.file), problem.line or 0, problem.col or 0


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> Phrase | None:
    """`did you mean …?` for a mistyped name, None if nothing is near (`cutoff`: 1 is the same word)."""
    found = nearest_name(name, known, cutoff=cutoff)
    return phrase("did you mean {name}?", name=found) if found else None


def nearest_name(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name that a mistyped one probably stands for; capitals, - and _ hardly matter."""
    if len(name) > LONGEST_NAME:
        return None
    alike = {each.lower().replace("-", "_"): each for each in islice(known, MOST_COMPARED)}
    found = difflib.get_close_matches(name.lower().replace("-", "_"), alike, n=1, cutoff=cutoff)
    return alike[found[0]] if found else None
