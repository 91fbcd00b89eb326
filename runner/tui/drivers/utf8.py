"""UTF-8 as it comes in from outside, cut anywhere and not always UTF-8."""

from __future__ import annotations

import re

_HIGH = re.compile(rb"[\x80-\xff]+")
_LENGTHS = ((0xF0, 4), (0xE0, 3), (0xC0, 2))


class Utf8:
    """Decodes piece by piece. Bytes in a row that are not UTF-8 are left out, all of them.

    Of text in another encoding (EUC-KR) some bytes would by accident make letters that nobody typed.
    """

    def __init__(self) -> None:
        self._held = b""

    def decode(self, data: bytes) -> str:
        """The text so far; the beginning of a character waits for its rest."""
        data = self._held + data
        cut = len(data) - _unfinished(data)
        data, self._held = data[:cut], data[cut:]
        return _HIGH.sub(_if_sound, data).decode("utf-8")


def _if_sound(run: re.Match[bytes]) -> bytes:
    try:
        run[0].decode("utf-8")
    except UnicodeDecodeError:
        return b""
    return run[0]


def _unfinished(data: bytes) -> int:
    """How many bytes at the end begin a character."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xC0:
            needed = next(length for first, length in _LENGTHS if byte >= first)
            return back if back < needed else 0
        if byte < 0x80:
            return 0
    return 0
