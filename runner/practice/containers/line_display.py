"""What a line editor writes to a terminal: the prompt as it is, keys as they are typed, and as little else as can be.

As readline does it, so that who reads what comes (expect, pexpect) finds the prompt, the line, and the output.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import takewhile

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
FEW = 8
"""Cells that are passed or wiped one by one; beyond that by a control sequence."""


class LineDisplay:
    """Each call gives what to write. `columns` is how wide the terminal is."""

    def __init__(self, columns: Callable[[], int]) -> None:
        self._columns = columns
        self._prompt: str | None = None
        """None where nothing is shown."""
        self._text, self._at = "", 0
        self._rows = 1

    @property
    def stays(self) -> bool:
        """Whether nothing need be written for another width: all of it was on one row, and is."""
        return self._rows == 1 and self._place(len(self._text))[0] == 0

    def update(self, prompt: str, text: str, cursor: int) -> str:
        """Have that shown; `cursor` is a place in the text."""
        written = ""
        if prompt != self._prompt:
            written = self.erase() + prompt.replace("\n", "\r\n")
            self._prompt, self._text, self._at = prompt, "", 0
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._text, text, strict=False)))
        if same < max(len(self._text), len(text)):
            written += self._move(same) + _visible(text[same:])
            before, self._text, self._at = self._place(len(self._text)), text, len(text)
            after = self._place(len(text))
            if after[1] == 0 and len(text) > same:
                written += " \r"  # on to the next line
            if after[0] == before[0] and 0 <= before[1] - after[1] <= FEW:
                wiped = before[1] - after[1]
                written += " " * wiped + "\b" * wiped
            elif before > after:
                written += "\x1b[J"
        self._rows = self._place(len(text))[0] + 1
        return written + self._move(cursor)

    def end(self) -> str:
        """The line is taken: what comes next stands below it."""
        if self._prompt is None:
            return ""
        written = self._move(len(self._text))
        self.forget()
        return f"{written}\r\n"

    def erase(self) -> str:
        """Nothing is shown any more, and the cursor is where the prompt began."""
        if self._prompt is None:
            return ""
        row = self._place(self._at)[0]
        self.forget()
        return (f"\x1b[{row}A" if row else "") + "\r\x1b[J"

    def forget(self) -> None:
        """What was shown is gone, or somebody else's."""
        self._prompt, self._text, self._at = None, "", 0

    def _move(self, to: int) -> str:
        (row, column), (new_row, new_column) = self._place(self._at), self._place(to)
        begins, self._at = self._at, to
        if new_row == row and 0 <= column - new_column <= FEW:
            return "\b" * (column - new_column)
        if new_row == row and column < new_column:
            return _visible(self._text[begins:to])
        rows = f"\x1b[{abs(new_row - row)}{'A' if new_row < row else 'B'}" if new_row != row else ""
        return f"{rows}\r" + (f"\x1b[{new_column}C" if new_column else "")

    def _place(self, index: int) -> tuple[int, int]:
        """(row, column) of a place in the text, from the prompt's beginning."""
        columns = max(2, self._columns())
        row = column = 0
        for character in _CONTROL.sub("", self._prompt or "") + _visible(self._text[:index]):
            if character == "\n":
                row, column = row + 1, 0
                continue
            width = _width(character)
            if column + width > columns:
                row, column = row + 1, 0
            column += width
        return (row + 1, 0) if column == columns else (row, column)


def _visible(text: str) -> str:
    """With ^X for control characters."""
    return "".join(f"^{chr(ord(each) ^ 0x40)}" if each < " " else each for each in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
