"""ControllerRevision: a past state of a DaemonSet or a StatefulSet."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds import cluster_rules
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.tables.cells import NONE
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    owner = next((o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")), None)
    if owner is None:
        by = NONE
    else:
        group = owner.get("apiVersion", "").rpartition("/")[0]
        kind = owner.get("kind", "").lower()
        by = f"{kind}.{group}/{owner['name']}" if group else f"{kind}/{owner['name']}"
    return [obj["metadata"]["name"], by, obj.get("revision", 0), view.age(obj)]


CONTROLLER_REVISION = Kind(
    group="apps",
    name="ControllerRevision",
    plural="controllerrevisions",
    validate=cluster_rules.controller_revision,
    printer=printer(cells, "Name", "Controller", "Revision", "Age"),
)
