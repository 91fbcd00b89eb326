"""Output made fit for the emulator: what it would draw a column off, or in the wrong style."""

from __future__ import annotations

import re
import unicodedata

_COLOURED = re.compile(r"\x1b\[([\d;:]*(?:4:|58[;:])[\d;:]*)m")
_COLOUR_LENGTHS = {"5": 3, "2": 5}  # numbers of `38;5;n` and `38;2;r;g;b`
_ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad")


def tidy(text: str) -> str:
    """The text with every character as wide as programs count it.

    The emulator gives a combining character a column of its own. What has a composed form (é, a syllable of
    Hangul jamo, as macOS names its files) is composed; a mark without one is left out.
    """
    if "4:" in text or "58" in text:
        text = _COLOURED.sub(_plain_underline, text)
    if text.isascii():
        return text
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text if _all_wide(text) else "".join(each for each in text if not _zero_width(each))


def _plain_underline(found: re.Match[str]) -> str:
    """Curly and coloured underlines as plain ones: of the colour's numbers it would make bold and blink."""
    given, kept = found[1].split(";"), []
    while given:
        first = given[0]
        length = _COLOUR_LENGTHS.get("".join(given[1:2]), 1) if first in ("38", "48", "58") else 1
        if first.startswith("4:"):
            kept.append("24" if first == "4:0" else "4")
        elif first.partition(":")[0] != "58":
            kept += given[:length]
        del given[:length]
    return f"\x1b[{';'.join(kept)}m" if kept else ""


def _zero_width(character: str) -> bool:
    if character < "\u00ad":
        return False
    if character in _ZERO_WIDTH or "\u1160" <= character <= "\u11ff":
        return True
    return unicodedata.category(character) in ("Mn", "Me")


def _all_wide(text: str) -> bool:
    """Whether no character has width 0; over the different ones only: there are few in a long text."""
    return not any(_zero_width(each) for each in set(text))
