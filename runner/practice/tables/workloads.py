"""Tables of what runs pods: deployments, sets, jobs, and what scales or guards them."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.tables.cells import (
    NONE,
    UNKNOWN,
    UNSET,
    ago,
    boolean,
    containers,
    labels,
    moment,
    selector,
)
from runner.practice.machinery.tables.columns import Object, Printer, View, printer

METRICS_SHOWN = 2
METRIC_NAMES = 30
"""The minor from which on a target of an autoscaler says what it measures."""


def _parts(obj: Object) -> tuple[str, Object, Object]:
    return obj["metadata"]["name"], obj.get("spec") or {}, obj.get("status") or {}


def _template(spec: Object) -> tuple[str, str]:
    return containers((spec.get("template") or {}).get("spec"))


def deployment(obj: Object, view: View) -> list[Any]:
    name, spec, status = _parts(obj)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    return [name, ready, updated, available, view.age(obj), *_template(spec), selector(spec.get("selector"))]


def replica_set(obj: Object, view: View) -> list[Any]:
    name, spec, status = _parts(obj)
    counts = [spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [name, *counts, view.age(obj), *_template(spec), selector(spec.get("selector"))]


def replication_controller(obj: Object, view: View) -> list[Any]:
    name, spec, status = _parts(obj)
    counts = [spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [name, *counts, view.age(obj), *_template(spec), labels(spec.get("selector"))]


def stateful_set(obj: Object, view: View) -> list[Any]:
    name, spec, status = _parts(obj)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [name, ready, view.age(obj), *_template(spec)]


def daemon_set(obj: Object, view: View) -> list[Any]:
    name, spec, status = _parts(obj)
    counted = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    nodes = labels(((spec.get("template") or {}).get("spec") or {}).get("nodeSelector"))
    counts = [status.get(field, 0) for field in counted]
    return [name, *counts, nodes, view.age(obj), *_template(spec), selector(spec.get("selector"))]


def job(obj: Object, view: View) -> list[Any]:
    name, spec, status = _parts(obj)
    done, wanted = status.get("succeeded", 0), spec.get("completions")
    parallel = spec.get("parallelism") or 0
    completions = f"{done}/{1 if wanted is None else wanted}"
    if wanted is None and parallel > 1:
        completions += f" of {parallel}"
    start, end = moment(status.get("startTime")), moment(status.get("completionTime"))
    took = ago((end or view.now) - start) if start else ""
    shown = [name, _job_status(obj), completions, took, view.age(obj)]
    return [*shown, *_template(spec), selector(spec.get("selector"))]


def _job_status(obj: Object) -> str:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    true = {c.get("type") for c in conditions if c.get("status") == "True"}
    for kind in ("Complete", "Failed"):
        if kind in true:
            return kind
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    return next(
        (kind for kind in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if kind in true), "Running"
    )


def cron_job(obj: Object, view: View) -> list[Any]:
    name, spec, status = _parts(obj)
    last = status.get("lastScheduleTime")
    inner = (spec.get("jobTemplate") or {}).get("spec") or {}
    return [
        name,
        spec.get("schedule", ""),
        spec.get("timeZone") or NONE,
        boolean(spec.get("suspend")),
        len(status.get("active") or ()),
        view.since(last) if last else NONE,
        view.age(obj),
        *_template(inner),
        selector(inner.get("selector")),
    ]


def autoscaler(obj: Object, view: View) -> list[Any]:
    name, spec, status = _parts(obj)
    target = spec.get("scaleTargetRef") or {}
    least = spec.get("minReplicas")
    return [
        name,
        f"{target.get('kind', '')}/{target.get('name', '')}",
        _targets(spec.get("metrics") or (), status.get("currentMetrics") or (), view),
        UNSET if least is None else str(least),
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        view.age(obj),
    ]


def _targets(wanted: Any, current: Any, view: View) -> str:
    if not wanted:
        return NONE
    told = []
    for index, metric in enumerate(wanted):
        told.append(_target(metric, current[index] if index < len(current) else {}, view))
    text = ", ".join(told[:METRICS_SHOWN])
    return f"{text} + {len(told) - METRICS_SHOWN} more..." if len(told) > METRICS_SHOWN else text


def _target(metric: Object, current: Object, view: View) -> str:
    side = metric.get("type", "")
    field = side[:1].lower() + side[1:]
    source, now = metric.get(field) or {}, (current.get(field) or {}).get("current") or {}
    target = source.get("target") or {}
    if "averageUtilization" in target:
        text = f"{_percent(now)}/{target['averageUtilization']}%"
    elif "averageValue" in target:
        average = " (avg)" if side in ("Object", "External") else ""
        text = f"{now.get('averageValue', UNKNOWN)}/{target['averageValue']}{average}"
    elif "value" in target:
        text = f"{now.get('value', UNKNOWN)}/{target['value']}"
    else:
        text = f"{_percent(now)}/<auto>"
    named = view.minor >= METRIC_NAMES and side in ("Resource", "ContainerResource")
    return f"{source.get('name', '')}: {text}" if named else text


def _percent(now: Object) -> str:
    return f"{now['averageUtilization']}%" if "averageUtilization" in now else UNKNOWN


def disruption_budget(obj: Object, view: View) -> list[Any]:
    name, spec, status = _parts(obj)
    limits = [str(spec[f]) if f in spec else "N/A" for f in ("minAvailable", "maxUnavailable")]
    return [name, *limits, status.get("disruptionsAllowed", 0), view.age(obj)]


def revision(obj: Object, view: View) -> list[Any]:
    owner = next((o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")), None)
    if owner is None:
        by = NONE
    else:
        group = owner.get("apiVersion", "").rpartition("/")[0]
        kind = owner.get("kind", "").lower()
        by = f"{kind}.{group}/{owner['name']}" if group else f"{kind}/{owner['name']}"
    return [obj["metadata"]["name"], by, obj.get("revision", 0), view.age(obj)]


def pod_template(obj: Object, view: View) -> list[Any]:
    template = obj.get("template") or {}
    shown = labels((template.get("metadata") or {}).get("labels"))
    return [obj["metadata"]["name"], *containers(template.get("spec")), shown]


_PODS = ("Containers", "Images", "Selector")
_REPLICAS = ("Name", "Desired:integer", "Current:integer", "Ready:integer", "Age")

PRINTERS: dict[str, Printer] = {
    "deployments.apps": printer(deployment, "Name", "Ready", "Up-to-date", "Available", "Age", wide=_PODS),
    "replicasets.apps": printer(replica_set, *_REPLICAS, wide=_PODS),
    "replicationcontrollers": printer(replication_controller, *_REPLICAS, wide=_PODS),
    "statefulsets.apps": printer(stateful_set, "Name", "Ready", "Age", wide=("Containers", "Images")),
    "daemonsets.apps": printer(
        daemon_set,
        "Name",
        "Desired:integer",
        "Current:integer",
        "Ready:integer",
        "Up-to-date:integer",
        "Available:integer",
        "Node Selector",
        "Age",
        wide=_PODS,
    ),
    "jobs.batch": printer(job, "Name", "Status@31", "Completions", "Duration", "Age", wide=_PODS),
    "cronjobs.batch": printer(
        cron_job,
        "Name",
        "Schedule",
        "Timezone@30",
        "Suspend:boolean",
        "Active:integer",
        "Last Schedule",
        "Age",
        wide=_PODS,
    ),
    "horizontalpodautoscalers.autoscaling": printer(
        autoscaler, "Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"
    ),
    "poddisruptionbudgets.policy": printer(
        disruption_budget, "Name", "Min Available", "Max Unavailable", "Allowed Disruptions:integer", "Age"
    ),
    "controllerrevisions.apps": printer(revision, "Name", "Controller", "Revision", "Age"),
    "podtemplates": printer(pod_template, "Name", "Containers", "Images", "Pod Labels"),
}
