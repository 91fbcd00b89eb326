"""Whether an object contains a partial one, and where it does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.base import CannotRead
from checks.phrase import phrase
from checks.quantities import HOLDING, same_quantity

_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")
MOST_COMPARED = 500_000
"""Values that are compared for one answer."""


@dataclass(frozen=True, slots=True)
class Difference:
    """At `path` the partial object has `expected`; the object has `found` (None if it has nothing)."""

    path: str
    expected: Any
    found: Any
    depth: int

    @property
    def expected_text(self) -> str:
        return shown(self.expected)

    @property
    def found_text(self) -> str:
        return shown(self.found)


class _TooMuch(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Inside:
    """Where in an object a part stands: in its status; a mapping of quantities; a value of such a mapping."""

    work: list[int]
    """How many values were compared so far; shared by all that is looked at for one answer."""
    status: bool = False
    holding: bool = False
    quantity: bool = False

    def below(self, key: str, depth: int) -> _Inside:
        return _Inside(
            self.work, self.status or (depth == 0 and key == "status"), key in HOLDING, self.holding
        )

    def compare(self) -> None:
        """Count one comparison. Raises _TooMuch."""
        self.work[0] += 1
        if self.work[0] > MOST_COMPARED:
            raise _TooMuch


def difference(expected: Any, found: Any) -> Difference | None:
    """The first place where `found` does not contain `expected`, None if it does.

    A mapping must have every named key. Every item of an expected list must be contained in an item of its
    own of the found list, in any order, and more items may be there (an injected sidecar beside the
    containers). An empty mapping or list must be empty: otherwise it would hold for everything. null: the key
    must not be set.

    As the API server stores objects: in a status it leaves out what is 0, false or empty, so these are equal to a key
    that is not there, where there is a status. Elsewhere they are not: a default may stand behind a field that is not
    set. Quantities (of limits, requests, capacity, quotas) are equal by their amount: it turns 1024Mi into 1Gi.

    Raises CannotRead if that takes more than MOST_COMPARED comparisons: each item of one list with each of another.
    """
    try:
        return next(_differences(expected, found, "", 0, _Inside([0])), None)
    except (_TooMuch, RecursionError) as error:
        raise CannotRead(
            "limit", phrase("matches takes more work than a check may do: write fewer items into its lists")
        ) from error


def fields(partial: Any, path: str = "") -> tuple[str, ...]:
    """Which fields a partial object is about, without their values: `spec.template.spec.containers`."""
    if isinstance(partial, dict) and partial:
        return tuple(each for key, value in partial.items() for each in fields(value, _below(path, str(key))))
    return (path,)


def shown(value: Any, most: int = 160) -> str:
    """A value as JSON, shortened."""
    try:
        line = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        line = str(value)
    return line if len(line) <= most else line[: most - 2] + " …"


def _differences(expected: Any, found: Any, path: str, depth: int, inside: _Inside) -> Iterator[Difference]:
    inside.compare()
    if isinstance(expected, dict) and isinstance(found, dict) and expected:
        for key, value in expected.items():
            if inside.status and key not in found and _is_zero(value):
                continue
            below = inside.below(str(key), depth)
            yield from _differences(value, found.get(key), _below(path, str(key)), depth + 1, below)
    elif isinstance(expected, list) and isinstance(found, list) and expected:
        yield from _list_differences(expected, found, path, depth, inside)
    elif not (_same(expected, found) or (inside.quantity and same_quantity(expected, found))):
        yield Difference(path or ".", expected, found, depth)


def _is_zero(value: Any) -> bool:
    """What the API server leaves out of a status (omitempty)."""
    return value is not None and not value


def _list_differences(
    expected: list[Any], found: list[Any], path: str, depth: int, inside: _Inside
) -> Iterator[Difference]:
    partners = _partners(expected, found, depth, inside)
    taken = set(partners.values())
    free = [index for index in range(len(found)) if index not in taken]
    for index, item in enumerate(expected):
        if index in partners:
            continue
        nearest = _nearest(item, found, free, index)
        if nearest is None:
            yield Difference(f"{path}[{index}]", item, None, depth + 1)
        else:
            yield from _differences(item, found[nearest], f"{path}[{nearest}]", depth + 1, inside)


def _partners(expected: list[Any], found: list[Any], depth: int, inside: _Inside) -> dict[int, int]:
    """For each expected item a found item of its own, for as many as possible (augmenting paths)."""

    def contains(candidate: Any, item: Any) -> bool:
        return next(_differences(item, candidate, "", depth + 1, inside), None) is None

    fits = [
        [there for there, candidate in enumerate(found) if contains(candidate, item)] for item in expected
    ]
    taken: dict[int, int] = {}

    def place(index: int, tried: set[int]) -> bool:
        for there in fits[index]:
            if there not in tried:
                tried.add(there)
                if there not in taken or place(taken[there], tried):
                    taken[there] = index
                    return True
        return False

    for index in range(len(expected)):
        place(index, set())
    return {index: there for there, index in taken.items()}


def _nearest(item: Any, found: list[Any], free: list[int], index: int) -> int | None:
    """The found item that was most likely meant: of the same name, else at the same place."""
    name = item.get("name") if isinstance(item, dict) else None
    for there in free:
        candidate = found[there]
        if name is not None and isinstance(candidate, dict) and candidate.get("name") == name:
            return there
    if index in free:
        return index
    return free[0] if free else None


def _same(expected: Any, found: Any) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):  # in Python True == 1
        return expected is found
    return bool(expected == found)


def _below(path: str, key: str) -> str:
    if not _PLAIN_KEY.fullmatch(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key
