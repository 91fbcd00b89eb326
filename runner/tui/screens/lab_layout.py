"""Where the panes of the lab's screen go, by the window's size: plain arithmetic.

The promise is that a larger window never gives the terminal fewer columns. A terminal as wide as the window would break it
where the panes come to stand side by side; so it grows with the window up to 100 columns, which is what kubectl's tables
need, stays at 100 until text and terminal both have room, and grows again from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TERMINAL = 100
"""Columns of a terminal in which no line of `kubectl get all` wraps."""
FRAME = 2
"""Columns of a pane's frame."""
MEDIUM, WIDE = 100, 150
"""Columns of a window from which the text is above the terminal, and beside it."""
LEAST_TEXT, LEAST_TERMINAL = 40, 60
"""Columns that the divider leaves to each side."""
LEAST_ROWS = 6
"""Rows that it leaves to what is above and below it."""
LEAST_STEPS = 16
"""Columns in which a list of steps says something."""

Kind = Literal["narrow", "medium", "wide"]


@dataclass(frozen=True, slots=True)
class Layout:
    """`narrow`: one pane at a time. `medium`: the text above the terminal. `wide`: the text at its left."""

    kind: Kind
    text_columns: int
    """Of the text's pane, with its frame; in a wide window."""
    text_rows: int
    """Of the text's pane, with its frame; in a medium window."""
    terminal: int
    """Columns of the terminal, without a frame."""
    steps: int
    """Columns of the list of steps that is beside the terminal of a medium window; 0 where it has no room."""


def kind_of(columns: int) -> Kind:
    """Which layout a window of that many columns has."""
    return "narrow" if columns < MEDIUM else "medium" if columns < WIDE else "wide"


def layout(
    columns: int, rows: int, *, text_columns: int | None = None, text_rows: int | None = None
) -> Layout:
    """The layout of a window; `rows` are those between its top and bottom lines.

    `text_columns` and `text_rows`: where the learner moved the divider to; None where they did not.
    """
    kind = kind_of(columns)
    wide = _between(
        LEAST_TEXT,
        48 + (columns - WIDE) * 2 // 5 if text_columns is None else text_columns,
        columns - FRAME - LEAST_TERMINAL,
    )
    high = _between(LEAST_ROWS, rows * 9 // 20 if text_rows is None else text_rows, rows - LEAST_ROWS)
    beside = columns - TERMINAL - FRAME
    match kind:
        case "narrow":
            terminal = columns
        case "medium":
            terminal = TERMINAL
        case "wide":
            terminal = columns - wide - FRAME
    return Layout(kind, wide, high, terminal, beside if kind == "medium" and beside >= LEAST_STEPS else 0)


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))
