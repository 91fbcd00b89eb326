"""Finds words in a page as it is folded: also where they go on in the next line, whatever their case."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from textual.content import Content

_END = -1
"""The place of the space that the end of a line is."""

Piece = tuple[int, int, int]
"""Of a place: the line, and from which character to which."""


def find(lines: Sequence[Content], words: str) -> list[tuple[Piece, ...]]:
    """Where `words` are on a page, from top to bottom, each in the pieces that the lines cut it into.

    Spaces count as one, so does the end of a line; large and small letters are the same, Hangul is composed.
    """
    wanted = _plain(" ".join(unicodedata.normalize("NFC", words).split()))
    if not wanted:
        return []
    text, places = _flowing(lines)
    found, at = [], text.find(wanted)
    while at >= 0:
        found.append(_pieces(places[at : at + len(wanted)]))
        at = text.find(wanted, at + len(wanted))
    return found


def contains(text: str, words: str) -> bool:
    """Whether `words` are in a text that is not shown."""
    return bool(find([Content(line) for line in text.split("\n")], words))


def _flowing(lines: Sequence[Content]) -> tuple[str, list[tuple[int, int]]]:
    """All lines as one, with a single space between words, and where each of its characters is on the page."""
    text: list[str] = []
    places: list[tuple[int, int]] = []
    for y, line in enumerate(lines):
        for x, letter in enumerate(_plain(line.plain)):
            if letter.isspace():
                if text and text[-1] == " ":
                    continue
                letter = " "  # noqa: PLW2901
            text.append(letter)
            places.append((y, x))
        if text and text[-1] != " ":
            text.append(" ")
            places.append((y, _END))
    return "".join(text), places


def _plain(text: str) -> str:
    """In small letters, each where it was: `İ` has two small ones."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _pieces(places: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    made: list[Piece] = []
    for y, x in places:
        if x == _END:
            continue
        if made and made[-1][0] == y:
            made[-1] = (y, made[-1][1], x + 1)
        else:
            made.append((y, x, x + 1))
    return tuple(made)
