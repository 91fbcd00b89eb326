"""Which keys of a check need each other or exclude each other, for the JSON Schema: the models say it in their validators."""

from __future__ import annotations

from typing import Any

_ABSENT: dict[str, Any] = {"properties": {"absent": {"const": True}}, "required": ["absent"]}


def alone(*keys: str, true: tuple[str, ...] = ()) -> dict[str, Any]:
    """`absent: true` beside none of these `keys`, and none of those of `true` as true."""
    beside: list[dict[str, Any]] = [{"required": [key]} for key in keys]
    beside += [{"required": [key], "properties": {key: {"const": True}}} for key in true]
    return {"if": _ABSENT, "then": {"not": {"anyOf": beside}}}


def never(*pairs: tuple[str, str]) -> dict[str, Any]:
    """None of these pairs of keys together."""
    return {"not": {"anyOf": [{"required": list(pair)} for pair in pairs]}}
