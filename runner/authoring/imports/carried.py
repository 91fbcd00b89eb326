"""Copies files of a scenario into a lab's folder, with notes about each."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from runner.authoring.imports import scenario_scripts
from runner.authoring.imports.notes import Notes
from runner.authoring.imports.placeholders import ReportNote
from runner.authoring.imports.source_files import Reader, Refused
from runner.words import Phrase, phrase

Texts = dict[str, tuple[str, Path]]
"""The texts that index.json names: by that name, what is in the file and how the file is shown."""


class Carrier:
    """The files of one scenario; `files` are those of the lab."""

    def __init__(self, folder: Path, reader: Reader, notes: Notes, texts: Texts) -> None:
        self.files: dict[str, bytes] = {}
        self.texts = texts
        self.notes = notes
        self._folder, self._reader = folder, reader

    def note_taker(self, file: Path) -> ReportNote:
        """Takes notes on a file."""

        def report(line: int, what: Phrase, to_do: Phrase | None) -> None:
            self.notes.report(file, line, what, to_do)

        return report

    def picture(self, folder: PurePosixPath, url: str, file: Path, line: int) -> str | None:
        """The picture that a text in `folder` shows, by its name in the lab; None if it can't be read."""
        inside = url.partition("?")[0].partition("#")[0]
        try:
            path = self._reader.place(self._folder / folder, inside)
            name = self._free(f"pictures/{PurePosixPath(inside).name}", content := self._reader.data(path))
        except Refused as refused:
            what = phrase("skipped the picture {name}: {reason}", name=url[:200], reason=refused.message)
            self.notes.report(file, line, what, None)
            return None
        self.files[name] = content
        return name

    def _free(self, name: str, content: bytes) -> str:
        """`name`, or one like it where another file has it."""
        path, number = PurePosixPath(name), 1
        while self.files.get(name, content) != content:
            number += 1
            name = f"{path.parent}/{path.stem}-{number}{path.suffix}"
        return name

    def script(self, name: str, target: str, *, as_check: bool) -> tuple[str, str] | None:
        """A script as a file of the lab: its name there and its text; None if its interpreter is unknown."""
        text, file = self.texts[name]
        if scenario_scripts.interpreter(text) is None:
            what = phrase("a script for an unknown interpreter: {line}", line=text.split("\n", 1)[0][:80])
            self.notes.report(file, 1, what, None)
            return None
        if line := scenario_scripts.needs_bash(text):
            what = phrase(
                "the script is declared for sh but uses bash features, so bash runs it: {line}",
                line=" ".join(text.split("\n")[line - 1].split())[:80],
            )
            self.notes.report(file, line, what, None)
        changed = scenario_scripts.rewritten(text)
        for number, (old, new) in enumerate(zip(text.split("\n"), changed.split("\n"), strict=True), start=1):
            if old != new:
                what = phrase(
                    "the scenario's home folder was replaced by the lab's working folder: {line}",
                    line=" ".join(new.split())[:100],
                )
                self.notes.report(file, number, what, None)
        for number, why in scenario_scripts.remarks(changed, as_check=as_check):
            self.notes.report(file, number, why, None)
        full = f"{target}{PurePosixPath(name).suffix or '.sh'}"
        self.files[full] = changed.encode()
        return full, changed
