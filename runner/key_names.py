"""The names of keys as a lab writes them (`keys: [i, escape, ":wq", enter]`), and what is probably meant for one."""

from __future__ import annotations

import difflib
import re

NAMES = (
    "enter", "escape", "tab", "space", "backspace", "delete", "insert", "pageup", "pagedown",
    "up", "down", "left", "right", "home", "end",
)  # fmt: skip
"""Every named key, besides `ctrl+` and a letter."""
CONTROL = re.compile(r"ctrl\+([a-z@\[\\\]^_])", re.IGNORECASE)

_OTHERS = {
    "esc": "escape", "return": "enter", "ret": "enter", "cr": "enter", "newline": "enter", "spacebar": "space",
    "del": "delete", "ins": "insert", "bs": "backspace", "bksp": "backspace", "pgup": "pageup", "pgdn": "pagedown",
    "pgdown": "pagedown", "page_up": "pageup", "page-up": "pageup", "page_down": "pagedown", "page-down": "pagedown",
    "arrowup": "up", "arrowdown": "down", "arrowleft": "left", "arrowright": "right",
}  # fmt: skip
"""What other programs call them."""
_LETTER = re.compile(r"(?:c|ctl|ctrl|control)-([a-z])|(?:ctl|control)\+([a-z])")
_BRACKETS = re.compile(r"<(.{1,20})>|\{(.{1,20})\}|\[(.{2,20})\]")
_NEAR = 0.85


def meant(key: str) -> str | None:
    """The name of the key that was probably meant where `key` is none; None if it is text to be typed as it is."""
    if key.lower() in NAMES or CONTROL.fullmatch(key):
        return None
    name = key.strip().lower()
    if letter := _LETTER.fullmatch(name):
        return f"ctrl+{letter[1] or letter[2]}"
    if bracketed := _BRACKETS.fullmatch(name):
        inner = next(part for part in bracketed.groups() if part)
        return inner if inner in NAMES else meant(inner)
    if name in _OTHERS:
        return _OTHERS[name]
    if name in NAMES:  # with spaces around it
        return name
    if not name.isalpha() or not 5 <= len(name) <= 12:
        return None
    near = difflib.get_close_matches(name, NAMES, n=1, cutoff=_NEAR)
    return near[0] if near and near[0][0] == name[0] else None
