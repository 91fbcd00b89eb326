"""The transcript of the terminal as readable, searchable text.

Plain lines rather than the raw stream: secrets can only be masked in whole lines (a token may arrive in two
pieces, or be redrawn), and a teacher reads it in any editor. What full-screen programs drew is left out.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from runner.shell.output_lines import Lines
from runner.shell.redact import Redactor

_LOG = logging.getLogger(__name__)

MOST_BYTES = 2_000_000
"""Of the file; then it becomes `<name>.1`, the one before that is let go, and a new one is begun."""


class Transcript:
    """An append-only text file, 0600. A disk that can't be written to is logged once and does not stop the shell."""

    def __init__(self, path: Path, columns: int, most: int = MOST_BYTES) -> None:
        self._path, self._most = path, most
        self._lines = Lines(columns)
        self._redactor = Redactor()
        self._file: BinaryIO | None = None
        self._size = 0
        self._open()

    def resize(self, columns: int) -> None:
        self._lines.columns = columns

    def feed(self, tokens: Sequence[str]) -> None:
        """Take the next tokens of the terminal's text."""
        if self._file is None:
            return
        self._write(self._lines.feed(tokens))

    def editing(self, on: bool) -> None:
        """A command line is being edited, or that has ended."""
        if self._lines.editing and not on:
            self._write(self._lines.settle())
        self._lines.editing = on

    def close(self) -> None:
        self._write(self._lines.settle())
        if self._file:
            self._file.close()
            self._file = None

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._file = open(descriptor, "ab", buffering=0)  # noqa: PTH123, SIM115
            os.fchmod(descriptor, 0o600)
            self._size = self._path.stat().st_size
        except OSError as problem:
            self._give_up(problem)

    def _write(self, lines: Sequence[str]) -> None:
        data = self._redactor.lines(lines).encode("utf-8", "replace")
        if not data:
            return
        try:
            if self._size + len(data) > self._most and self._size:
                self._rotate()
            if self._file:
                self._file.write(data)
                self._size += len(data)
        except OSError as problem:
            self._give_up(problem)

    def _rotate(self) -> None:
        assert self._file
        self._file.close()
        self._path.replace(self._path.with_name(self._path.name + ".1"))
        self._open()

    def _give_up(self, problem: OSError) -> None:
        _LOG.warning("the transcript %s is not kept any more: %s", self._path, problem)
        if self._file:
            self._file.close()
        self._file = None
