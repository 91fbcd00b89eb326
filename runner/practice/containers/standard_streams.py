"""The standard streams of a process, and the terminal that they may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from runner.practice.containers.byte_streams import Nothing, Sink, Source, discard
from runner.practice.containers.terminal_line_discipline import LineDiscipline


@dataclass(slots=True)
class Terminal:
    """That the streams are a terminal, and its size; `resized` is called when that changes."""

    columns: int = 80
    rows: int = 24
    resized: list[Callable[[], None]] = field(default_factory=list)
    discipline: LineDiscipline | None = None
    """What stands between the keys and the process; the process's streams go through it."""

    def resize(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        for call in list(self.resized):
            call()


@dataclass(slots=True)
class Streams:
    """Standard input, output and error. With a `terminal` output and error are one, and lines end with CR LF."""

    stdin: Source = field(default_factory=Nothing)
    stdout: Sink = discard
    stderr: Sink = discard
    terminal: Terminal | None = None
