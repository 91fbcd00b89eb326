"""Sets of fields: what a manager owns, and its form in metadata.managedFields (FieldsV1).

A path is a tuple of elements as FieldsV1 spells them: `f:name`, `k:{"name":"web"}`, `v:"value"`. A set holds the
leaves, and the items of keyed lists themselves (".").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from runner.practice.machinery.patch.list_types import ListRule, Path, Typing

Object = dict[str, Any]
FieldPath = tuple[str, ...]

PRESENT = object()
"""The value of an item or map that is there, whatever it holds."""

SERVER_OWNED = frozenset(
    ("f:metadata", f"f:{name}")
    for name in (
        "name", "namespace", "uid", "creationTimestamp", "resourceVersion", "generation", "managedFields",
        "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds",
    )
)  # fmt: skip

ALWAYS_THERE = frozenset(
    f"f:{name}"
    for name in (
        "metadata", "spec", "status", "template", "strategy", "updateStrategy", "resources", "jobTemplate",
        "containers",
    )
)  # fmt: skip
"""Structs (and one list) that exist in every object of their kind, so that nobody comes to own them by adding them."""


NOTHING_WHEN_EMPTY = frozenset(
    f"f:{name}" for name in ("status", "labels", "annotations", "data", "binaryData", "stringData")
)
"""Maps that Go leaves out when they are empty, so that nobody owns an empty one."""


def flatten(obj: Mapping[str, Any], typing: Typing, *, maps: bool = False) -> dict[FieldPath, Any]:
    """Every field that can be owned with its value; with `maps` also the maps themselves (as PRESENT)."""
    found: dict[FieldPath, Any] = {}
    for name, value in obj.items():
        if name not in ("apiVersion", "kind"):
            _flatten(value, typing, (name,), (f"f:{name}",), found, maps)
    return {path: value for path, value in found.items() if path[:2] not in SERVER_OWNED}


def _flatten(
    value: Any, typing: Typing, path: Path, at: FieldPath, found: dict[FieldPath, Any], maps: bool
) -> None:
    if value is None:
        return  # null is how an absent value is written where Go does not leave it out
    if isinstance(value, dict) and not typing.is_atomic(path):
        # An empty map is there, and that is all that it says: others may fill it.
        if value:
            if maps and at != ("f:metadata",) and (typing.custom or at[-1] not in ALWAYS_THERE):
                found[at] = PRESENT
        elif at[-1] not in NOTHING_WHEN_EMPTY:
            found[at] = PRESENT
        for name, inner in value.items():
            _flatten(inner, typing, (*path, name), (*at, f"f:{name}"), found, maps)
        return
    rule = typing.list_rule(path) if isinstance(value, list) else None
    if rule is None:
        found[at] = value
        return
    if not value or (maps and at[-1] not in ALWAYS_THERE):
        found[at] = PRESENT
    for item in value:
        element = (*at, element_of(item, rule))
        found[element] = PRESENT
        if isinstance(item, dict):
            for name, inner in item.items():
                _flatten(inner, typing, (*path, name), (*element, f"f:{name}"), found, maps)


def element_of(item: Any, rule: ListRule) -> str:
    """How FieldsV1 names an item of a list: by its keys, or by its value in a set."""
    if not rule.keys:
        return "v:" + json.dumps(item, separators=(",", ":"), sort_keys=True)
    defaults = dict(rule.defaults)
    keys = {key: item.get(key, defaults.get(key)) for key in rule.keys} if isinstance(item, dict) else {}
    message = {key: value for key, value in keys.items() if value is not None}
    return "k:" + json.dumps(message, separators=(",", ":"), sort_keys=True)


def to_fields(paths: Iterable[FieldPath]) -> Object:
    """FieldsV1 of a set."""
    tree: Object = {}
    for path in sorted(paths):
        node = tree
        for element in path:
            node = node.setdefault(element, {})
        node["."] = {}
    return _tidy(tree)


def _tidy(node: Object) -> Object:
    """A leaf's "." goes without saying; an owned parent says it."""
    if set(node) == {"."}:
        return {}
    return {name: {} if name == "." else _tidy(inner) for name, inner in node.items()}


def from_fields(fields: Mapping[str, Any]) -> set[FieldPath]:
    """The set of a FieldsV1."""
    found: set[FieldPath] = set()
    _collect(fields, (), found)
    return found


def _collect(node: Mapping[str, Any], at: FieldPath, found: set[FieldPath]) -> None:
    if not node and at:
        found.add(at)
    for name, inner in node.items():
        if name == ".":
            found.add(at)
        elif isinstance(inner, Mapping):
            _collect(inner, (*at, name), found)


def dotted(path: FieldPath) -> str:
    """A path as conflicts name it: `.spec.template.spec.containers[name="web"].image`."""
    message = ""
    for element in path:
        kind, _, rest = element.partition(":")
        if kind == "f":
            message += f".{rest}"
        elif kind == "k":
            keys = json.loads(rest)
            message += "[" + ",".join(f"{key}={json.dumps(keys[key])}" for key in sorted(keys)) + "]"
        else:
            message += f"[={rest}]"
    return message
