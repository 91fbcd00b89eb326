"""Tables of custom resources: the columns that their CustomResourceDefinition names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.machinery.tables.cells import moment
from runner.practice.machinery.tables.columns import Column, Object, Printer, View
from runner.practice.machinery.tables.jsonpath import find

AGE: tuple[Mapping[str, Any], ...] = (
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
)
"""What is shown of a kind whose definition names no columns."""


def custom_printer(columns: Sequence[Mapping[str, Any]]) -> Printer:
    """The printer for `additionalPrinterColumns` (of apiextensions.k8s.io/v1)."""
    named = tuple(columns) or AGE

    def cells(obj: Object, view: View) -> list[Any]:
        return [obj["metadata"]["name"], *(_cell(column, obj, view) for column in named)]

    shown = [
        Column(c["name"], c.get("type", "string"), c.get("format", ""), c.get("priority", 0)) for c in named
    ]
    return Printer((Column("Name", format="name"), *shown), cells)


def _cell(column: Mapping[str, Any], obj: Object, view: View) -> Any:
    found = find(obj, column.get("jsonPath", ""))
    if not found or found[0] is None:
        return None
    value, kind = found[0], column.get("type")
    if kind == "string":
        return _text(value)
    if kind == "date":
        if not isinstance(value, str):
            return None
        return "<invalid>" if moment(value) is None else view.since(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if kind == "integer" else value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
