"""What of the terminal is selected, in rows that keep their number while output scrolls by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from runner.tui.terminal.terminal_rows import Row, wrapped

Place = tuple[int, int]
"""A row's number (see Emulator) and a column."""

_WORD = re.compile(r"[\w./:@%~+=,?&#-]+")
"""A double click takes a path, an address, an image's name as one word."""


class Unit(IntEnum):
    """How much a click takes: by how many clicks it was."""

    CHARACTER = 1
    WORD = 2
    LINE = 3


@dataclass
class Selection:
    anchor: Place
    head: Place
    unit: Unit = Unit.CHARACTER

    @property
    def empty(self) -> bool:
        return self.unit is Unit.CHARACTER and self.anchor == self.head

    def span(self, number: int, row: Row) -> tuple[int, int] | None:
        """The columns of that row that are selected, the end not included; None where none is."""
        first, last = sorted((self.anchor, self.head))
        if self.empty or not first[0] <= number <= last[0]:
            return None
        start = first[1] if number == first[0] else 0
        end = last[1] + 1 if number == last[0] else len(row.cells)
        match self.unit:
            case Unit.LINE:
                return 0, len(row.cells)
            case Unit.WORD:
                start, end = _word(row, start)[0], max(end, _word(row, end - 1)[1])
        return _whole(row, start, end)

    def text(self, rows: Callable[[int, int], Iterable[tuple[int, Row]]]) -> str:
        """What is selected; lines that the terminal had wrapped are whole again."""
        first, last = sorted((self.anchor, self.head))
        text, goes_on = "", True
        for number, row in rows(first[0], last[0]):
            span = self.span(number, row)
            if span is None:
                continue
            part = "".join(cell.char for cell in row.cells[slice(*span)] if cell.width)
            text += ("" if goes_on else "\n") + (part if wrapped(row) else part.rstrip())
            goes_on = wrapped(row)
        return text


def _word(row: Row, column: int) -> tuple[int, int]:
    """The columns of the word at a column; that column alone where there is none."""
    text, columns = "", []
    for at, cell in enumerate(row.cells):
        if cell.width:
            text += cell.char
            columns.append(at)
    columns.append(len(row.cells))
    for found in _WORD.finditer(text):
        if columns[found.start()] <= column < columns[found.end()]:
            return columns[found.start()], columns[found.end()]
    return column, column + 1


def _whole(row: Row, start: int, end: int) -> tuple[int, int]:
    """Without half of a wide character at either end."""
    cells = row.cells
    if 0 < start < len(cells) and cells[start].width == 0:
        start -= 1
    if 0 < end < len(cells) and cells[end].width == 0:
        end += 1
    return start, min(end, len(cells))
