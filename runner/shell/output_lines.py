"""What a terminal showed, as lines of text: progress bars and edited command lines as they ended up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from runner.shell.controls import Modes, is_block, of_block

_CSI = re.compile(r"\x1b\[(\d*)(?:;\d*)*([A-Za-z@])\Z")
_MOST_ROWS = 1000  # of one line; a line that never ends is cut here


class Lines:
    """Follows the cursor within one line, over the rows that it is wrapped to.

    A command line of several lines is edited as a whole (`editing`): bash moves back up and draws it again.
    Full-screen programs are left out: what they draw is no text.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.editing = False
        self._begin()
        self._modes = Modes()

    def feed(self, tokens: Iterable[str]) -> list[str]:
        """Take the next tokens (see controls.Tokens); gives the lines that were completed."""
        done: list[str] = []
        for token in tokens:
            if token[-1] == "\n" and is_block(token):
                self._block(token, done)
            else:
                self._token(token, done)
        return done + self.settle() if len(self._rows) > _MOST_ROWS else done

    def _block(self, block: str, done: list[str]) -> None:
        """Several lines: as they stand, where nothing is begun and none is wrapped. Floods of output come this way."""
        if self._modes.alternate:
            return
        if not self.editing:
            if self._column or self._rows[0] or len(self._rows) > 1:  # the end of a line that was begun
                text, _, block = block.partition("\r\n")
                self._print(text)
                done += self._line_end("\r\n")
            lines = block.split("\r\n")
            if max(map(len, lines)) <= self.columns:
                done += map(str.rstrip, lines[:-1])
                return
        for token in of_block(block):
            self._token(token, done)

    def _token(self, token: str, done: list[str]) -> None:
        first = token[0]
        if first == "\x1b":
            if token[-1] != "m":  # colours, which most are
                self._modes.see(token)
                self._sequence(token)
        elif self._modes.alternate:
            return
        elif first >= " " or first == "\t":
            self._print(token)
        elif token in ("\r\n", "\n"):
            done += self._line_end(token)
        elif first == "\r":
            self._column = 0
        elif first == "\b":
            self._column = max(0, self._column - 1)

    def settle(self) -> list[str]:
        """The lines so far, and no one goes back to them."""
        text = "".join(
            ("\n" if row in self._ends else "") + "".join(cells) for row, cells in enumerate(self._rows)
        )
        self._begin()
        return [line.rstrip() for line in text.removesuffix("\n").split("\n")] if text else []

    def _begin(self) -> None:
        self._rows: list[list[str]] = [[]]
        self._ends: set[int] = set()  # the rows that begin after a line's end, not after a wrap
        self._row = self._column = 0

    def _line_end(self, end: str) -> list[str]:
        if not self.editing:
            return self.settle() or [""]
        self._row, self._column = self._row + 1, 0 if end == "\r\n" else self._column
        if self._row == len(self._rows):
            self._rows.append([])
            self._ends.add(self._row)
        return []

    def _print(self, text: str) -> None:
        if "\t" in text:
            text = (" " * (self._column % 8) + text).expandtabs(8)[self._column % 8 :]
        if not text.isascii():
            for character in text:
                self._put(character)
            return
        while text:  # a row at a time: floods of output come through here
            if self._column >= self.columns:
                self._wrap()
            row, part = self._rows[self._row], text[: self.columns - self._column]
            if self._column > len(row):
                row.extend(" " * (self._column - len(row)))
            row[self._column : self._column + len(part)] = part
            self._column += len(part)
            text = text[len(part) :]

    def _wrap(self) -> None:
        self._row, self._column = self._row + 1, 0
        if self._row == len(self._rows):
            self._rows.append([])

    def _put(self, character: str) -> None:
        width = _width(character)
        if width == 0:
            self._combine(character)
            return
        if self._column + width > self.columns:
            self._wrap()
        row = self._rows[self._row]
        row.extend(" " * (self._column - len(row)))
        row[self._column : self._column + width] = [character, ""][:width]
        self._column += width

    def _combine(self, character: str) -> None:
        row = self._rows[self._row]
        at = min(self._column, len(row)) - 1
        if at >= 0:
            row[at] += character

    def _sequence(self, token: str) -> None:
        found = _CSI.match(token)
        if not found or self._modes.alternate:
            return
        number, what = int(found[1] or 0), found[2]
        row, count = self._rows[self._row], number or 1
        match what:
            case "C":
                self._column = min(self.columns - 1, self._column + count)
            case "D":
                self._column = max(0, self._column - count)
            case "G":
                self._column = min(self.columns, count) - 1
            case "A":
                self._row = max(0, self._row - count)
            case "B":
                self._row = min(len(self._rows) - 1, self._row + count)
            case "P":
                del row[self._column : self._column + count]
            case "@":
                row[self._column : self._column] = " " * count
            case "K":
                self._erase(row, number)
            case "J" if number == 0:
                del row[self._column :], self._rows[self._row + 1 :]
                self._ends &= set(range(len(self._rows)))
            case "J":
                self._begin()

    def _erase(self, row: list[str], how: int) -> None:
        if how == 0:
            del row[self._column :]
        elif how == 1:
            row[: self._column + 1] = " " * min(len(row), self._column + 1)
        else:
            row.clear()


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or character in "\u200b\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
