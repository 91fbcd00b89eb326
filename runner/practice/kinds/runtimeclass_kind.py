"""RuntimeClass: with which runtime a pod's containers run."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds import cluster_rules
from runner.practice.machinery.kind import FOREVER, Kind, Version
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("handler", ""), view.age(obj)]


RUNTIME_CLASS = Kind(
    group="node.k8s.io",
    name="RuntimeClass",
    plural="runtimeclasses",
    versions=(Version("v1", since=20), Version("v1beta1", until=24, deprecated=22)),
    namespaced=False,
    validate=cluster_rules.runtime_class,
    versioned_updates_until=FOREVER,
    printer=printer(cells, "Name", "Handler", "Age"),
)
