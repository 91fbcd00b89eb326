"""A text that is broken into lines where a line is not wide enough: no piece of it can be taken for a line of its own."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

from runner import plain_text

GOES_ON = "┊ "
"""What further lines begin with in a log, where words at a line's beginning may mean something to a program."""
_NARROW = 8
"""Columns below which a mark would leave no room for words."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One line of text, as a renderable."""

    text: Text

    @classmethod
    def of(cls, words: str, style: str = "") -> Wrapped:
        """Somebody's words as one line."""
        return cls(Text(plain_text.line(words), style))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        if self.text.cell_len <= width:
            yield self.text
            return
        mark = GOES_ON if not console.is_terminal else "  "
        if width < _NARROW:
            mark = ""
        first, *rest = self.text.wrap(console, width - len(mark), overflow="fold")
        yield first
        for each in rest:
            yield Text(mark, "dim").append_text(each)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self.text)
