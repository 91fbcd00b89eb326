"""What a lab from elsewhere may run: a person sees it, and says yes once, before anything of it is run.

Their yes is to the lines that they saw and to every file of the lab's folder, whatever its name: any of them can be
run by a line, by a program of the lab's own, or by the learner. Any other byte in any of them, and they are asked again.

Who asks is the page or the command that opens the lab. `ensure` is asked wherever something of a lab could run (the
lab's programs on the PATH, its shell, its checks): there nothing goes on without a yes to the files as they are then,
so that neither a way in that forgot to ask nor a file that changed meanwhile runs anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.labs import library
from runner.labs.load import FILE
from runner.labs.model import Lab
from runner.session import agreements
from runner.session.runnable import all_lines, shown, visible
from runner.session.running_files import LabFile, NotLookedThrough, digest, files_of
from runner.words import UserError, phrase

MOST_SHOWN, MOST_READ = 50, 20_000
"""Files that are shown, and bytes of each."""


class NotAgreed(UserError):
    """Nobody has agreed to what this lab may run in its current form."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            phrase(
                "Nothing was run: the lab's files are not those that you agreed to, or you were not asked yet. "
                "Open the lab again to see what it runs now: {folder}",
                folder=folder,
            )
        )


@dataclass(frozen=True, slots=True)
class Consent:
    """The question to a person: may these lines be run? `programs` are the lab's own, first on the PATH of a practice
    cluster."""

    lab: Lab
    lines: tuple[str, ...]
    programs: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    """The lab's own files that the lines name, and what is in them."""
    others: int
    """How many further files the folder has; a yes is to them as well."""
    digest: str
    """"" if the agreement can't be stored."""
    of_all: str
    """The digest of all that the lab may ever run: a yes to that is one to every part of it."""
    of_files: str
    """The digest of the folder's files alone; "" if the files can't be listed."""

    @property
    def given(self) -> bool:
        """Whether a person has agreed to this."""
        if not self.digest:
            return agreements.allowed(_any(self.lab.folder))
        return agreements.known(self.digest) or agreements.known(self.of_all)

    def give(self) -> None:
        """A person agreed. If that can't be stored, they are asked again."""
        if self.digest:
            agreements.keep(self.digest, self.lab.id)
        self.allow()

    def allow(self) -> None:
        """This process may run it."""
        agreements.allow(self.of_files or _any(self.lab.folder))


def consent(lab: Lab, commands: Sequence[str] | None = None) -> Consent | None:
    """What is to be asked before `commands` (all that the lab may ever run) are run.

    None if there is nothing to ask: for a lab of Labgate's own, one that this person writes, or one that runs nothing.
    """
    everything = all_lines(lab)
    lines = everything if commands is None else shown(commands)
    programs = _programs(lab.folder)
    if not (lines or programs) or not _is_from_elsewhere(lab):
        return None
    try:
        files = files_of(lab.folder)
        of_files = digest(files)
    except NotLookedThrough:
        files, of_files = [], ""
    named = _named((*lines, *programs), files)
    return Consent(
        lab,
        lines,
        programs,
        named,
        max(0, len(files) - len(named)),
        _digest(lines, of_files),
        _digest(everything, of_files),
        of_files,
    )


def may_run(lab: Lab) -> bool:
    """Whether what the lab runs was agreed to, its files as they are now."""
    asked = consent(lab)
    if asked is None:
        return True
    if agreements.allowed(_any(lab.folder)) or (asked.of_files and agreements.allowed(asked.of_files)):
        return True
    return asked.given


def ensure(lab: Lab) -> None:
    """To be asked before anything of the lab can run. Raises NotAgreed."""
    if not may_run(lab):
        raise NotAgreed(lab.folder)


def agreed_files(lab: Lab) -> str:
    """The digest of the files that a yes was given to now, for another process; "" for whatever they are."""
    try:
        return digest(files_of(lab.folder))
    except NotLookedThrough:
        return ""


def allow_files(lab: Lab, of_files: str) -> None:
    """The process that sent this one has a yes to these files (as `agreed_files` gave them)."""
    agreements.allow(of_files or _any(lab.folder))


def written_here(folder: Path) -> None:
    """This person is the author of the lab in this folder: they are not asked, whatever it contains."""
    agreements.keep(_author(folder), folder.resolve().name)


def is_written_here(folder: Path) -> bool:
    """Whether this person writes the lab in this folder."""
    return agreements.known(_author(folder))


def allow_folder(folder: Path) -> None:
    """This process may run whatever the files of this folder will say."""
    agreements.allow(_any(folder))


def _is_from_elsewhere(lab: Lab) -> bool:
    return not (library.built_in(lab.folder) or is_written_here(lab.folder))


def _author(folder: Path) -> str:
    return f"written {folder.resolve()}"


def _any(folder: Path) -> str:
    return f"any {folder.resolve()}"


def _programs(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(visible(each.name) for each in (folder / "practice" / "bin").iterdir()))
    except OSError:
        return ()


def _digest(lines: Sequence[str], of_files: str) -> str:
    """Of the lines and the files; "" if the files can't be listed."""
    return hashlib.sha256(json.dumps([lines, of_files]).encode()).hexdigest() if of_files else ""


def _named(lines: Sequence[str], files: Sequence[LabFile]) -> tuple[tuple[str, str], ...]:
    """The lab's files that the lines name, and those that these name, with what is in them, as a person can read it."""
    left = [file for file in files if file.name != FILE]
    found: list[tuple[str, str]] = []
    looked = "\n".join(lines)
    while looked and len(found) < MOST_SHOWN:
        named = [file for file in left if file.path.name in looked]
        left = [file for file in left if file not in named]
        words = [_readable(file) for file in named[:MOST_SHOWN]]
        found += [(visible(file.name), each) for file, each in zip(named, words, strict=False)]
        looked = "\n".join(words)
    return tuple(found[:MOST_SHOWN])


def _readable(file: LabFile) -> str:
    head = f"→ {visible(file.link)}" if file.link else ""
    if not file.is_file:
        return head
    try:
        with file.path.open("rb") as stream:
            content = stream.read(MOST_READ + 1)
    except OSError:
        return head
    if b"\0" in content:
        return f"{head}\n…".lstrip()  # a program, or a picture
    more = "\n…" if len(content) > MOST_READ else ""
    words = visible(content[:MOST_READ].decode(errors="replace").rstrip()) + more
    return f"{head}\n{words}" if head else words
