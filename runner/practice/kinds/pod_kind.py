"""Pod: containers that run together on a node."""

from __future__ import annotations

from runner.practice.kinds import pod_quota
from runner.practice.kinds.default_values import fill
from runner.practice.kinds.pod_columns import POD_PRINTER
from runner.practice.kinds.pod_lists import POD_LISTS
from runner.practice.kinds.pod_spec_defaults import pod_spec_defaults
from runner.practice.kinds.pod_spec_rules import pod_spec, pod_update
from runner.practice.machinery.kind import STATUS, Kind, SelectableField, Subresource
from runner.practice.machinery.store import timestamp
from runner.practice.machinery.tables.columns import Object
from runner.practice.machinery.validation.problems import Problems


def set_defaults(obj: Object, minor: int) -> None:
    """A pod itself: what templates do not get as well."""
    spec = obj.setdefault("spec", {})
    fill(spec, enableServiceLinks=True)
    for container in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]:
        resources = container.get("resources") or {}
        for name, value in (resources.get("limits") or {}).items():
            resources.setdefault("requests", {}).setdefault(name, value)
    pod_spec_defaults(spec)


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    if old is None:
        pod_spec(problems, "spec", spec)
        for index, one in enumerate(spec.get("containers") or ()):
            if one.get("image", "") != one.get("image", "").strip():
                field = f"spec.containers[{index}].image"
                problems.invalid(field, one["image"], "must not have leading or trailing whitespace")
    else:
        for kind in ("containers", "initContainers"):
            for index, one in enumerate(spec.get(kind) or ()):
                if not one.get("image"):
                    problems.required(f"spec.{kind}[{index}].image")
        pod_update(problems, spec, old.get("spec") or {})


def qos_class(spec: Object) -> str:
    """Guaranteed, Burstable or BestEffort, from the containers' requests and limits of cpu and memory."""
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    seen, guaranteed = False, True
    for container in containers:
        resources = container.get("resources") or {}
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        for name in ("cpu", "memory"):
            if name in limits or name in requests:
                seen = True
            if name not in limits or requests.get(name, limits.get(name)) != limits.get(name):
                guaranteed = False
    if not seen:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def initial_status(obj: Object) -> Object:
    spec = obj.get("spec") or {}
    status: Object = {"phase": "Pending", "qosClass": qos_class(spec)}
    if spec.get("schedulingGates"):
        gated = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
            "lastProbeTime": None,
            "lastTransitionTime": timestamp(),
        }
        status["conditions"] = [gated]
    return status


def grace_seconds(obj: Object, asked: int | None) -> int:
    """Pods that were given to a node, and have not ended, end within their grace period."""
    spec = obj.get("spec", {})
    if not spec.get("nodeName") or obj.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    if asked is not None:
        return max(asked, 0)
    kept = spec.get("terminationGracePeriodSeconds")
    return 30 if kept is None else max(int(kept), 0)


POD = Kind(
    group="",
    name="Pod",
    plural="pods",
    quota_usage=pod_quota.usage,
    in_quota_scope=pod_quota.in_scope,
    short_names=("po",),
    categories=("all",),
    subresources=(
        Subresource("attach", verbs=("create", "get"), kind="PodAttachOptions"),
        Subresource("binding", verbs=("create",), kind="Binding", decided=True),
        Subresource("ephemeralcontainers", since=23),
        Subresource(
            "eviction", verbs=("create",), kind="Eviction", group="policy", version="v1beta1", until=21
        ),
        Subresource("eviction", verbs=("create",), kind="Eviction", group="policy", version="v1", since=22),
        Subresource("exec", verbs=("create", "get"), kind="PodExecOptions"),
        Subresource("log", verbs=("get",)),
        Subresource("portforward", verbs=("create", "get"), kind="PodPortForwardOptions"),
        Subresource(
            "proxy",
            verbs=("create", "delete", "get", "patch", "update"),
            kind="PodProxyOptions",
            takes_path=True,
        ),
        Subresource("resize", since=32),
        STATUS,
    ),
    set_defaults=set_defaults,
    initial_status=initial_status,
    validate=validate,
    grace_seconds=grace_seconds,
    returns_deleted=True,
    printer=POD_PRINTER,
    selectable_fields=(
        SelectableField("spec.nodeName"),
        SelectableField("spec.restartPolicy"),
        SelectableField("spec.schedulerName"),
        SelectableField("spec.serviceAccountName"),
        SelectableField("spec.hostNetwork", unset="false"),
        SelectableField("status.phase"),
        SelectableField("status.podIP"),
        SelectableField("status.nominatedNodeName"),
    ),
    list_types=POD_LISTS,
    retain_keys=(("spec", "volumes"),),
)
