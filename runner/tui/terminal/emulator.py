"""A terminal without a screen: bytes in, rows of cells out, with a scrollback."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from avt import Cell, Line, Vt
from avt.util import TextUnwrapper

from runner.shell.controls import Pieces
from runner.tui.terminal import modes as signals
from runner.tui.terminal.modes import Modes, Surroundings
from runner.tui.terminal.tidy import tidy

KEPT = 10_000
"""Lines of scrollback."""


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


class Emulator:
    """The screen of `columns` x `rows` and what scrolled off it.

    Rows are counted from the first that ever scrolled off, so that a row keeps its number: `first` is the first
    that is still kept, `top` the first on the screen.
    """

    def __init__(self, columns: int, rows: int, kept: int = KEPT) -> None:
        self._vt = Vt(columns, rows, 0)
        self._history: deque[Row] = deque(maxlen=kept)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pieces = Pieces()
        self.modes = Modes()
        self.top = 0
        self.version = 0
        """Another number whenever any row may be another."""
        self.changed: set[int] = set()
        """Rows of the screen, from 0, that changed since this was last emptied."""
        self.replies: list[bytes] = []
        """What programs are to be answered."""
        self.copied: list[str] = []
        """What programs put on the clipboard."""
        self.foreground = (255, 255, 255)
        self.background = (0, 0, 0)

    # in

    def feed(self, data: bytes) -> None:
        text = tidy(self._pieces.feed(self._decoder.decode(data)))
        done = 0
        for found in signals.SIGNAL.finditer(text):
            self._draw(text[done : found.end()])
            done = found.end()
            if found["modes"]:
                self.modes.switch(found["modes"], found["switch"] == "h")
            elif found["keypad"]:
                self.modes.application_keypad = found["keypad"] == "="
            elif found["clear"]:
                self._history.clear()
                self.version += 1
            elif found["reset"]:
                self.modes.reset()
            elif found["clip"]:
                self.copied.append(signals.copied(found))
            else:
                self.replies.append(signals.answer(found, self.modes, self._surroundings()))
        self._draw(text[done:])

    def _draw(self, text: str) -> None:
        if text:
            self._take(*self._vt.feed_str(text))

    def _take(self, changed: Iterable[int], scrolled_off: Sequence[Row]) -> None:
        self.version += 1
        self.changed.update(changed)
        self._history.extend(scrolled_off)
        self.top += len(scrolled_off)

    def _surroundings(self) -> Surroundings:
        column, row = self.cursor
        return Surroundings(self.columns, self.rows, column, row, self.foreground, self.background)

    def earlier(self, text: str, rule: str) -> None:
        """Show the text of earlier visits, faint, and `rule` under it; before all other output."""
        clean = "".join(each for each in text.rstrip() if each in "\n\t" or each.isprintable())
        # rows that scroll in are filled in the style of the moment: what is behind a line is emptied, else it would be
        # wrapped as text at another width
        lines = (f"\x1b[2m{line}\x1b[0m\x1b[K\r\n" for line in (*tidy(clean).split("\n"), rule))
        self._draw("".join(lines))

    def resize(self, columns: int, rows: int) -> None:
        """The screen's new size; the scrollback is wrapped anew for it."""
        if columns != self.columns:
            kept = list(wrap(self._history, columns))
            self._history.clear()
            self._history.extend(kept)
        changed, scrolled_off = self._vt.resize(columns, rows)
        self._take(changed, scrolled_off)
        self.changed.update(range(rows))

    # out

    @property
    def columns(self) -> int:
        return self._vt.size[0]

    @property
    def rows(self) -> int:
        return self._vt.size[1]

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row on the screen, from 0."""
        cursor = self._vt.cursor
        return min(cursor.col, self.columns - 1), cursor.row

    @property
    def cursor_shown(self) -> bool:
        return self._vt.cursor.visible

    @property
    def first(self) -> int:
        return self.top - len(self._history)

    @property
    def scrolled_off(self) -> int:
        """Rows of scrollback."""
        return len(self._history)

    def screen(self) -> Sequence[Row]:
        return self._vt.view()

    def between(self, first: int, last: int) -> list[Row]:
        """The rows of those numbers, the last one included, as far as there are any."""
        first = max(first, self.first)
        start = self.first
        kept: list[Row] = []
        if first < self.top:
            kept = list(islice(self._history, first - start, max(0, min(last + 1, self.top) - start)))
        if last >= self.top:
            kept += self.screen()[max(0, first - self.top) : last + 1 - self.top]
        return kept


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
