"""Mouse events as the bytes that a program asked for."""

from __future__ import annotations

from enum import IntEnum

from runner.tui.terminal.modes import Modes

_FARTHEST = 223  # columns that the old form can name


class Button(IntEnum):
    LEFT = 0
    MIDDLE = 1
    RIGHT = 2
    NONE = 3
    WHEEL_UP = 64
    WHEEL_DOWN = 65
    WHEEL_LEFT = 66
    WHEEL_RIGHT = 67


def report(
    button: Button,
    place: tuple[int, int],
    modes: Modes,
    *,
    pressed: bool = True,
    moved: bool = False,
    shift: bool = False,
    alt: bool = False,
    ctrl: bool = False,
) -> bytes:
    """A mouse event at (column, row), from 0, in the program's form; b"" where it did not ask for such."""
    wanted = modes.mouse
    if not wanted or (moved and (wanted == 1000 or (wanted == 1002 and button is Button.NONE))):
        return b""
    code = button + 4 * shift + 8 * alt + 16 * ctrl + 32 * moved
    column, row = place[0] + 1, place[1] + 1
    if modes.sgr_mouse:
        return f"\x1b[<{code};{column};{row}{'M' if pressed else 'm'}".encode()
    if max(column, row) > _FARTHEST:
        return b""
    if not pressed:
        code = code & ~3 | Button.NONE
    return b"\x1b[M" + bytes([32 + code, 32 + column, 32 + row])
