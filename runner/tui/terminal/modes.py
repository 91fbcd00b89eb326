"""What programs tell their terminal and ask it: modes, questions, the clipboard."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

SIGNAL = re.compile(
    r"""
    \x1b(?:                                    # once, so that all text before it is passed over at once
      \[\?(?P<modes>[\d;]+)(?P<switch>[hl])     # private modes on, off
    | \[\?(?P<asked>\d+)\$p                     # DECRQM: is that mode on?
    | \[(?P<device>[>=]?)0?c                    # DA1, DA2, DA3: what are you?
    | \[(?P<status>\??[56])n                    # DSR: are you well, where is the cursor?
    | \[(?P<size>18)t                           # XTWINOPS: how large are you?
    | \](?P<colour>1[01]);\?(?:\x07|\x1b\\)     # which colours are the text and the background?
    | \]52;[^;\x07\x1b]*;(?P<clip>[A-Za-z0-9+/=\s]*)(?:\x07|\x1b\\)
    | (?P<keypad>[=>])
    | (?P<clear>\[3J)                           # forget the scrollback
    | (?P<reset>c|\[!p)
    )
    """,
    re.VERBOSE,
)
"""Everything in a program's output that is not for the screen alone."""

_ALTERNATE = frozenset({47, 1047, 1049})
_MOUSE = (1003, 1002, 1000)
_KNOWN = frozenset({1, 7, 25, 1004, 1006, 2004, 2026, *_ALTERNATE, *_MOUSE})


@dataclass
class Modes:
    """The modes that are on, by their DEC number."""

    on: set[int] = field(default_factory=lambda: {7, 25})
    application_keypad: bool = False

    def switch(self, numbers: str, on: bool) -> None:
        """`numbers` as in the sequence: `1000;1006`."""
        for number in numbers.split(";"):
            if number:
                (self.on.add if on else self.on.discard)(int(number))

    def reset(self) -> None:
        self.on = {7, 25}
        self.application_keypad = False

    @property
    def alternate(self) -> bool:
        """A full-screen program has the screen."""
        return not self.on.isdisjoint(_ALTERNATE)

    @property
    def application_cursor(self) -> bool:
        """Arrow keys are to be sent as ESC O, not ESC [."""
        return 1 in self.on

    @property
    def bracketed_paste(self) -> bool:
        return 2004 in self.on

    @property
    def mouse(self) -> int:
        """What of the mouse the program wants: 1000 clicks, 1002 drags too, 1003 every move, 0 nothing."""
        return next((mode for mode in _MOUSE if mode in self.on), 0)

    @property
    def sgr_mouse(self) -> bool:
        return 1006 in self.on

    @property
    def reports_focus(self) -> bool:
        return 1004 in self.on

    @property
    def drawing(self) -> bool:
        """The program is in the middle of a frame: nothing of it is to be shown yet (synchronized output)."""
        return 2026 in self.on

    def state_of(self, number: int) -> int:
        """As DECRPM reports it: 1 on, 2 off, 0 not known here."""
        if number not in _KNOWN:
            return 0
        return 1 if number in self.on else 2


@dataclass(frozen=True)
class Surroundings:
    """What answers depend on. Colours are red, green, blue of 0 to 255; the cursor counts from 0."""

    columns: int
    rows: int
    column: int
    row: int
    foreground: tuple[int, int, int]
    background: tuple[int, int, int]


def answer(asked: re.Match[str], modes: Modes, now: Surroundings) -> bytes:
    """What the terminal answers to a SIGNAL; b"" where that is no question.

    It presents itself as an xterm of the first version that vim trusts with the mouse's SGR reports.
    """
    reply = ""
    if asked["device"] is not None:
        reply = {"": "\x1b[?62;22c", ">": "\x1b[>0;277;0c"}.get(asked["device"], "")
    elif asked["status"]:
        private = "?" if asked["status"][0] == "?" else ""
        here = f"\x1b[{private}{now.row + 1};{now.column + 1}R"
        reply = here if asked["status"][-1] == "6" else f"\x1b[{private}0n"
    elif asked["asked"]:
        number = int(asked["asked"])
        reply = f"\x1b[?{number};{modes.state_of(number)}$y"
    elif asked["size"]:
        reply = f"\x1b[8;{now.rows};{now.columns}t"
    elif asked["colour"]:
        parts = now.foreground if asked["colour"] == "10" else now.background
        reply = (
            f"\x1b]{asked['colour']};rgb:" + "/".join(f"{part:02x}{part:02x}" for part in parts) + "\x1b\\"
        )
    return reply.encode()


def copied(asked: re.Match[str]) -> str:
    """The text that a program puts on the clipboard (OSC 52); "" where it does not, or it can't be read."""
    if not asked["clip"]:
        return ""
    try:
        return base64.b64decode(asked["clip"]).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
