"""Columns of a table, and how a kind is printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runner.practice.machinery.tables.cells import ago, moment

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """`since` and `until` are the first and the last minor whose servers show it; `priority` 1 is for `-o wide` alone."""

    name: str
    type: str = "string"
    format: str = ""
    priority: int = 0
    since: int = 0
    until: int = 999

    def definition(self) -> Object:
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": "",
            "priority": self.priority,
        }


@dataclass(frozen=True, slots=True)
class View:
    """The moment at which a table is drawn, and the minor of the server that draws it."""

    now: datetime
    minor: int

    def since(self, stamp: str | None) -> str:
        """How long ago `stamp` (RFC 3339) was, as a person reads it."""
        at = moment(stamp)
        return "<unknown>" if at is None else ago(self.now - at)

    def age(self, obj: Object) -> str:
        return self.since(obj["metadata"].get("creationTimestamp"))


Cells = Callable[[Object, View], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Printer:
    """How one kind is printed: a cell for each column, also for those that a server's minor lacks."""

    columns: tuple[Column, ...]
    cells: Cells
    row_conditions: Callable[[Object], list[Object]] | None = None
    """What a row says beside its cells: that an object has ended, so that kubectl can leave it out."""


def printer(
    cells: Cells,
    *shown: str,
    wide: Sequence[str] = (),
    row_conditions: Callable[[Object], list[Object]] | None = None,
) -> Printer:
    """A printer whose columns are written as "Ready", "Desired:integer" or "Status@31" (since 1.31, "Status@-30": until 1.30).

    The column Name is the object's name.
    """
    columns = [_column(text, 0) for text in shown] + [_column(text, 1) for text in wide]
    return Printer(tuple(columns), cells, row_conditions)


def _column(text: str, priority: int) -> Column:
    text, _, minors = text.partition("@")
    since, _, until = minors.partition("-")
    name, _, kind = text.partition(":")
    form = "name" if name == "Name" else ""
    return Column(name, kind or "string", form, priority, int(since or 0), int(until or 999))


def _name_and_creation(obj: Object, view: View) -> list[Any]:
    meta = obj["metadata"]
    return [meta["name"], meta.get("creationTimestamp")]


NAME_AND_CREATION = printer(_name_and_creation, "Name", "Created At:date")
"""Kinds for which the real server has no printer."""
