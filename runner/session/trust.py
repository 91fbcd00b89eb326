"""What a lab will run: a person sees it of a lab from elsewhere before anything is run, and says yes once.

Their yes is to what they saw: it is kept by a digest of the commands and of every file that these could run.
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


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person is asked: to run these lines. `programs` are the lab's own, first on the PATH of a practice cluster."""

    lab: Lab
    lines: tuple[str, ...]
    programs: tuple[str, ...]
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
            keep(self.digest, self.lab.id)


def consent(lab: Lab, commands: Sequence[str] | None = None) -> Consent | None:
    """What is to be asked before `commands` (all that the lab may ever run) are run.

    None where there is nothing to ask: for a lab of Labgate's own, or one that runs nothing.
    """
    everything = all_lines(lab)
    lines = everything if commands is None else _shown(commands)
    if not lines or library.built_in(lab.folder):
        return None
    files = _files(lab.folder)
    digest, of_all = (_digest(each, files) if files is not None else "" for each in (lines, everything))
    return Consent(lab, lines, _programs(lab.folder), digest, of_all)


def all_lines(lab: Lab) -> tuple[str, ...]:
    """All that the lab may ever run, each line once."""
    return _shown(commands_of(lab, solutions=True))


def _shown(commands: Iterable[str]) -> tuple[str, ...]:
    return tuple(visible(command) for command in dict.fromkeys(commands))


def keep(key: str, told: str) -> None:
    """Remember a yes, the newest MOST_KEPT of them."""
    known = _kept()
    known.pop(key, None)
    known[key] = {"for": told, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        write_private(_place(), json.dumps(dict(list(known.items())[-MOST_KEPT:]), indent=1) + "\n")
    except OSError:
        return


def is_kept(key: str) -> bool:
    """Whether a yes is remembered under this key."""
    return key in _kept()


def _place() -> Path:
    return data_folder() / "trusted.json"


def _kept() -> dict[str, object]:
    try:
        known = json.loads(_place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _digest(lines: Sequence[str], files: Sequence[tuple[str, str]]) -> str:
    return hashlib.sha256(json.dumps([lines, files]).encode()).hexdigest()


def _programs(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(visible(each.name) for each in (folder / "practice" / "bin").iterdir()))
    except OSError:
        return ()


def _files(folder: Path) -> list[tuple[str, str]] | None:
    """Every file that a command could run or read, with its digest; not the texts. None where there are too many."""
    found: list[tuple[str, str]] = []
    size = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted([*names, *(each for each in folders if (Path(place) / each).is_symlink())]):
            path = Path(place) / name
            relative = path.relative_to(folder).as_posix()
            if relative == FILE or (relative.endswith(".md") and not path.is_symlink()):
                continue
            try:
                if path.is_symlink():
                    content = f"-> {path.readlink()}".encode()
                elif not path.is_file():
                    return None
                else:
                    size += path.stat().st_size
                    if size > MOST_BYTES or len(found) >= MOST_FILES:
                        return None
                    content = path.read_bytes()
            except OSError:
                return None
            found.append((relative, hashlib.sha256(content).hexdigest()))
    return found


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
        if run:
            yield from _lines(step.run)
        if solutions:
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
