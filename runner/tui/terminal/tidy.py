"""Output made fit for the emulator: what it would draw a column off, or in the wrong style."""

from __future__ import annotations

import re
import unicodedata

_COLOURED = re.compile(r"\x1b\[([\d;:]*(?:4:|58[;:])[\d;:]*)m")
_UNDERLINE_COLOUR = re.compile(r"(?:^|(?<=;))58(?:;5;\d+|;2;\d+;\d+;\d+|:[\d:]*)")
_UNDERLINE_KIND = re.compile(r"(?:^|(?<=;))4:(\d)")
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
    numbers = _UNDERLINE_COLOUR.sub("", found[1])
    numbers = _UNDERLINE_KIND.sub(lambda kind: "24" if kind[1] == "0" else "4", numbers)
    numbers = ";".join(part for part in numbers.split(";") if part)
    return f"\x1b[{numbers}m" if numbers else ""


def _zero_width(character: str) -> bool:
    if character < "\u00ad":
        return False
    if character in _ZERO_WIDTH or "\u1160" <= character <= "\u11ff":
        return True
    return unicodedata.category(character) in ("Mn", "Me")


def _all_wide(text: str) -> bool:
    """Whether no character has width 0; over the different ones only: there are few in a long text."""
    return not any(_zero_width(each) for each in set(text))
