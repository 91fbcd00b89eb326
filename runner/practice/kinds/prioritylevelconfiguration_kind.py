"""PriorityLevelConfiguration: how many requests of a level are served at the same time."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.flow_rules import FLOW_CONTROL_VERSIONS, priority_level
from runner.practice.kinds.status_rules import condition_types
from runner.practice.machinery.kind import STATUS, Conversion, Kind
from runner.practice.machinery.tables.cells import NONE
from runner.practice.machinery.tables.columns import Object, View, printer


def _move(obj: Object, old: str, new: str) -> None:
    if old in obj:
        obj[new] = obj.pop(old)


def to_storage(obj: Object) -> Object:
    limited = (obj.get("spec") or {}).get("limited") or {}
    _move(limited, "assuredConcurrencyShares", "nominalConcurrencyShares")
    return obj


def from_storage(obj: Object) -> Object:
    limited = (obj.get("spec") or {}).get("limited") or {}
    _move(limited, "nominalConcurrencyShares", "assuredConcurrencyShares")
    return obj


def cells(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    level = spec.get("limited") or spec.get("exempt") or {}
    queuing = (level.get("limitResponse") or {}).get("queuing") or {}
    shares = level.get("nominalConcurrencyShares", NONE)
    return [
        obj["metadata"]["name"],
        spec.get("type", ""),
        shares,
        shares,
        *(queuing.get(name, NONE) for name in ("queues", "handSize", "queueLengthLimit")),
        view.age(obj),
    ]


PRIORITY_LEVEL_CONFIGURATION = Kind(
    group="flowcontrol.apiserver.k8s.io",
    name="PriorityLevelConfiguration",
    plural="prioritylevelconfigurations",
    versions=FLOW_CONTROL_VERSIONS,
    namespaced=False,
    subresources=(STATUS,),
    conversions=dict.fromkeys(("v1beta1", "v1beta2"), Conversion(to_storage, from_storage)),
    validate=priority_level,
    validate_status=condition_types,
    generation_since=0,
    printer=printer(
        cells,
        "Name",
        "Type",
        "AssuredConcurrencyShares@-25",
        "NominalConcurrencyShares@26",
        "Queues",
        "HandSize",
        "QueueLengthLimit",
        "Age",
    ),
)
