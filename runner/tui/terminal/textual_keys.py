"""Keys as Textual names them, as the bytes that a terminal sends for them."""

from __future__ import annotations

import re

from runner.tui.terminal.modes import Modes

_CURSOR = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_FIRST_FOUR = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_NUMBERED = {
    "insert": 2,
    "delete": 3,
    "pageup": 5,
    "pagedown": 6,
    **{f"f{5 + index}": number for index, number in enumerate((15, 17, 18, 19, 20, 21, 23, 24))},
}
_PLAIN = {"enter": "\r", "return": "\r", "tab": "\t", "escape": "\x1b", "backspace": "\x7f", "space": " "}
_CONTROL = {
    "@": 0,
    "at": 0,
    "space": 0,
    "left_square_bracket": 27,
    "backslash": 28,
    "right_square_bracket": 29,
    "circumflex_accent": 30,
    "underscore": 31,
    "minus": 31,
    "slash": 31,
    "question_mark": 127,
    "backspace": 8,
}
_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4, "super": 8, "hyper": 8, "meta": 8}
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def key_bytes(key: str, character: str | None, modes: Modes) -> bytes:
    """What to send for a key event; b"" for a key that no terminal sends (caps_lock).

    xterm's sequences: a modifier is the second number, `ESC [ 1 ; 5 C` is Ctrl and the right arrow.
    """
    *named, name = _split(key)
    pressed = sum({_MODIFIERS.get(each, 0) for each in named})
    if key == "shift+tab":
        return b"\x1b[Z"
    special = _special(name, pressed, modes)
    if special:
        return special.encode()
    escape = "\x1b" if pressed & 2 else ""
    if pressed & 4:
        code = _control_code(name)
        return b"" if code is None else escape.encode() + bytes([code])
    if name in _PLAIN:
        return (escape + _PLAIN[name]).encode()
    if character and character.isprintable():
        return (escape + character).encode()
    return (escape + name).encode() if len(name) == 1 else b""


def _split(key: str) -> list[str]:
    """`ctrl+alt+a` as its parts; the key itself may be a plus sign."""
    return [*key[:-1].rstrip("+").split("+"), "+"] if key.endswith("++") else key.split("+")


def _special(name: str, pressed: int, modes: Modes) -> str:
    """Cursor and function keys; "" for others."""
    modifier = f";{pressed + 1}" if pressed else ""
    final = _CURSOR.get(name) or _FIRST_FOUR.get(name)
    if final and modifier:
        return f"\x1b[1{modifier}{final}"
    if final:
        return f"\x1b{'O' if modes.application_cursor or name in _FIRST_FOUR else '['}{final}"
    if name in _NUMBERED:
        return f"\x1b[{_NUMBERED[name]}{modifier}~"
    return _shifted_function(name)


def _shifted_function(name: str) -> str:
    """F13 to F24 are what terminals make of Shift and F1 to F12."""
    found = re.fullmatch(r"f(1[3-9]|2[0-4])", name)
    if not found:
        return ""
    plain = f"f{int(found[1]) - 12}"
    return f"\x1b[1;2{_FIRST_FOUR[plain]}" if plain in _FIRST_FOUR else f"\x1b[{_NUMBERED[plain]};2~"


def _control_code(name: str) -> int | None:
    if len(name) == 1 and name.isascii() and name.isalpha():
        return ord(name.upper()) & 0x1F
    if name in _PLAIN and name not in _CONTROL:
        return ord(_PLAIN[name])
    return _CONTROL.get(name)


def paste_bytes(text: str, modes: Modes) -> bytes:
    """Pasted text: line ends as Enter, nothing in it that could act as a key or end the paste early."""
    clean = _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\n", "\r")
    return f"\x1b[200~{clean}\x1b[201~".encode() if modes.bracketed_paste else clean.encode()
