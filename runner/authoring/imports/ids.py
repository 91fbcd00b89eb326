"""Names of labs and ids of steps, made of titles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from runner.labs.lab_rules import OWN_IDS

MOST = 40


def slug(text: str) -> str:
    """Small letters, digits and dashes of a text; "" if it has none of them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MOST].strip("-")


def free(wanted: str, otherwise: str, taken: Container[str]) -> str:
    """An id like `wanted` (or `otherwise` where nothing is left of it) that nobody has yet."""
    name = slug(wanted) or otherwise
    if name in OWN_IDS:
        name = f"{name}-step"
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name[: MOST - 4]}-{number}"
    return found
