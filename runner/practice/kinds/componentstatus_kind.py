"""ComponentStatus: whether a part of the control plane is healthy. Deprecated since 1.19."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.kind import Kind, Version
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    found: Object = next((c for c in obj.get("conditions") or () if c.get("type") == "Healthy"), {})
    word = {"True": "Healthy", "False": "Unhealthy"}.get(found.get("status", ""), "Unknown")
    return [obj["metadata"]["name"], word, found.get("message", ""), found.get("error", "")]


COMPONENT_STATUS = Kind(
    group="",
    name="ComponentStatus",
    plural="componentstatuses",
    versions=(Version("v1", warning="v1 ComponentStatus is deprecated in v1.19+"),),
    short_names=("cs",),
    namespaced=False,
    verbs=("get", "list"),
    printer=printer(cells, "Name", "Status", "Message", "Error"),
)
