"""Checks of objects that can't report what their author means: a kind that no cluster has, zeros that no status has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks.resource import Resource
from runner.authoring.lint.lint_context import Advice, Draft
from runner.practice.kinds import KINDS
from runner.words import phrase

_SERVED: dict[tuple[str, str], set[str]] = {}
"""The versions of Kubernetes' own kinds, by group and kind."""
for _built_in in KINDS:
    _SERVED.setdefault((_built_in.group, _built_in.name), set()).update(
        version.name for version in _built_in.versions
    )
_GROUPS = {group for group, _ in _SERVED}
_OF_KIND: dict[str, list[str]] = {}
for (_group, _kind), _versions in _SERVED.items():
    _OF_KIND.setdefault(_kind, []).append(f"{_group}/{min(_versions, key=len)}".lstrip("/"))


def unknown_kind(draft: Draft) -> Iterator[Advice]:
    """One of Kubernetes' own groups, and a kind or version that it never had. Such a check with `absent: true` would
    pass whatever the learner does."""
    for path, check in draft.checks():
        if not isinstance(check, Resource):
            continue
        group, _, version = check.api.rpartition("/")
        if group not in _GROUPS or version in _SERVED.get((group, check.resource), ()):
            continue
        elsewhere = _OF_KIND.get(check.resource)
        yield Advice(
            path,
            phrase("the kind {kind} does not exist in {api}", kind=check.resource, api=check.api),
            phrase("{kind} is in: {apis}", kind=check.resource, apis=tuple(sorted(elsewhere)))
            if elsewhere
            else phrase(
                "copy apiVersion and kind from a manifest: {command}", command="kubectl api-resources"
            ),
        )


def zero_left_out(draft: Draft) -> Iterator[Advice]:
    """A comparison of a field of the status that comes out otherwise where the API server leaves the zero out."""
    for path, check in draft.checks():
        if not isinstance(check, Resource) or check.where is None:
            continue
        for field in _zeros(check.where):
            yield Advice(
                path,
                phrase("the API server omits {field} when it is 0, and null is not equal to 0", field=field),
                phrase("use {expression} instead", expression=f"({field} || `0`)"),
            )


def _zeros(expression: str) -> list[str]:
    import jmespath

    return list(_compared(jmespath.compile(expression).parsed))


def _compared(node: Any) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    children = node.get("children", [])
    if node.get("type") == "comparator":
        first, second = children
        field = _status_field(first) or _status_field(second)
        literal = next((c["value"] for c in (first, second) if c.get("type") == "literal"), None)
        if field and isinstance(literal, int | float) and not isinstance(literal, bool):
            sign = node["value"]
            if first.get("type") == "literal":
                sign = {"lt": "gt", "gt": "lt", "lte": "gte", "gte": "lte"}.get(sign, sign)
            if _of_zero(sign, literal) != (sign == "ne"):  # null is unequal to all, and neither more nor less
                yield field
    for child in children:
        yield from _compared(child)


def _of_zero(sign: str, number: float) -> bool:
    return {
        "eq": number == 0,
        "ne": number != 0,
        "lt": number > 0,
        "lte": number >= 0,
        "gt": number < 0,
        "gte": number <= 0,
    }[sign]


def _status_field(node: Any) -> str:
    """`status.readyReplicas` where the node is a path that goes through a status; "" for others."""
    path = _path(node)
    return path if re.search(r"(^|\.)status\.", path) else ""


def _path(node: Any) -> str:
    match node:
        case {"type": "field", "value": str(name)}:
            return name
        case {"type": "subexpression", "children": [*parts]}:
            names = [_path(part) for part in parts]
            return ".".join(names) if all(names) else ""
        case {"type": "current"}:
            return "@"
    return ""
