"""CSINode: which storage drivers a node has."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.storage_rules import csi_node
from runner.practice.machinery.kind import FOREVER, Kind, Version
from runner.practice.machinery.patch.list_types import BY_NAME
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], len((obj.get("spec") or {}).get("drivers") or ()), view.age(obj)]


CSI_NODE = Kind(
    group="storage.k8s.io",
    name="CSINode",
    plural="csinodes",
    returns_deleted=True,
    versions=(Version("v1"), Version("v1beta1", until=21)),
    namespaced=False,
    validate=csi_node,
    versioned_updates_until=FOREVER,
    printer=printer(cells, "Name", "Drivers:integer", "Age"),
    list_types={("spec", "drivers"): BY_NAME},
)
