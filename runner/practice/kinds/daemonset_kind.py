"""DaemonSet: a pod on each node."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.pod_lists import template_lists
from runner.practice.kinds.pod_spec_defaults import template_defaults
from runner.practice.kinds.scaling_rules import share
from runner.practice.kinds.status_rules import counts
from runner.practice.kinds.workload_columns import PODS, parts, template_cells
from runner.practice.kinds.workload_rules import same_selector, workload
from runner.practice.machinery.kind import FOREVER, STATUS, Kind
from runner.practice.machinery.tables.cells import labels, selector
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.problems import Problems, int_or_string


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, revisionHistoryLimit=10, updateStrategy={})
    strategy = spec["updateStrategy"]
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy, rollingUpdate={})
        fill(strategy["rollingUpdate"], maxUnavailable=1)
        if minor >= 22:
            fill(strategy["rollingUpdate"], maxSurge=0)
    template_defaults(spec, minor)


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    workload(problems, spec, "daemonset")
    strategy = spec.get("updateStrategy") or {}
    kind = strategy.get("type")
    if kind not in ("OnDelete", "RollingUpdate"):
        problems.unsupported("spec.updateStrategy", kind, ("RollingUpdate", "OnDelete"))
    elif kind == "RollingUpdate":
        _daemons_rolling(problems, "spec.updateStrategy.rollingUpdate", strategy.get("rollingUpdate"))
    same_selector(problems, spec, old)


def _daemons_rolling(problems: Problems, at: str, found: Object | None) -> None:
    if found is None:
        problems.required(at)
        return
    share(problems, f"{at}.maxUnavailable", found.get("maxUnavailable", 0))
    share(problems, f"{at}.maxSurge", found.get("maxSurge", 0))
    unavailable, surge = (
        str(found.get(field, 0)).removesuffix("%").lstrip("0") for field in ("maxUnavailable", "maxSurge")
    )
    if not unavailable and not surge:
        if problems.minor < 22:
            problems.invalid(
                f"{at}.maxUnavailable", int_or_string(found.get("maxUnavailable", 0)), "cannot be 0"
            )
        else:
            problems.required(f"{at}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def cells(obj: Object, view: View) -> list[Any]:
    name, spec, status = parts(obj)
    counted = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    nodes = labels(((spec.get("template") or {}).get("spec") or {}).get("nodeSelector"))
    counts = [status.get(field, 0) for field in counted]
    return [name, *counts, nodes, view.age(obj), *template_cells(spec), selector(spec.get("selector"))]


TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def prepare_for_create(obj: Object, minor: int) -> Object:
    return _with_generation(obj, "1")


def prepare_for_update(obj: Object, old: Object) -> Object:
    """The annotation still counts the templates; clients can't change it."""
    count = (old["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "1")
    if any(obj["spec"].get(part) != old["spec"].get(part) for part in ("template", "updateStrategy")):
        count = str(int(count) + 1)
    return _with_generation(obj, count)


def _with_generation(obj: Object, count: str) -> Object:
    annotations = {**(obj["metadata"].get("annotations") or {}), TEMPLATE_GENERATION: count}
    return {**obj, "metadata": {**obj["metadata"], "annotations": annotations}}


def initial_status(obj: Object) -> Object:
    counted = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
    return dict.fromkeys(counted, 0)


DAEMON_SET = Kind(
    group="apps",
    name="DaemonSet",
    plural="daemonsets",
    short_names=("ds",),
    categories=("all",),
    subresources=(STATUS,),
    set_defaults=set_defaults,
    prepare_for_create=prepare_for_create,
    prepare_for_update=prepare_for_update,
    initial_status=initial_status,
    validate=validate,
    validate_status=counts,
    generation_since=0,
    printer=printer(
        cells,
        "Name",
        "Desired:integer",
        "Current:integer",
        "Ready:integer",
        "Up-to-date:integer",
        "Available:integer",
        "Node Selector",
        "Age",
        wide=PODS,
    ),
    list_types=template_lists("spec", "template"),
    required_in={("spec",): (35, FOREVER)},
)
