"""What is drawn from top to bottom at whatever width there is: every line knows how to fold and where it hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.segment import Segment
from textual.content import Content
from textual.css.styles import RulesMap
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

EMPTY = Content("")
_ROOM = 8
"""Cells that a text keeps beside its indent; where there are fewer, the indent gives way."""


class Block(Protocol):
    """A part of a page."""

    def lines(self, width: int) -> list[Content]:
        """The block in lines of at most `width` cells."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """A text that folds, hanging from its first mark: `first` stands before its first line, `rest` before the others."""

    body: Content
    first: Content = EMPTY
    rest: Content | None = None  # None: blank, as wide as `first`
    fill: str = ""  # a style for the whole width, as behind code
    measure: int = 0  # cells that a line has at most, however wide the page is; 0: all there are

    def lines(self, width: int) -> list[Content]:
        width = min(width, self.measure) if self.measure else width
        first, rest = self.first, self.rest
        if rest is None:
            rest = Content(" " * first.cell_length)
        if max(first.cell_length, rest.cell_length) > width - _ROOM:
            first, rest = first.truncate(min(first.cell_length, max(0, width - _ROOM))), EMPTY
        room = width - max(first.cell_length, rest.cell_length)
        made: list[Content] = []
        for folded in fold(self.body, room):
            made.append((rest if made else first) + folded)
        if self.fill:
            made = [
                line.pad_right(max(0, width - line.cell_length)).stylize_before(self.fill) for line in made
            ]
        return made


@dataclass(frozen=True, slots=True)
class OneLine:
    """A line that is cut with … where it has no room; `right` stands at its right end, and is kept longest.

    `shorter`: what is said instead where the body would be cut; the body itself if that is empty.
    """

    body: Content
    first: Content = EMPTY
    right: Content = EMPTY
    shorter: Content = EMPTY

    def room(self, width: int) -> int:
        """Cells there are for the body."""
        right = self.right.cell_length
        return max(0, width - self.first.cell_length - (right + 1 if right else 0))

    def lines(self, width: int) -> list[Content]:
        room = self.room(width)
        body = self.shorter if self.shorter and self.body.cell_length > room else self.body
        body = body.truncate(room, ellipsis=True)
        line = self.first + body
        if self.right:
            line += Content(" " * (room - body.cell_length + 1)) + self.right
        return [line.truncate(width)]


@dataclass(frozen=True, slots=True)
class Fitting:
    """A line in the first of several wordings that has room, else the last one, cut with …"""

    bodies: tuple[Content, ...]
    first: Content = EMPTY

    def lines(self, width: int) -> list[Content]:
        room = width - self.first.cell_length
        body = next((each for each in self.bodies if each.cell_length <= room), self.bodies[-1])
        return OneLine(body, self.first).lines(width)


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin line across."""

    style: str = "$foreground 25%"

    def lines(self, width: int) -> list[Content]:
        return [Content.styled("─" * width, self.style)]


BLANK = Row(EMPTY)


class Rows(Visual):
    """Blocks one below the other, as Textual draws them. Folded once for a width, not at every look."""

    def __init__(
        self, blocks: Iterable[Block], decorate: Callable[[int, Content], Content] | None = None
    ) -> None:
        """`decorate` is asked for each line as it is drawn: its number, and the line."""
        self.blocks = tuple(blocks)
        self._decorate = decorate
        self._folded: tuple[int, list[Content]] = (-1, [])

    def lines(self, width: int) -> list[Content]:
        """All lines, of at most `width` cells."""
        if self._folded[0] != width:
            made = [line for block in self.blocks for line in block.lines(width)]
            self._folded = (
                width,
                [line if line.cell_length <= width else line.truncate(width) for line in made],
            )
        return self._folded[1]

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        if width <= 0:
            return []
        strips = []
        for y, line in enumerate(self.lines(width)[:height]):
            drawn = line if self._decorate is None else self._decorate(y, line)
            shown = _selected(drawn, y, options.selection, options.selection_style)
            segments = [
                Segment(text, (style + each).rich_style)
                for text, each in shown.render(style, end="", parse_style=options.get_style)
            ]
            strips.append(Strip(segments, line.cell_length).apply_offsets(0, y))
        return strips

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return len(self.lines(width)) if width > 0 else 0


def fold(body: Content, width: int) -> list[Content]:
    """The text in lines of at most `width` cells, between words where they fit, within them where not."""
    return [line.rstrip_end(width) for line in body.wrap(max(2, width))] or [EMPTY]


def joined(lines: Sequence[Content]) -> str:
    """The lines as plain text."""
    return "\n".join(line.plain.rstrip() for line in lines)


def _selected(line: Content, y: int, selection: Selection | None, style: Style | None) -> Content:
    span = selection.get_span(y) if selection is not None and style is not None else None
    if span is None or style is None:
        return line
    start, end = span
    return line.stylize(style, start, len(line.plain) if end == -1 else end)
