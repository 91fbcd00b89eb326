"""What could not be imported, line by line, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from runner.labs.lab_problems import Problem
from runner.words import Phrase, UserError

MOST_NOTES = 100_000
"""Notes that are kept of one import; the rest is counted."""
MOST_SHOWN = 1000
"""Notes that are printed; all stand in the labs."""


class CannotImport(UserError):
    """What was named can't be read: `message` says what, where, and what to do."""


class Unreadable(CannotImport):
    """Several files can't be read. `problems` has them all."""

    def __init__(self, message: Phrase, problems: Iterable[Problem]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


@dataclass(slots=True)
class Notes:
    """Gathers notes. `shown` is the name that the file at hand is called in them."""

    all: list[Problem] = field(default_factory=list)
    left_out: int = 0
    _known: set[tuple[str, int | None, str]] = field(default_factory=set)

    def report(self, file: Path, line: int | None, what: Phrase, to_do: Phrase | None = None) -> None:
        """One thing that the author must look at."""
        note = Problem(file, line, None, what, to_do)
        key = str(file), line, note.render()
        if key in self._known:
            return
        self._known.add(key)
        if len(self.all) >= MOST_NOTES:
            self.left_out += 1
        else:
            self.all.append(note)

    def sort(self, first: int) -> None:
        """Bring the notes from the `first` one on into the order of their files and lines."""
        text = self.all[first:]
        files = list(dict.fromkeys(note.file for note in text))
        self.all[first:] = sorted(text, key=lambda note: (files.index(note.file), note.line or 0))


def comment(note: Problem, language: str) -> str:
    """A note as a comment of a lab.yaml: in one line, a TODO where there is something to do."""
    return ("TODO: " if note.hint else "Note: ") + " ".join(note.render(language).split())
