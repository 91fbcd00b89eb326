"""A table that can be read at any width: in columns where they have room, else row by row."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from runner.tui.widgets.rows import EMPTY, Row, Rule, fold

_GAP = 2
_NARROWEST = 18
"""Cells of a column that folds. With fewer, a sentence becomes a tower of single words."""


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[Content, ...]
    rows: tuple[tuple[Content, ...], ...]

    def lines(self, width: int) -> list[Content]:
        widths = self._widths(width)
        return self._columns(widths) if widths else self._stacked(width)

    def _widths(self, width: int) -> list[int]:
        """The columns' widths: each what it needs, the wide ones what is left in equal parts; [] where that is too little."""
        wanted = [
            max((row[at].cell_length for row in (self.head, *self.rows) if at < len(row)), default=0)
            for at in range(len(self.head))
        ]
        left = width - _GAP * (len(wanted) - 1)
        if sum(wanted) <= left:
            return wanted
        widths = dict.fromkeys(range(len(wanted)), 0)
        open_columns = sorted(widths, key=lambda at: wanted[at])
        while open_columns:
            at, share = open_columns[0], left // len(open_columns)
            if wanted[at] > share and share < _NARROWEST:
                return []
            widths[at] = min(wanted[at], share)
            left -= widths[at]
            open_columns.pop(0)
        return list(widths.values())

    def _columns(self, widths: list[int]) -> list[Content]:
        thin = Rule().lines(sum(widths) + _GAP * (len(widths) - 1))
        made = [line.stylize_before("bold") for line in _across(self.head, widths)]
        if any(cell.plain for cell in self.head):
            made += Rule("$foreground 60%").lines(thin[0].cell_length)
        rows = [_across(row, widths) for row in self.rows]
        apart = any(len(lines) > 1 for lines in rows)
        for at, lines in enumerate(rows):
            made += thin if apart and at else []
            made += lines
        return made

    def _stacked(self, width: int) -> list[Content]:
        """Each row as a small paragraph: what it is about, then the other columns by their names."""
        made: list[Content] = []
        for at, row in enumerate(self.rows):
            made += Rule().lines(width) if at else []
            about, *cells = row or (EMPTY,)
            title = about if not self.head[0].plain else Content.assemble(self.head[0], ": ", about)
            made += Row(title.stylize_before("bold")).lines(width)
            for name, cell in zip(self.head[1:], cells, strict=False):
                if not cell.plain:
                    continue
                named = Content.assemble(name.stylize("$primary"), ": ", cell) if name.plain else cell
                made += Row(named, first=Content("  "), rest=Content("    ")).lines(width)
        return made


def _across(row: tuple[Content, ...], widths: list[int]) -> list[Content]:
    cells = [fold(row[at], width) if at < len(row) and width else [EMPTY] for at, width in enumerate(widths)]
    gap = Content(" " * _GAP)
    return [
        gap.join(
            _padded(lines[at] if at < len(lines) else EMPTY, width)
            for lines, width in zip(cells, widths, strict=True)
        )
        for at in range(max(len(lines) for lines in cells))
    ]


def _padded(line: Content, width: int) -> Content:
    return line.pad_right(max(0, width - line.cell_length))
