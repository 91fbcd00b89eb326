"""A scenario's assets: files of the lab, and the commands that put them where the scenario has them."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from checks.path_state import inside
from runner.authoring.imports import home
from runner.authoring.imports.notes import Notes
from runner.authoring.imports.positions import Document
from runner.authoring.imports.source_files import MOST_FILES, Reader, Refused
from runner.authoring.lab_draft import DraftCommand
from runner.words import phrase

FIRST_HOSTS = frozenset({"host01", "host1", "client", "controlplane", "node01-controlplane"})
_CHMOD = re.compile(r"[0-7]{3,4}|[ugoa]*[-+=][rwxX]+(?:,[ugoa]*[-+=][rwxX]+)*")
FOLDER = "assets"


class Assets:
    """Carries the assets of one scenario over."""

    def __init__(self, folder: Path, reader: Reader, notes: Notes) -> None:
        self.files: dict[str, bytes] = {}
        self.setup: list[DraftCommand] = []
        self._folder, self._reader, self._notes = folder / FOLDER, reader, notes

    def carry(self, document: Document) -> None:
        """All that `details.assets` names; what can't be is noted."""
        for host in document.keys("details", "assets"):
            at = ("details", "assets", host)
            if host.lower() not in FIRST_HOSTS:
                what = phrase("files for another host: {host}", host=host)
                self._note(document, at, what, phrase("a lab has one machine: the learner's"))
                continue
            for index in range(len(document.items(*at))):
                self._entry(document, (*at, index))

    def _entry(self, document: Document, at: tuple[str | int, ...]) -> None:
        pattern, target = document.string(*at, "file"), document.string(*at, "target")
        if not pattern:
            self._note(document, at, phrase("an asset without a file"), None)
            return
        names = list(self._matching(document, at, pattern))
        carried = [name for name in names if self._take(document, at, name)]
        if carried:
            self._copy(document, at, carried, target, document.string(*at, "chmod"))

    def _matching(self, document: Document, at: tuple[str | int, ...], pattern: str) -> Iterator[str]:
        """The files below assets/ that a pattern means."""
        if not any(sign in pattern for sign in "*?["):
            yield pattern.removeprefix("./")
            return
        found = 0
        for path in inside(self._folder, MOST_FILES):
            name = path.relative_to(self._folder).as_posix()
            fits = fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(path.name, pattern)
            if path.is_file() and fits:
                found += 1
                yield name
        if not found:
            self._note(document, at, phrase("no file matches: {pattern}", pattern=pattern), None)

    def _take(self, document: Document, at: tuple[str | int, ...], name: str) -> bool:
        try:
            path = self._reader.place(self._folder, name)
            if f"{FOLDER}/{name}" not in self.files:
                self.files[f"{FOLDER}/{name}"] = self._reader.data(path)
        except Refused as refused:
            what = phrase("skipped the asset {name}: {reason}", name=name, reason=refused.message)
            self._note(document, at, what, None)
            return False
        return True

    def _copy(
        self, document: Document, at: tuple[str | int, ...], names: list[str], target: str, chmod: str
    ) -> None:
        inside = home.target(target)
        if inside is None and (not target.startswith("/") or ".." in PurePosixPath(target).parts):
            what = phrase("the asset has no valid target: {target}", target=target)
            self._note(document, at, what, None)
            return
        if inside is None:
            self._note(
                document,
                at,
                phrase("files are copied to {target} on the learner's own machine", target=target),
                phrase("make sure that the learner can write there, or use the working folder (target ~)"),
            )
        where = inside.as_posix() if inside is not None else target
        for parent in dict.fromkeys(PurePosixPath(name).parent.as_posix() for name in names):
            self._copy_folder(
                [each for each in names if PurePosixPath(each).parent.as_posix() == parent],
                where,
                parent,
                chmod,
            )

    def _copy_folder(self, names: list[str], where: str, parent: str, chmod: str) -> None:
        to = where if parent == "." else f"{where}/{parent}".removeprefix("./")
        sources = " ".join(f'"${home.LAB}"/{shlex.quote(f"{FOLDER}/{name}")}' for name in names)
        parts = [] if to == "." else [f"mkdir -p {shlex.quote(to)}"]
        parts.append(f"cp {sources} {shlex.quote(to)}/")
        if chmod and _CHMOD.fullmatch(chmod):
            files = " ".join(
                shlex.quote(PurePosixPath(to, PurePosixPath(name).name).as_posix()) for name in names
            )
            parts.append(f"chmod {chmod} {files}")
        line = " && ".join(parts)
        if len(line) <= 9000:
            self.setup.append(DraftCommand(line))
            return
        half = len(names) // 2
        self._copy_folder(names[:half], where, parent, chmod)
        self._copy_folder(names[half:], where, parent, chmod)

    def _note(self, document: Document, at: tuple[str | int, ...], what, to_do) -> None:  # type: ignore[no-untyped-def]
        self._notes.report(document.shown, document.line(*at), what, to_do)
