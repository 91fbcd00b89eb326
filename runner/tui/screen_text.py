"""Foreign text made fit for a screen: a lab's, a cluster's, a program's."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200d\ufe0e\ufe0f"
"""Terminals disagree about the width of what these join: without them a family is three people, six cells wide."""


def safe(text: str) -> str:
    """The text with nothing in it that a terminal acts on or that hides: that is written out (`\\x1b`).

    Line ends stay, tabs become spaces. Hangul is composed: macOS gives file names in single letters.
    """
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).expandtabs(4)
    return "".join(
        each if each.isprintable() or each in "\n\u00a0\u3000" else ascii(each)[1:-1]
        for each in text
        if each not in _JOINERS
    )
