"""ReplicationController: keeps a number of pods running. ReplicaSets came after it."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.pod_lists import template_lists
from runner.practice.kinds.pod_spec_defaults import template_defaults
from runner.practice.kinds.quota_usage import counted_as
from runner.practice.kinds.status_rules import replica_counts
from runner.practice.kinds.workload_columns import PODS, REPLICAS, parts, template_cells
from runner.practice.kinds.workload_rules import runs_on, template
from runner.practice.machinery.kind import SCALE, STATUS, Kind, SelectableField
from runner.practice.machinery.tables.cells import labels
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.problems import Problems, Raw


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels:
        fill(spec, selector=dict(labels))
        if not obj["metadata"].get("labels"):
            obj["metadata"]["labels"] = dict(labels)
    fill(spec, replicas=1)
    if spec.get("template"):
        template_defaults(spec, minor)


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    for field in ("minReadySeconds", "replicas"):
        problems.not_negative(f"spec.{field}", spec.get(field))
    found, inner = spec.get("selector") or {}, spec.get("template")
    if not found:
        problems.required("spec.selector")
    if inner is None:
        problems.required("spec.template")
        return
    labels = (inner.get("metadata") or {}).get("labels") or {}
    if found and any(labels.get(key) != value for key, value in found.items()):
        value = labels or Raw("map[string]string(nil)")
        problems.invalid(
            "spec.template.metadata.labels", value, "`selector` does not match template `labels`"
        )
    template(problems, "spec.template", inner)
    runs_on(problems, "spec.template.spec", inner)


def cells(obj: Object, view: View) -> list[Any]:
    name, spec, status = parts(obj)
    counts = [spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [name, *counts, view.age(obj), *template_cells(spec), labels(spec.get("selector"))]


REPLICATION_CONTROLLER = Kind(
    group="",
    name="ReplicationController",
    plural="replicationcontrollers",
    quota_usage=counted_as("replicationcontrollers"),
    short_names=("rc",),
    categories=("all",),
    subresources=(SCALE, STATUS),
    set_defaults=set_defaults,
    validate=validate,
    validate_status=replica_counts("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    generation_since=0,
    default_propagation="Orphan",
    printer=printer(cells, *REPLICAS, wide=PODS),
    selectable_fields=(SelectableField("status.replicas", unset="0"),),
    list_types=template_lists("spec", "template"),
    plain_selector=True,
)
