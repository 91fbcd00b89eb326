"""FlowSchema: to which priority level a request belongs."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.flow_rules import flow_schema
from runner.practice.kinds.status_rules import condition_types
from runner.practice.machinery.kind import STATUS, Kind, Version
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
    versions=(
        Version("v1", since=29),
        Version("v1beta3", since=26, until=31, deprecated=29),
        Version("v1beta2", since=23, until=28, deprecated=26),
        Version("v1beta1", since=20, until=25, deprecated=23),
    ),
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
