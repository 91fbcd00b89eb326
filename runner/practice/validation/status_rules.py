"""Rules of statuses, which are written at an endpoint of their own."""

from __future__ import annotations

from runner.practice.kinds.definition_rules import definition_names
from runner.practice.kinds.resource_rules import quantity, quota_name
from runner.practice.machinery.errors import invalid
from runner.practice.machinery.validation.field_table import kind_of
from runner.practice.machinery.validation.problems import Object, Problems

_AT_MOST_REPLICAS = {
    "deployments.apps": ("updatedReplicas", "readyReplicas", "availableReplicas"),
    "replicasets.apps": ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    "replicationcontrollers": ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    "statefulsets.apps": ("readyReplicas", "currentReplicas", "updatedReplicas"),
}
_COUNTED = (
    *_AT_MOST_REPLICAS,
    "daemonsets.apps",
    "horizontalpodautoscalers.autoscaling",
    "jobs.batch",
    "poddisruptionbudgets.policy",
)


def validate_status(resource: str, obj: Object, minor: int) -> None:
    """Raises ApiError (422) where an object's status is none that a controller could have told."""
    problems = Problems(minor)
    status = obj.get("status") or {}
    if resource in _COUNTED:
        _counts(problems, resource, status)
    elif resource == "resourcequotas":
        _quota(problems, status)
    elif resource == "customresourcedefinitions.apiextensions.k8s.io":
        definition_names(problems, "status.acceptedNames", status.get("acceptedNames") or {})
        if not status.get("storedVersions"):
            problems.invalid("status.storedVersions", "[]", "must have at least one stored version")
    elif resource.endswith(".flowcontrol.apiserver.k8s.io"):
        _conditions(problems, status)
    if problems.causes:
        group = resource.partition(".")[2]
        raise invalid(kind_of(resource), obj["metadata"].get("name", ""), problems.causes, group)


def _conditions(problems: Problems, status: Object) -> None:
    seen = set()
    for index, one in enumerate(status.get("conditions") or ()):
        at, kind = f"status.conditions[{index}]", one.get("type", "")
        if not kind:
            problems.required(f"{at}.type", "must not be empty")
        if kind in seen:
            problems.duplicate(f"{at}.type", kind)
        seen.add(kind)


def _counts(problems: Problems, resource: str, status: Object) -> None:
    for field, value in status.items():
        if isinstance(value, int) and not isinstance(value, bool):
            problems.not_negative(f"status.{field}", value)
    for field in _AT_MOST_REPLICAS.get(resource, ()):
        if status.get(field, 0) > status.get("replicas", 0):
            problems.invalid(f"status.{field}", status[field], "cannot be greater than status.replicas")
    ready, available = status.get("readyReplicas", 0), status.get("availableReplicas", 0)
    if resource in _AT_MOST_REPLICAS and available > ready:
        problems.invalid("status.availableReplicas", available, "cannot be greater than readyReplicas")


def _quota(problems: Problems, status: Object) -> None:
    for side in ("hard", "used"):
        for name in sorted(status.get(side) or ()):
            quota_name(problems, f"status.{side}[{name}]", name)
            quantity(problems, f"status.{side}[{name}]", name, status[side][name])
