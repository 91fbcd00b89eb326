"""Places of a page that mean something: a command, output that is cut, a term, a link. Reached by Tab and by click."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from textual.content import Content, Span
from textual.style import Style

META = "anchor"


class Kind(StrEnum):
    COMMAND = "command"
    OUTPUT = "output"
    TERM = "term"
    LINK = "link"


class Anchor(NamedTuple):
    """`about`: the command line, the whole output, the term's key, the address. `number` tells equals on a page apart."""

    kind: Kind
    number: int
    about: str


@lru_cache(maxsize=512)
def bearing(anchor: Anchor) -> Style:
    """A style that says nothing but what the text under it is."""
    return Style.from_meta({META: tuple(anchor)})


@lru_cache(maxsize=2048)
def _borne(style: Style) -> Anchor | None:
    found = style.meta.get(META)
    return Anchor(Kind(found[0]), found[1], found[2]) if found else None


def borne_by(meta: dict[str, object]) -> Anchor | None:
    """The anchor that a clicked style's meta names."""
    found = meta.get(META)
    if not isinstance(found, tuple):
        return None
    kind, number, about = found
    return Anchor(Kind(kind), number, about)


def spans(line: Content) -> Iterator[tuple[Span, Anchor]]:
    """Where in a line which anchors are."""
    for span in line.spans:
        if isinstance(span.style, Style) and (anchor := _borne(span.style)):
            yield span, anchor


def places(lines: Iterable[Content]) -> dict[Anchor, tuple[int, int]]:
    """Every anchor of a page, from top to bottom, with the first and the last line that it is on."""
    found: dict[Anchor, tuple[int, int]] = {}
    for y, line in enumerate(lines):
        for _, anchor in spans(line):
            first, _ = found.get(anchor, (y, y))
            found[anchor] = first, y
    return found


def lit(line: Content, at: Anchor | None, style: str = "on $primary 45%") -> Content:
    """The line with what belongs to the anchor `at` lit up."""
    if at is None:
        return line
    for span, anchor in list(spans(line)):
        if anchor == at:
            line = line.stylize(style, span.start, span.end)
    return line
