"""A terminal without a screen: bytes in, rows of cells out, with a scrollback."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from avt import Vt

from runner.shell.controls import Pieces
from runner.tui.terminal import modes as signals
from runner.tui.terminal.growing import grown
from runner.tui.terminal.modes import Modes, Surroundings
from runner.tui.terminal.terminal_rows import Row, wrap, wrapped
from runner.tui.terminal.tidy import tidy

_PIECE = 4096  # characters that are drawn at once: what scrolls off of them is still in the processor's cache
KEPT = 10_000
"""Lines of scrollback."""


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
        self._grew = False
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
                self._switch(found["modes"], found["switch"] == "h")
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

    def _switch(self, numbers: str, on: bool) -> None:
        before = self.modes.alternate
        self.modes.switch(numbers, on)
        if before and not self.modes.alternate and self._grew:
            # what a full-screen program had before it stands at the top of a larger screen: the rows above come back
            self._grew = False
            columns, rows = self._vt.size
            used = max((at for at, row in enumerate(self.screen()) if row.text.strip()), default=0)
            used = max(used, self.cursor[1]) + 1
            if used < rows:
                self._take(*self._vt.resize(columns, used))
                self.resize(columns, rows)

    def _draw(self, text: str) -> None:
        for start in range(0, len(text), _PIECE):
            self._take(*self._vt.feed_str(text[start : start + _PIECE]))

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

    def clear_line(self, edited: bytes) -> None:
        """Empty the rows of the line that the shell is about to draw anew: wrapped for another width it would stand there
        twice. `edited`: all that was shown of it; b"" for nothing.

        The cursor stays in its row: readline goes up from there by the rows that the line had.
        """
        if not edited:
            return
        rows = 200
        alone = Vt(self.columns, rows, 0)
        alone.feed_str(tidy(edited.decode("utf-8", "replace")))
        column, _ = self.cursor
        if alone.cursor.row < rows - 1 and min(alone.cursor.col, self.columns - 1) == column:
            up = alone.cursor.row
            self._draw(f"\x1b[{up}A\r\x1b[J\x1b[{up}B" if up else "\r\x1b[J")

    def resize(self, columns: int, rows: int) -> None:
        """The screen's new size; the scrollback is wrapped anew for it, and where there is more room, its end comes back."""
        grows = columns > self.columns or rows > self.rows
        self._grew = self.modes.alternate and (
            grows or self._grew
        )  # behind it all stays as it is until it ends
        back = self._take_back(2 * rows) if grows and not self.modes.alternate else []
        if columns != self.columns:
            kept = list(wrap(self._history, columns))
            self._history.clear()
            self._history.extend(kept)
        if back:
            new = grown(self._vt, back, columns, rows)
            self._vt = new.vt
            self._take((), new.above)
        else:
            self._take(*self._vt.resize(columns, rows))
        self.changed.update(range(rows))

    def _take_back(self, rows: int) -> list[Row]:
        """The last rows of the scrollback, so many or a little more, that begin with a whole line: no longer in it."""
        taken: list[Row] = []
        while self._history and (len(taken) < rows or wrapped(self._history[-1])):
            taken.append(self._history.pop())
        self.top -= len(taken)
        return taken[::-1]

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
