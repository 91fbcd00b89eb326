"""Deployment: pods and ReplicaSets, rolled out step by step."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.pod_lists import template_lists
from runner.practice.kinds.pod_spec_defaults import template_defaults
from runner.practice.kinds.scaling_rules import share
from runner.practice.kinds.status_rules import replica_counts
from runner.practice.kinds.workload_columns import PODS, parts, template_cells
from runner.practice.kinds.workload_rules import same_selector, workload
from runner.practice.machinery.kind import FOREVER, SCALE, STATUS, Kind
from runner.practice.machinery.tables.cells import selector
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.problems import Problems, Raw, int_or_string


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    strategy = spec["strategy"]
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy, rollingUpdate={})
        fill(strategy["rollingUpdate"], maxSurge="25%", maxUnavailable="25%")
    template_defaults(spec, minor)


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    workload(problems, spec, "deployment")
    strategy = spec.get("strategy") or {}
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind not in ("Recreate", "RollingUpdate"):
        message = Raw(
            f'apps.DeploymentStrategy{{Type:"{kind}", RollingUpdate:(*apps.RollingUpdateDeployment)(nil)}}'
        )
        problems.unsupported("spec.strategy", message, ("Recreate", "RollingUpdate"))
    elif kind == "Recreate" and rolling is not None:
        why = "may not be specified when strategy `type` is 'Recreate'"
        problems.forbidden("spec.strategy.rollingUpdate", why)
    elif rolling is not None:
        _rolling(problems, "spec.strategy.rollingUpdate", rolling)
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
    if isinstance(deadline, int) and deadline <= ready:
        problems.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
    same_selector(problems, spec, old)


def _rolling(problems: Problems, at: str, found: Object) -> None:
    share(problems, f"{at}.maxUnavailable", found.get("maxUnavailable", 0))
    share(problems, f"{at}.maxSurge", found.get("maxSurge", 0), whole=False)
    if {
        str(found.get(field, 0)).removesuffix("%").lstrip("0") for field in ("maxUnavailable", "maxSurge")
    } == {""}:
        message = int_or_string(found.get("maxUnavailable", 0))
        problems.invalid(f"{at}.maxUnavailable", message, "may not be 0 when `maxSurge` is 0")


def cells(obj: Object, view: View) -> list[Any]:
    name, spec, status = parts(obj)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    return [
        name,
        ready,
        updated,
        available,
        view.age(obj),
        *template_cells(spec),
        selector(spec.get("selector")),
    ]


REVISION = "deployment.kubernetes.io/revision"


def generation_counts(obj: Object) -> Object:
    """The annotations, but not the revision, which the controller writes."""
    annotations = obj["metadata"].get("annotations") or {}
    return {name: value for name, value in annotations.items() if name != REVISION}


DEPLOYMENT = Kind(
    group="apps",
    name="Deployment",
    plural="deployments",
    short_names=("deploy",),
    categories=("all",),
    subresources=(SCALE, STATUS),
    set_defaults=set_defaults,
    initial_status=lambda obj: {},
    validate=validate,
    validate_status=replica_counts("updatedReplicas", "readyReplicas", "availableReplicas"),
    generation_since=0,
    generation_counts=generation_counts,
    printer=printer(cells, "Name", "Ready", "Up-to-date", "Available", "Age", wide=PODS),
    list_types=template_lists("spec", "template"),
    retain_keys=(("spec", "strategy"),),
    required_in={("spec",): (35, FOREVER)},
)
