"""The sources that were added, kept in the data folder. Nothing heavy is imported: every command looks labs up."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from runner.paths import data_folder, write_private
from runner.words import Phrase, UserError, phrase

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")
"""A source's name: it is the folder of a checkout, and so the name of a lab that is a whole checkout."""


class SourceProblem(UserError):
    """A source can't be added, updated or removed; `message` says why and what to do."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A git checkout below the source's folder in the data folder."""

    name: str
    url: str
    ref: str = ""
    folder: str = ""
    """Where the labs are in it; "" for anywhere near its top."""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """`kind`: "folder", "git" or "index"; `location` is its path or URL as the person gave it, made absolute."""

    name: str
    kind: str
    location: str
    ref: str = ""
    folder: str = ""
    checkouts: tuple[Checkout, ...] = field(default=())
    paths: tuple[str, ...] = field(default=())
    """Folders that an index names on this machine."""

    @property
    def shelves(self) -> list[Path]:
        """The folders to look for labs in."""
        if self.kind == "folder":
            return [Path(self.location)]
        own = home() / self.name
        return [own / each.name / each.folder for each in self.checkouts] + [Path(p) for p in self.paths]

    @property
    def location_text(self) -> str:
        """Its location as a person would write it."""
        return f"{self.location}@{self.ref}" if self.ref else self.location


def home() -> Path:
    """The folder of the checkouts, and of the list of sources."""
    return data_folder() / "sources"


def known() -> list[Source]:
    """The sources in the order in which they were added; none if the list can't be read."""
    try:
        listed = json.loads((home() / "sources.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [source for each in listed if (source := _source(each))] if isinstance(listed, list) else []


def find(name: str) -> Source:
    """The source of that name. Raises SourceProblem."""
    for source in known():
        if source.name == name:
            return source
    names = [source.name for source in known()]
    raise SourceProblem(
        phrase("There is no source of this name: {name}. There are: {known}", name=name, known=names or "-")
    )


def save(sources: list[Source]) -> None:
    """Keep these as the list."""
    write_private(home() / "sources.json", json.dumps([asdict(each) for each in sources], indent=1) + "\n")


@contextmanager
def changing() -> Iterator[None]:
    """One program at a time changes the sources. Raises SourceProblem if another one is at it."""
    try:
        home().mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(home() / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SourceProblem(_unwritable(error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise SourceProblem(
            phrase("Another Labgate is changing the sources of labs. Try again when it is done.")
        ) from None
    finally:
        os.close(descriptor)


def _unwritable(error: OSError) -> Phrase:
    return phrase(
        "The sources of labs can't be kept in {folder}: {reason}. Free it, or name another place in LABGATE_HOME.",
        folder=error.filename or "?",
        reason=error.strerror or str(error),
    )


def _source(data: Any) -> Source | None:
    """A source as it was written; None if somebody else wrote something else there."""
    try:
        checkouts = tuple(Checkout(**each) for each in data.pop("checkouts", ()))
        paths = tuple(data.pop("paths", ()))
        source = Source(**data, checkouts=checkouts, paths=paths)
    except (TypeError, AttributeError):
        return None
    parts = [source.folder, *(part for each in checkouts for part in (each.name, each.folder))]
    strings = [source.name, source.location, source.kind, *parts, *source.paths]
    if not all(isinstance(each, str) for each in strings) or not NAME.fullmatch(source.name):
        return None
    if any(Path(part).is_absolute() or ".." in Path(part).parts for part in parts):
        return None
    return source
