"""What lint's rules look at, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from checks.base import Check
from runner.labs.model import Command, Lab
from runner.labs.nodes import Path
from runner.labs.shape import TextAt
from runner.words import Phrase


@dataclass(frozen=True, slots=True)
class Draft:
    """A lab that the loader takes, and where its texts are written."""

    lab: Lab
    folder: FilePath
    texts: tuple[TextAt, ...]

    def commands(self) -> Iterator[tuple[Path, Command]]:
        """Every command that is typed into the learner's shell, and where it is written."""
        yield from _numbered(("setup",), self.lab.setup)
        for index, step in enumerate(self.lab.steps):
            yield from _numbered(("steps", index, "run"), step.run)
            yield from _numbered(("steps", index, "solution"), step.solution or ())
        if self.lab.cleanup:
            yield from _numbered(("cleanup", "run"), self.lab.cleanup.run)

    def checks(self) -> Iterator[tuple[Path, Check]]:
        """Every check, and where it is written."""
        for index, step in enumerate(self.lab.steps):
            for number, check in enumerate(step.checks):
                yield ("steps", index, "checks", number), check
        for number, check in enumerate(self.lab.cleanup.checks if self.lab.cleanup else ()):
            yield ("cleanup", "checks", number), check


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that could be better. `path` is where in lab.yaml; or `file` is another file, and its `line`."""

    path: Path
    message: Phrase
    hint: Phrase | None = None
    file: FilePath | None = None
    line: int | None = None


Rule = Callable[[Draft], Iterator[Advice]]


def _numbered(path: Path, commands: Sequence[Command]) -> Iterator[tuple[Path, Command]]:
    for index, command in enumerate(commands):
        yield (*path, index), command
