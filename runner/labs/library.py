"""Which labs there are, and where."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from runner.labs.load import FILE
from runner.words import Phrase, phrase

_PACKAGE = Path(__file__).resolve().parents[1]
_OURS = (_PACKAGE.parent / "labs", _PACKAGE / "bundled_labs")  # in a checkout; in an installed package


class UnknownLab(Exception):
    """There is no such lab."""

    def __init__(self, message: Phrase) -> None:
        super().__init__(message.render())
        self.message = message


@dataclass(frozen=True, slots=True)
class LabEntry:
    """A lab that can be found by its name."""

    id: str
    path: Path
    built_in: bool


def available() -> list[LabEntry]:
    """Every lab, by name: ours, and those in the folders of $LABGATE_LABS. The first of a name counts."""
    entries: dict[str, LabEntry] = {}
    for folder, ours in _folders():
        for path in sorted(folder.glob(f"*/{FILE}")):
            entries.setdefault(path.parent.name, LabEntry(path.parent.name, path.parent, ours))
    return sorted(entries.values(), key=lambda entry: entry.id)


def find(name: str) -> Path:
    """The folder of the lab of that name, or at that path (of the folder, or of its lab.yaml). Raises UnknownLab."""
    entries = {entry.id: entry for entry in available()}
    if name in entries:
        return entries[name].path
    path = Path(name).expanduser()
    if path.name == FILE and path.is_file():
        return path.parent
    if (path / FILE).is_file():
        return path
    if path.is_dir():
        raise UnknownLab(
            phrase("The folder {folder} holds no lab: there is no {file} in it.", folder=name, file=FILE)
        )
    near = get_close_matches(name, entries, 1)
    if near:
        raise UnknownLab(
            phrase("There is no lab {name}. Did you mean {nearest}?", name=name, nearest=near[0])
        )
    raise UnknownLab(
        phrase(
            "There is no lab {name}. There are: {names}", name=name, names=tuple(entries) or phrase("none")
        )
    )


def built_in(folder: Path) -> bool:
    """Whether the lab in this folder is one of Labgate's own."""
    return any(folder.resolve().parent == ours.resolve() for ours in _OURS)


def _folders() -> Iterator[tuple[Path, bool]]:
    for ours in _OURS:
        if ours.is_dir():
            yield ours, True
    for name in os.environ.get("LABGATE_LABS", "").split(os.pathsep):
        if name:
            yield Path(name).expanduser(), False
