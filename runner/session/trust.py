"""What a lab will run: a person sees it of a lab from elsewhere before anything is run, and says yes once.

Their yes is to what they saw: it is kept by a digest of the commands and of the files that these could run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checks.base import Check
from checks.command import Command as CommandCheck
from runner.labs import library
from runner.labs.load import FILE
from runner.labs.model import Command, Lab
from runner.paths import data_folder, write_private

MOST_FILES, MOST_BYTES = 2000, 64 * 1024 * 1024
"""Of a lab's folder; a yes to a larger one is not remembered."""
MOST_KEPT = 1000
MOST_SHOWN, MOST_READ = 50, 20_000
"""Files that are shown, and bytes of each."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person is asked: to run these lines. `programs` are the lab's own, first on the PATH of a practice cluster."""

    lab: Lab
    lines: tuple[str, ...]
    programs: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    """The lab's own files that the lines name, and what is in them."""
    digest: str
    """"" where the yes can't be remembered."""
    of_all: str
    """The digest of all that the lab may ever run: a yes to that is one to every part of it."""

    @property
    def given(self) -> bool:
        """Whether a person has said yes to this."""
        known = _kept()
        return bool(self.digest) and (self.digest in known or self.of_all in known)

    def give(self) -> None:
        """A person has said yes. Where that can't be kept they are asked again."""
        if self.digest:
            _keep(self.digest, self.lab.id)


def consent(lab: Lab, commands: Sequence[str] | None = None) -> Consent | None:
    """What is to be asked before `commands` (all that the lab may ever run) are run.

    None where there is nothing to ask: for a lab of Labgate's own, one that this person writes, or one that runs nothing.
    """
    everything = all_lines(lab)
    lines = everything if commands is None else _shown(commands)
    if not lines or library.built_in(lab.folder) or is_written_here(lab.folder):
        return None
    digest, of_all = _digest(lines, lab.folder), _digest(everything, lab.folder)
    programs = _programs(lab.folder)
    return Consent(lab, lines, programs, _named((*lines, *programs), lab.folder), digest, of_all)


def all_lines(lab: Lab) -> tuple[str, ...]:
    """All that the lab may ever run, each line once."""
    return _shown(commands_of(lab, solutions=True))


def _shown(commands: Iterable[str]) -> tuple[str, ...]:
    return tuple(visible(command) for command in dict.fromkeys(commands))


def written_here(folder: Path) -> None:
    """This person writes the lab in this folder: whatever it will say, they are not asked."""
    _keep(_author(folder), folder.resolve().name)


def is_written_here(folder: Path) -> bool:
    """Whether this person writes the lab in this folder."""
    return _author(folder) in _kept()


def _author(folder: Path) -> str:
    return f"written {folder.resolve()}"


def _keep(key: str, told: str) -> None:
    """Remember a yes, the newest MOST_KEPT of them."""
    known = _kept()
    known.pop(key, None)
    known[key] = {"for": told, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        write_private(_place(), json.dumps(dict(list(known.items())[-MOST_KEPT:]), indent=1) + "\n")
    except OSError:
        return


def _place() -> Path:
    return data_folder() / "trusted.json"


def _kept() -> dict[str, object]:
    try:
        known = json.loads(_place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _programs(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(visible(each.name) for each in (folder / "practice" / "bin").iterdir()))
    except OSError:
        return ()


def _files(folder: Path) -> list[Path] | None:
    """Every file of the folder, and every link in it, in order. None where one is of another kind, or there are too many."""
    found: list[Path] = []
    size = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted([*names, *folders]):
            path = Path(place) / name
            if name in folders and not path.is_symlink():
                continue
            if not path.is_symlink():
                if not path.is_file():
                    return None
                size += path.stat().st_size
            if size > MOST_BYTES or len(found) >= MOST_FILES:
                return None
            found.append(path)
    return found


def _digest(lines: Sequence[str], folder: Path) -> str:
    """Of the commands; and of every file where a command may run one of the lab's. "" where it can't be told what they are.

    A lab of commands and texts alone may have its texts changed: nothing reads them but people.
    """
    try:
        files = _files(folder)
        if files is None:
            return ""
        texts = all((path.name == FILE or path.suffix == ".md") and not path.is_symlink() for path in files)
        if texts and not any("LABGATE" in line for line in lines):
            files = []
        contents = [(path.relative_to(folder).as_posix(), _content(path)) for path in files]
    except OSError:
        return ""
    return hashlib.sha256(json.dumps([lines, contents]).encode()).hexdigest()


def _content(path: Path) -> str:
    content = f"-> {path.readlink()}".encode() if path.is_symlink() else path.read_bytes()
    return hashlib.sha256(content).hexdigest()


def _named(lines: Sequence[str], folder: Path) -> tuple[tuple[str, str], ...]:
    """The lab's files that the lines name, and those that these name, with what is in them, as a person can read it."""
    try:
        left = [path for path in _files(folder) or () if not path.is_symlink() and path.name != FILE]
    except OSError:
        return ()
    found: list[tuple[str, str]] = []
    looked = "\n".join(lines)
    while looked and len(found) < MOST_SHOWN:
        named = [path for path in left if path.name in looked]
        left = [path for path in left if path not in named]
        words = [_readable(path) for path in named]
        found += [
            (visible(path.relative_to(folder).as_posix()), each)
            for path, each in zip(named, words, strict=True)
        ]
        looked = "\n".join(words)
    return tuple(found[:MOST_SHOWN])


def _readable(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_READ + 1)
    except OSError:
        return ""
    if b"\0" in content:
        return "…"  # a program, or a picture
    more = "\n…" if len(content) > MOST_READ else ""
    return visible(content[:MOST_READ].decode(errors="replace").rstrip()) + more


def visible(command: str) -> str:
    """The command with everything in sight: what a terminal would act on or not show is written out (`\\x1b`)."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in command)


def commands_of(
    lab: Lab, *, run: bool = True, only: Collection[str] = (), cleanup: bool = True, solutions: bool = False
) -> Iterator[str]:
    """The command lines of the steps (all, or `only` these): what is run of them with `run`, and the checks'."""
    if run:
        yield from _lines(lab.setup)
    for step in lab.steps:
        if only and step.id not in only:
            continue
        work = step.work if run else ()
        yield from _lines(work)
        if solutions and step.solution is not work:
            yield from _lines(step.solution or ())
        yield from _looks(step.checks)
    if run and cleanup and lab.cleanup:
        yield from _lines(lab.cleanup.run)
        yield from _looks(lab.cleanup.checks)


def _looks(checks: Sequence[Check]) -> Iterator[str]:
    return (each.command for each in checks if isinstance(each, CommandCheck))


def _lines(commands: Sequence[Command]) -> Iterator[str]:
    for command in commands:
        typed = [f"↳ {answer.expect} → {answer.send}" for answer in command.answers]
        if command.keys:  # an editor's keys can run programs, too
            typed.append("↳ ⌨ " + " ".join(command.keys))
        yield "\n".join([command.command, *typed])
        if command.otherwise:
            yield command.otherwise
