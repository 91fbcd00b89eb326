"""PriorityClass: how important a pod is."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.machinery.kind import Kind, Version
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.problems import Problems


def set_defaults(obj: Object, minor: int) -> None:
    fill(obj, preemptionPolicy="PreemptLowerPriority")
    obj.setdefault("value", 0)


SYSTEM_CLASSES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


HIGHEST_PRIORITY = 1_000_000_000


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    name, value = obj["metadata"].get("name", ""), obj.get("value", 0)
    if name.startswith("system-"):
        if (why := _not_of_the_system(obj, name)) is not None:
            problems.forbidden(
                "metadata.name",
                f"priority class names with 'system-' prefix are reserved for system use only. error: {why}",
            )
    elif value > HIGHEST_PRIORITY:
        problems.forbidden("value", f"maximum allowed value of a user defined priority is {HIGHEST_PRIORITY}")
    policies = ("PreemptLowerPriority", "Never")
    policy = obj.get("preemptionPolicy", policies[0])
    if policy not in policies:
        problems.unsupported("preemptionPolicy", policy, policies)
    if old is not None:
        if value != old.get("value", 0):
            problems.forbidden(
                "Value" if problems.minor < 23 else "value", "may not be changed in an update."
            )
        problems.immutable("preemptionPolicy", policy, old.get("preemptionPolicy", policies[0]))


def _not_of_the_system(obj: Object, name: str) -> str | None:
    if name not in SYSTEM_CLASSES:
        return f"{name} is not a known system priority class"
    if obj.get("value") != SYSTEM_CLASSES[name]:
        return f"value of {name} PriorityClass must be {SYSTEM_CLASSES[name]}"
    if obj.get("globalDefault"):
        return f"globalDefault of {name} PriorityClass must be false"
    return None


def cells(obj: Object, view: View) -> list[Any]:
    return [
        obj["metadata"]["name"],
        obj.get("value", 0),
        bool(obj.get("globalDefault")),
        view.age(obj),
        obj.get("preemptionPolicy", ""),
    ]


PRIORITY_CLASS = Kind(
    group="scheduling.k8s.io",
    name="PriorityClass",
    plural="priorityclasses",
    versions=(Version("v1"), Version("v1beta1", until=21, deprecated=14)),
    short_names=("pc",),
    namespaced=False,
    set_defaults=set_defaults,
    validate=validate,
    generation_since=0,
    printer=printer(cells, "Name", "Value:integer", "Global-Default:boolean", "Age", "PreemptionPolicy@32"),
    required_in={("value",): (0, 34)},
)
