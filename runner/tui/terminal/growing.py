"""A screen that becomes larger: what had scrolled off comes back onto it, as on any terminal.

The emulator keeps no scrollback of its own (ours is faster), so that for a moment another one is made that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from avt import Color, Line, Pen, Vt

from runner.tui.terminal.terminal_rows import Row, wrapped

_MOST_KEPT = 100_000  # rows, whatever width they are wrapped to


@dataclass(frozen=True, slots=True)
class Grown:
    """`above`: the rows that are above the screen now, of those that were given."""

    vt: Vt
    above: Sequence[Line]


def grown(vt: Vt, above: Sequence[Row], columns: int, rows: int) -> Grown:
    """The screen in its new size; `above` are the last rows that scrolled off it."""
    before_columns, before_rows = vt.size
    whole = Vt(before_columns, before_rows, _MOST_KEPT)
    written = _written([*above, *vt.view()])
    # the dump writes the screen once more in its place, and brings the cursor, modes and margins back
    whole.feed_str(written.removesuffix("\r\n") + "\x1b[H" + vt.dump())
    whole.resize(columns, rows)
    new = Vt(columns, rows, 0)
    new.feed_str(whole.dump())
    return Grown(new, whole.lines()[:-rows])


def _written(rows: Sequence[Row]) -> str:
    """The rows as a program would write them. Rows that scroll in are filled in the style of the moment: what is behind a
    line is emptied, else it would be wrapped as text."""
    return "".join(_row(row) + ("" if wrapped(row) else "\x1b[0m\x1b[K\r\n") for row in rows)


def _row(row: Row) -> str:
    cells = list(row.cells)
    while cells and not wrapped(row) and cells[-1].is_default():
        cells.pop()
    written: list[str] = []
    pen: Pen | None = None
    for cell in cells:
        if cell.width == 0:  # the second half of a wide character
            continue
        if pen is None or cell.pen != pen:
            pen = cell.pen
            written.append(_pen(pen))
        written.append(cell.char)
    return "".join(written)


def _pen(pen: Pen) -> str:
    on = {
        "1": pen.bold,
        "2": pen.faint,
        "3": pen.italic,
        "4": pen.underline,
        "5": pen.blink,
        "7": pen.inverse,
        "9": pen.strikethrough,
    }
    codes = ["0", *(code for code, is_on in on.items() if is_on)]
    for colour, base in ((pen.foreground, "38"), (pen.background, "48")):
        if isinstance(colour, Color.Indexed):
            codes.append(f"{base};5;{colour[0]}")
        elif isinstance(colour, Color.RGB):
            codes.append(f"{base};2;{colour[0]};{colour[1]};{colour[2]}")
    return f"\x1b[{';'.join(codes)}m"
