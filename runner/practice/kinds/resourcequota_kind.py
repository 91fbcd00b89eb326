"""ResourceQuota: how much of each resource a namespace may use."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.quota_usage import counted_as
from runner.practice.kinds.resource_rules import resource_quota
from runner.practice.kinds.status_rules import quota_status
from runner.practice.machinery.kind import STATUS, Kind
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    status = obj.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    shown: dict[bool, list[str]] = {False: [], True: []}
    for name in sorted(hard):
        shown[name.startswith("limits.")].append(f"{name}: {used.get(name, '0')}/{hard[name]}")
    return [obj["metadata"]["name"], view.age(obj), ", ".join(shown[False]), ", ".join(shown[True])]


RESOURCE_QUOTA = Kind(
    group="",
    name="ResourceQuota",
    plural="resourcequotas",
    returns_deleted=True,
    quota_usage=counted_as("resourcequotas"),
    short_names=("quota",),
    subresources=(STATUS,),
    validate=resource_quota,
    validate_status=quota_status,
    printer=printer(cells, "Name", "Age", "Request", "Limit"),
)
