"""Named keys as the bytes that a terminal sends for them."""

from __future__ import annotations

from runner.key_names import CONTROL

_CURSOR = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
KEYS = {
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "space": b" ",
    "backspace": b"\x7f",
    "delete": b"\x1b[3~",
    "insert": b"\x1b[2~",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
}


def key_bytes(key: str, *, application_cursor: bool = False) -> bytes:
    """What to send for `key`: a name of key_names.NAMES, `ctrl+c`, or any other text as it is.

    `application_cursor`: the program asked for the other form of the cursor keys (DECCKM).
    """
    name = key.lower()
    if name in KEYS:
        return KEYS[name]
    if name in _CURSOR:
        return b"\x1b" + (b"O" if application_cursor else b"[") + _CURSOR[name].encode()
    control = CONTROL.fullmatch(key)
    if control:
        return bytes([ord(control[1].upper()) & 0x1F])
    return key.encode()
