"""Versions and ranges of them: `>=1.18,<1.23`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

_IN_TEXT = re.compile(r"(?<![\w.])v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?")
_CLAUSE = re.compile(r"(>=|<=|==|!=|>|<|=)?\s*v?(\d{1,9}(?:\.\d{1,9}){0,2})", re.ASCII)

Numbers = tuple[int, ...]


def find_version(text: str) -> str | None:
    """The first version in a text (`1.11.3` of `client version: v1.11.3-rc0`), None if there is none."""
    found = _IN_TEXT.search(text)
    return ".".join(part for part in found.groups() if part) if found else None


def numbers(version: str) -> Numbers:
    """`1.22.0-rc.1+k3s1` as (1, 22, 0): what follows the numbers doesn't count. Raises ValueError."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version.strip(), re.ASCII)
    if found is None:
        raise ValueError(f"not a version: {version!r}")
    return tuple(int(part) for part in found[1].split("."))


@dataclass(frozen=True, slots=True)
class Range:
    """Versions that satisfy every clause; `*` is every version."""

    text: str
    clauses: tuple[tuple[str, Numbers], ...]

    @classmethod
    def parse(cls, text: str) -> Range:
        """Read `>=1.18,<1.23`, `1.11.3` (that one, or any patch of `1.11`), or `*`. Raises ValueError."""
        if text.strip() == "*":
            return cls("*", ())
        clauses = []
        for part in text.split(","):
            found = _CLAUSE.fullmatch(part.strip())
            if found is None:
                raise ValueError(f"not a version range: {text!r}")
            clauses.append((found[1] or "==", numbers(found[2])))
        return cls(text, tuple(clauses))

    def __contains__(self, version: str) -> bool:
        """Whether a version satisfies every clause. Raises ValueError if it is not a version."""
        given = numbers(version)
        return all(_holds(sign, given, wanted) for sign, wanted in self.clauses)

    def __str__(self) -> str:
        return self.text


def _holds(sign: str, given: Numbers, wanted: Numbers) -> bool:
    # Compared as far as the clause goes: 1.22.4 is ==1.22 and <=1.22, and not >1.22.
    padded = given + (0,) * (len(wanted) - len(given))
    left = padded[: len(wanted)]
    return {
        ">=": left >= wanted,
        "<=": left <= wanted,
        ">": left > wanted,
        "<": left < wanted,
        "!=": left != wanted,
    }.get(sign, left == wanted)


def _checked(text: str) -> str:
    try:
        Range.parse(text)
    except ValueError:
        raise PydanticCustomError("version_range", "a version range looks like >=1.18,<1.23 or *") from None
    return text


RANGE = r"^\s*(\*|{clause}(,{clause})*)\s*$".replace(
    "{clause}", r"\s*(>=|<=|==|!=|>|<|=)?\s*v?\d{1,9}(\.\d{1,9}){0,2}\s*"
)
VersionRange = Annotated[
    str, Field(max_length=200, json_schema_extra={"pattern": RANGE}), AfterValidator(_checked)
]
"""A range of versions, checked when the lab is read."""
