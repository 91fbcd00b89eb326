"""PodDisruptionBudget: how many pods may be evicted at the same time."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.rbac_rules import any_name
from runner.practice.kinds.scaling_rules import disruption_budget
from runner.practice.kinds.status_rules import counts
from runner.practice.kinds.workload_columns import parts
from runner.practice.machinery.kind import FOREVER, STATUS, Kind, Version
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    name, spec, status = parts(obj)
    limits = [str(spec[f]) if f in spec else "N/A" for f in ("minAvailable", "maxUnavailable")]
    return [name, *limits, status.get("disruptionsAllowed", 0), view.age(obj)]


def initial_status(obj: Object) -> Object:
    return {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0}


POD_DISRUPTION_BUDGET = Kind(
    group="policy",
    name="PodDisruptionBudget",
    plural="poddisruptionbudgets",
    versions=(Version("v1", since=21), Version("v1beta1", until=24, deprecated=21)),
    short_names=("pdb",),
    subresources=(STATUS,),
    initial_status=initial_status,
    name_rule=any_name,
    validate=disruption_budget,
    validate_status=counts,
    versioned_updates_until=FOREVER,
    generation_since=0,
    printer=printer(cells, "Name", "Min Available", "Max Unavailable", "Allowed Disruptions:integer", "Age"),
)
