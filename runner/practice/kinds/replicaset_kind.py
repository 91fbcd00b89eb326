"""ReplicaSet: keeps a number of pods running."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.pod_lists import template_lists
from runner.practice.kinds.pod_spec_defaults import template_defaults
from runner.practice.kinds.status_rules import replica_counts
from runner.practice.kinds.workload_columns import PODS, REPLICAS, parts, template_cells
from runner.practice.kinds.workload_rules import same_selector, workload
from runner.practice.machinery.kind import FOREVER, SCALE, STATUS, Kind, SelectableField
from runner.practice.machinery.tables.cells import selector
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.problems import Problems


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, replicas=1)
    if spec.get("template"):
        template_defaults(spec, minor)


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    workload(problems, obj.get("spec") or {}, "deployment")
    same_selector(problems, obj.get("spec") or {}, old)


def cells(obj: Object, view: View) -> list[Any]:
    name, spec, status = parts(obj)
    counts = [spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [name, *counts, view.age(obj), *template_cells(spec), selector(spec.get("selector"))]


REPLICA_SET = Kind(
    group="apps",
    name="ReplicaSet",
    plural="replicasets",
    short_names=("rs",),
    categories=("all",),
    subresources=(SCALE, STATUS),
    set_defaults=set_defaults,
    initial_status=lambda obj: {"replicas": 0},
    validate=validate,
    validate_status=replica_counts("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    generation_since=0,
    printer=printer(cells, *REPLICAS, wide=PODS),
    selectable_fields=(SelectableField("status.replicas", unset="0"),),
    list_types=template_lists("spec", "template"),
    required_in={("spec",): (35, FOREVER)},
)
