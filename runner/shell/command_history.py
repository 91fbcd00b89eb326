"""The commands that ended last and their output, to explain failing checks."""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from checks.base import Ran
from runner.paths import write_private
from runner.shell.output_lines import Lines
from runner.shell.redact import Redactor

_LOG = logging.getLogger(__name__)

FILE = "ran.jsonl"
MOST_COMMANDS = 40
MOST_OUTPUT = 16_000
"""Characters kept of one command's output: its end, where errors are printed."""
MOST_KEPT = 200_000
"""Characters of all outputs together; of what ended longest ago the output is let go first."""


class History:
    """Gathers a command's output while it runs, and keeps it when it has ended; saved in the state folder."""

    def __init__(self, state: Path, columns: int) -> None:
        self._path = state / FILE
        self._ran = deque(read_history(state), MOST_COMMANDS)
        self._lines = Lines(columns)
        self._printed: deque[str] = deque()
        self._size = 0
        self._folder = Path("/")

    @property
    def ran(self) -> Sequence[Ran]:
        """The newest last."""
        return tuple(self._ran)

    @property
    def columns(self) -> int:
        """Of the terminal that it is printed into."""
        return self._lines.columns

    def resize(self, columns: int) -> None:
        self._lines.columns = columns

    def begin(self, folder: Path) -> None:
        """A command line begins to run in `folder`."""
        self._folder = folder
        self._lines = Lines(self._lines.columns)
        self._printed.clear()
        self._size = 0

    def feed(self, tokens: Iterable[str]) -> None:
        """The next output of the running command (see controls.Tokens)."""
        self._add(self._lines.feed(tokens))

    def end(self, line: str, exit_code: int) -> None:
        """It has ended; `line` is as the shell's history has it."""
        self._add(self._lines.settle())
        output = Redactor().lines(list(self._printed))[-MOST_OUTPUT:]
        redacted = Redactor().lines(line.split("\n")).removesuffix("\n")
        self._ran.append(Ran(redacted, exit_code, output, self._folder, time.time()))
        self._bound()
        self._save()

    def _add(self, lines: Sequence[str]) -> None:
        size = sum(map(len, lines)) + len(lines)
        if size > 2 * MOST_OUTPUT:  # a flood: only its end is kept
            lines, size = _end_of(lines)
            self._printed.clear()
            self._size = 0
        self._printed.extend(lines)
        self._size += size
        while self._size > 2 * MOST_OUTPUT and len(self._printed) > 1:
            self._size -= len(self._printed.popleft()) + 1

    def _bound(self) -> None:
        left = MOST_KEPT
        kept: list[Ran] = []
        for each in reversed(self._ran):
            left -= len(each.output)
            kept.append(each if left >= 0 else replace(each, output=""))
        self._ran = deque(reversed(kept), MOST_COMMANDS)

    def _save(self) -> None:
        try:
            write_private(self._path, "".join(_written(each) for each in self._ran))
        except OSError as problem:  # a full disk: what the shell itself remembers is there all the same
            _LOG.warning("the commands that ran are not kept: %s", problem)


def _end_of(lines: Sequence[str]) -> tuple[Sequence[str], int]:
    """The last lines, of a little more than MOST_OUTPUT characters, and how many they are."""
    size = 0
    for number, line in enumerate(reversed(lines), 1):
        size += len(line) + 1
        if size > MOST_OUTPUT:
            return lines[-number:], size
    return lines, size


def read_history(state: Path) -> Sequence[Ran]:
    """The commands of the shell that saved its state here, the newest last; none if there was no shell."""
    try:
        lines = (state / FILE).read_bytes().decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ()
    return tuple(ran for line in lines[-MOST_COMMANDS:] if (ran := _read(line)) is not None)


def _written(ran: Ran) -> str:
    return json.dumps({**asdict(ran), "folder": str(ran.folder)}) + "\n"


def _read(line: str) -> Ran | None:
    """None for a line that isn't whole, or not ours."""
    try:
        message = json.loads(line)
        folder, ended = Path(str(message["folder"])), float(message.get("ended", 0.0))
        return Ran(str(message["line"]), int(message["exit_code"]), str(message["output"]), folder, ended)
    except (ValueError, KeyError, TypeError):
        return None
