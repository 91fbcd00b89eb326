"""Which name was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 300
"""The longest name compared: comparing takes the product of both lengths."""
MOST = 1000


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """The most similar name; "" if none is. Longer texts are not names."""
    if len(name) > LONGEST:
        return ""
    known = [each for each in names if len(each) <= LONGEST][:MOST]
    found = difflib.get_close_matches(name, known, 1, cutoff)
    return found[0] if found else ""
