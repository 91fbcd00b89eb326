"""Rows of cells as strips for the screen, each drawn once."""

from __future__ import annotations

from avt import Line
from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from runner.tui.terminal.ansi_colors import Palette
from runner.tui.terminal.terminal_rows import Row

_DRAWN = 4096  # strips kept


class Painter:
    """Draws rows in the colours of a palette; a row that looks the same is the same strip."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self._strips: dict[object, Strip] = {}
        self.blank = Style(
            color=RichColor.from_rgb(*palette.foreground), bgcolor=RichColor.from_rgb(*palette.background)
        )

    def strip(self, row: Row, columns: int) -> Strip:
        # A line's repr holds its text and pens, and takes a tenth of the time of drawing it
        key: object = (repr(row), columns) if isinstance(row, Line) else (row, columns)
        drawn = self._strips.get(key)
        if drawn is None:
            if len(self._strips) >= _DRAWN:
                self._strips.clear()
            drawn = self._strips[key] = Strip(self._segments(row), len(row.cells)).adjust_cell_length(
                columns, self.blank
            )
        return drawn

    def _segments(self, row: Row) -> list[Segment]:
        segments: list[Segment] = []
        pen, text = None, ""
        for cell in row.cells:
            if cell.width == 0:
                continue
            if pen is None or cell.pen != pen:
                if text and pen is not None:
                    segments.append(Segment(text, self.palette.style(pen)))
                pen, text = cell.pen, ""
            character = cell.char
            text += character if character < "\x7f" else _as_wide(character, cell.width)
        if text and pen is not None:
            segments.append(Segment(text, self.palette.style(pen)))
        return segments


def _as_wide(character: str, width: int) -> str:
    """The character, or a sign in its place where the screen would draw it in another number of columns."""
    return character if cell_len(character) == width else "\N{REPLACEMENT CHARACTER}".ljust(width)


def restyled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """The strip with columns `start` to `end` (not included) in another style."""
    before, middle, after = strip.crop(0, start), strip.crop(start, end), strip.crop(end)
    changed = [Segment(text, (own or Style()) + style) for text, own, _ in middle]
    return Strip.join([before, Strip(changed, middle.cell_length), after])


def reversed_at(strip: Strip, column: int, width: int) -> Strip:
    """The strip with the colours swapped at one character."""
    before, middle, after = (
        strip.crop(0, column),
        strip.crop(column, column + width),
        strip.crop(column + width),
    )
    swapped = [Segment(text, _swapped(style or Style())) for text, style, _ in middle]
    return Strip.join([before, Strip(swapped, middle.cell_length), after])


def _swapped(style: Style) -> Style:
    return style + Style(color=style.bgcolor, bgcolor=style.color)


def underlined_at(strip: Strip, column: int, width: int) -> Strip:
    """The strip with one character underlined: the cursor of a terminal that has not the focus."""
    return restyled(strip, column, column + width, Style(underline=True))
