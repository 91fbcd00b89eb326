"""Finds labs: Labgate's own, those in the folders of $LABGATE_LABS, those of added sources, and any folder by its
path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from checks.path_state import is_dir, is_file
from runner.labs.lab_problems import nearest
from runner.labs.load import FILE
from runner.labs.sources import kept
from runner.words import Phrase, phrase

LOOKED_DEEP, MOST_OF_A_SHELF, MOST_FOLDERS = 3, 200, 2000
_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class LabEntry:
    """A lab that can be found by its name. Its files were not read yet."""

    id: str
    path: Path
    built_in: bool
    source: str = ""
    """The source that it is of; "" for Labgate's own and those of $LABGATE_LABS."""

    @property
    def full_name(self) -> str:
        """Names it even where another lab has its name."""
        return f"{self.source}/{self.id}" if self.source else self.id


class UnknownLab(Exception):
    """There is no such lab. `message` says so; `hint`, a part of it, names a similar one."""

    def __init__(self, message: Phrase) -> None:
        super().__init__(message.render())
        self.message = message


def own_labs() -> Path:
    """The folder of Labgate's own labs: in the installed package, or in a checkout beside it."""
    bundled = _PACKAGE / "bundled_labs"
    return bundled if bundled.is_dir() else _PACKAGE.parent / "labs"


def built_in(folder: Path) -> bool:
    """Whether the lab in `folder` is one of Labgate's own, so that its commands need no asking."""
    return folder.resolve().parent == own_labs().resolve()


def available() -> list[LabEntry]:
    """Every lab that has a name, in the order of the names. Of several with one name the first one has it:
    $LABGATE_LABS goes before Labgate's own, and those before what was added."""
    found: dict[str, LabEntry] = {}
    for entry in _everything():
        found.setdefault(entry.id, entry)
    return [found[name] for name in sorted(found)]


def hidden() -> list[LabEntry]:
    """The labs whose names other labs have. They are found by their full name, or by their path."""
    named = {entry.id: entry.path for entry in available()}
    return [entry for entry in _everything() if named[entry.id] != entry.path]


def labs_near(shelf: Path) -> list[Path]:
    """The labs in a folder of somebody else's making: the folder itself, or those up to LOOKED_DEEP below it.

    In a very large folder no more than MOST_FOLDERS are looked into.
    """
    return list(islice(_near(shelf, LOOKED_DEEP, [MOST_FOLDERS]), MOST_OF_A_SHELF))


def find(name_or_path: str | Path) -> Path:
    """The folder of a lab, by its name, its folder, or its lab.yaml. Raises UnknownLab."""
    wanted = str(name_or_path)
    entries = {entry.id: entry.path for entry in available()}
    if wanted in entries:
        return entries[wanted]
    full = {entry.full_name: entry.path for entry in _everything() if entry.source}
    if wanted in full:
        return full[wanted]
    path = Path(wanted).expanduser()
    if path.name == FILE and is_file(path):
        return path.parent
    if wanted and is_file(path / FILE):
        return path
    if is_dir(path) and os.sep in wanted:
        raise UnknownLab(
            phrase("There is no {file} in this folder, so it is not a lab: {folder}", file=FILE, folder=path)
        )
    if wanted.startswith(
        (".", "~", os.sep)
    ):  # a path, and no name of a lab from elsewhere, which has a / in it, too
        raise UnknownLab(phrase("The folder does not exist: {folder}", folder=path))
    hint = nearest(wanted, entries)
    if hint:
        raise UnknownLab(phrase("There is no lab of this name: {name}; {hint}", name=wanted, hint=hint))
    raise UnknownLab(
        phrase(
            "There is no lab of this name: {name}. There are: {known}. "
            "A path with / in it names any folder with a lab.yaml.",
            name=wanted,
            known=tuple(entries) or "-",
        )
    )


def shelves() -> list[Path]:
    """The folders in which labs are looked for: those of $LABGATE_LABS, Labgate's own, and those of added sources."""
    of_sources = [shelf for source in kept.known() for shelf in source.shelves]
    return [*_named(), own_labs(), *of_sources]


def _everything() -> Iterator[LabEntry]:
    for shelf in (*_named(), own_labs()):
        for folder in _labs_in(shelf):
            yield LabEntry(folder.name, folder, built_in(folder))
    for source in kept.known():
        for shelf in source.shelves:
            for folder in labs_near(shelf):
                yield LabEntry(folder.name, folder, False, source.name)


def _named() -> Iterator[Path]:
    for part in os.environ.get("LABGATE_LABS", "").split(os.pathsep):
        if part:
            yield Path(part).expanduser()


def _labs_in(shelf: Path) -> list[Path]:
    """The labs in a folder, or the folder itself where it is one. None in a folder that can't be read."""
    try:
        if is_file(shelf / FILE):
            return [shelf]
        return sorted(path.parent for path in shelf.glob(f"*/{FILE}"))
    except OSError:
        return []


def _near(folder: Path, depth: int, left: list[int]) -> Iterator[Path]:
    left[0] -= 1
    try:
        if is_file(folder / FILE):
            yield folder
            return
        inside = sorted(each for each in folder.iterdir() if not each.name.startswith(".") and is_dir(each))
    except OSError:
        return
    for each in inside if depth else ():
        if left[0] > 0:
            yield from _near(each, depth - 1, left)
