"""Rows of cells, and how lines are wrapped to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from avt import Cell, Line
from avt.util import TextUnwrapper


class Row(Protocol):
    """One row: a line of the emulator's, or a part of one that was wrapped anew."""

    @property
    def cells(self) -> Sequence[Cell]: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Part:
    """A row cut from lines that were wrapped for another width."""

    cells: Sequence[Cell]
    wrapped: bool

    @property
    def text(self) -> str:
        return "".join(cell.char for cell in self.cells if cell.width)


def wrapped(row: Row) -> bool:
    """Whether the line goes on in the next row."""
    if isinstance(row, Part):
        return row.wrapped
    assert isinstance(row, Line)
    return TextUnwrapper().push(row) is None


def wrap(rows: Iterable[Row], columns: int) -> Iterable[Row]:
    """Rows as they would have been wrapped for another width."""
    line: list[Cell] = []
    for row in rows:
        goes_on = wrapped(row)
        if not goes_on and not line and len(row.text.rstrip()) * 2 <= columns:
            yield row  # most lines are short
            continue
        line += row.cells
        if goes_on:
            continue
        yield from _cut(line, columns)
        line = []
    if line:
        yield from _cut(line, columns)


def _cut(line: list[Cell], columns: int) -> Iterable[Row]:
    end = len(line)
    while end and line[end - 1].is_default():
        end -= 1
    start = 0
    while end - start > columns:
        cut = start + columns
        if line[cut].width == 0:  # the second half of a wide character
            cut -= 1
        yield Part(line[start:cut], True)
        start = cut
    yield Part(line[start:end], False)
