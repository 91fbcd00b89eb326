"""FlowSchema: to which priority level a request belongs."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.flow_rules import FLOW_CONTROL_VERSIONS, flow_schema
from runner.practice.kinds.status_rules import condition_types
from runner.practice.machinery.kind import STATUS, Kind
from runner.practice.machinery.tables.cells import NONE
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    conditions = (obj.get("status") or {}).get("conditions") or ()
    dangling = next((each.get("status") for each in conditions if each.get("type") == "Dangling"), "?")
    return [
        obj["metadata"]["name"],
        (spec.get("priorityLevelConfiguration") or {}).get("name", ""),
        spec.get("matchingPrecedence", 0),
        (spec.get("distinguisherMethod") or {}).get("type", NONE),
        view.age(obj),
        dangling,
    ]


FLOW_SCHEMA = Kind(
    group="flowcontrol.apiserver.k8s.io",
    name="FlowSchema",
    plural="flowschemas",
    versions=FLOW_CONTROL_VERSIONS,
    namespaced=False,
    subresources=(STATUS,),
    validate=flow_schema,
    validate_status=condition_types,
    generation_since=0,
    printer=printer(
        cells,
        "Name",
        "PriorityLevel",
        "MatchingPrecedence:integer",
        "DistinguisherMethod",
        "Age",
        "MissingPL",
    ),
)
