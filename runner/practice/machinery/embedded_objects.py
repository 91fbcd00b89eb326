"""Whole objects within custom ones (x-kubernetes-embedded-resource), and the metadata of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from runner.practice.machinery.errors import ApiError, Cause
from runner.practice.machinery.validation.decoding import metadata_problem, read_metadata
from runner.practice.machinery.validation.metadata_rules import common
from runner.practice.machinery.validation.problems import Object, Problems

Refuse = Callable[[str], ApiError]

EMBEDDED = "x-kubernetes-embedded-resource"


def embedded(value: Any, schema: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Object]]:
    """(place, object) of every object that stands where the schema wants a whole one."""
    if isinstance(value, list):
        items = schema.get("items")
        for index, item in enumerate(value if isinstance(items, Mapping) else ()):
            yield from embedded(item, items or {}, f"{at}[{index}]")
    if not isinstance(value, dict):
        return
    if schema.get(EMBEDDED) and at:
        yield at, value
    known, more = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, inner in value.items():
        part = known.get(name, more)
        if isinstance(part, Mapping):
            yield from embedded(inner, part, f"{at}.{name}" if at else name)


def embedded_problems(obj: Object, schema: Mapping[str, Any]) -> list[Cause]:
    """What is wrong with the types and the metadata of embedded objects."""
    problems = Problems(0)
    for at, found in embedded(obj, schema):
        for field in ("apiVersion", "kind"):
            if field not in found:
                problems.required(f"{at}.{field}", "must not be empty")
            elif not found[field] or not isinstance(found[field], str):
                problems.invalid(f"{at}.{field}", found[field] or "", "must not be empty")
        meta = found.get("metadata")
        if isinstance(meta, dict) and not metadata_problem(meta):
            common(problems, f"{at}.metadata", meta, kube=False)
    return problems.causes


def read_all_metadata(obj: Object, schema: Mapping[str, Any] | None, refuse: Refuse) -> Object:
    """`obj` with its own and embedded metadata as Go reads it. Raises what `refuse` makes of a wrong type's words."""
    obj = {**obj, "metadata": read_metadata(obj.get("metadata") or {}, refuse)}
    for at, found in embedded(obj, schema or {}):
        meta = found.get("metadata")
        if meta is None:
            found.pop("metadata", None)
        elif not isinstance(meta, dict):
            raise refuse(f"{at}.metadata: Invalid value: must be an object")
        else:
            found["metadata"] = read_metadata(meta, _at(f"{at}.metadata", refuse))
    return obj


def _at(place: str, refuse: Refuse) -> Refuse:
    return lambda words: refuse(f"{place}: {words}")
