"""Rules of statuses, which are written at an endpoint of their own."""

from __future__ import annotations

from collections.abc import Callable

from runner.practice.kinds.definition_rules import definition_names
from runner.practice.kinds.resource_rules import quantity, quota_name
from runner.practice.machinery.validation.problems import Object, Problems


def counts(problems: Problems, obj: Object) -> None:
    """No number is negative."""
    for field, value in (obj.get("status") or {}).items():
        if isinstance(value, int) and not isinstance(value, bool):
            problems.not_negative(f"status.{field}", value)


def replica_counts(*fields: str) -> Callable[[Problems, Object], None]:
    """`fields` are at most status.replicas."""

    def check(problems: Problems, obj: Object) -> None:
        counts(problems, obj)
        status = obj.get("status") or {}
        for field in fields:
            if status.get(field, 0) > status.get("replicas", 0):
                problems.invalid(f"status.{field}", status[field], "cannot be greater than status.replicas")
        ready, available = status.get("readyReplicas", 0), status.get("availableReplicas", 0)
        if available > ready:
            problems.invalid("status.availableReplicas", available, "cannot be greater than readyReplicas")

    return check


def quota_status(problems: Problems, obj: Object) -> None:
    status = obj.get("status") or {}
    for side in ("hard", "used"):
        for name in sorted(status.get(side) or ()):
            quota_name(problems, f"status.{side}[{name}]", name)
            quantity(problems, f"status.{side}[{name}]", name, status[side][name])


def definition_status(problems: Problems, obj: Object) -> None:
    status = obj.get("status") or {}
    definition_names(problems, "status.acceptedNames", status.get("acceptedNames") or {})
    if not status.get("storedVersions"):
        problems.invalid("status.storedVersions", "[]", "must have at least one stored version")


def condition_types(problems: Problems, obj: Object) -> None:
    """Each condition has a type, and no two the same."""
    seen = set()
    for index, one in enumerate((obj.get("status") or {}).get("conditions") or ()):
        at, kind = f"status.conditions[{index}]", one.get("type", "")
        if not kind:
            problems.required(f"{at}.type", "must not be empty")
        if kind in seen:
            problems.duplicate(f"{at}.type", kind)
        seen.add(kind)
