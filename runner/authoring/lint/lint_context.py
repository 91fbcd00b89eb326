"""The input of lint's rules, and their findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from checks.base import Check
from checks.command import Command as CommandCheck
from runner.labs.model import Command, Lab
from runner.labs.shape import TextAt
from runner.labs.yaml_nodes import List, Mapping, Node, Path, Scalar
from runner.words import LANGUAGES, Phrase


@dataclass(frozen=True, slots=True)
class Draft:
    """A lab that the loader takes, and where its texts are written."""

    lab: Lab
    folder: FilePath
    texts: tuple[TextAt, ...]
    root: Node
    """What lab.yaml says, as it is written."""
    written: str
    """lab.yaml itself."""

    def commands(self) -> Iterator[tuple[Path, Command]]:
        """Every command that is typed into the learner's shell, and where it is written."""
        yield from _numbered(("setup",), self.lab.setup)
        for index, step in enumerate(self.lab.steps):
            yield from _numbered(("steps", index, "setup"), step.setup)
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

    def as_written(self) -> Iterator[tuple[Path, str]]:
        """Every command line of steps and checks with its `{{variables}}`, and where it is."""
        for path, command in self.commands():
            yield from self._raw(path, "command")
            if command.otherwise:
                yield from self._raw((*path, "otherwise"), "")
        for path, check in self.checks():
            if isinstance(check, CommandCheck):
                yield from self._raw(path, "command")

    def _raw(self, path: Path, key: str) -> Iterator[tuple[Path, str]]:
        node = at(self.root, path)
        if isinstance(node, Mapping) and key in node.entries:
            node = node.entries[key][1]
        if isinstance(node, Scalar):
            yield path, node.text

    def read(self) -> Iterator[tuple[Path, FilePath | None, int, str]]:
        """Every text that a learner reads: its path in lab.yaml or its file, its first line, and the text."""
        for text in self.texts:
            if (
                text.by_language is None
                and text.from_files
                and not any(each.isspace() for each in text.plain)
            ):
                continue
            for language, words in (text.by_language or {"": text.plain}).items():
                yield (*text.path, language) if language else text.path, None, 1, words
        for file in self.text_files():
            yield (), file, 1, file.read_text(encoding="utf-8", errors="replace")

    def text_files(self) -> Iterator[FilePath]:
        """The files that hold texts, each once."""
        named = {
            text.plain
            for text in self.texts
            if text.by_language is None and text.from_files and not any(each.isspace() for each in text.plain)
        }
        for name in sorted(named):
            files = (self.folder / f"{name}.{code}.md" for code in LANGUAGES)
            yield from (path for path in files if path.is_file())


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that could be better. `path` is where in lab.yaml; or `file` is another file, and its `line`."""

    path: Path
    message: Phrase
    hint: Phrase | None = None
    file: FilePath | None = None
    line: int | None = None


Rule = Callable[[Draft], Iterator[Advice]]


def at(root: Node, path: Path) -> Node | None:
    """The value at that path; None if there is none."""
    node: Node = root
    for step in path:
        if isinstance(node, Mapping) and step in node.entries:
            node = node.entries[str(step)][1]
        elif isinstance(node, List) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def _numbered(path: Path, commands: Sequence[Command]) -> Iterator[tuple[Path, Command]]:
    for index, command in enumerate(commands):
        yield (*path, index), command
