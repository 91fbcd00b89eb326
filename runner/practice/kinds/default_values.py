"""How defaults are filled in."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.tables.columns import Object

NULL_TIMES_UNTIL = 34
"""The last minors in which an unset creationTimestamp of a template is written as null."""


def fill(obj: Object, **values: Any) -> None:
    """Set what is not there."""
    for name, value in values.items():
        if obj.get(name) is None:
            obj[name] = value
