"""APIService: which server serves a version of a group."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.webhook_rules import api_service
from runner.practice.machinery.kind import FOREVER, STATUS, Kind, Version
from runner.practice.machinery.store import timestamp
from runner.practice.machinery.tables.columns import Object, View, printer


def set_defaults(obj: Object, minor: int) -> None:
    found = obj.setdefault("spec", {}).get("service")
    if found:
        fill(found, port=443)


def cells(obj: Object, view: View) -> list[Any]:
    service = (obj.get("spec") or {}).get("service")
    place = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    conditions = (obj.get("status") or {}).get("conditions") or ()
    available = next((c for c in conditions if c.get("type") == "Available"), {"status": "Unknown"})
    shown = available.get("status", "")
    if shown != "True":
        shown = f"{shown} ({available.get('reason', '')})" if available.get("reason") else shown
    return [obj["metadata"]["name"], place, shown, view.age(obj)]


AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged"


def local_service(group: str, version: str, minimum: int, priority: int, *, managed: str) -> Object:
    """Of a version that the server itself serves. `managed`: "onstart", or "true" for as long as it is served."""
    spec = {
        **({"group": group} if group else {}),
        "groupPriorityMinimum": minimum,
        "version": version,
        "versionPriority": priority,
    }
    meta = {"name": f"{version}.{group}", "labels": {AUTOMANAGED: managed}}
    return {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": meta, "spec": spec}


def available(service: Object) -> Object:
    """With the status of one that the server itself serves."""
    condition = {
        "lastTransitionTime": timestamp(),
        "message": "Local APIServices are always available",
        "reason": "Local",
        "status": "True",
        "type": "Available",
    }
    return {**service, "status": {"conditions": [condition]}}


API_SERVICE = Kind(
    group="apiregistration.k8s.io",
    name="APIService",
    plural="apiservices",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    categories=("api-extensions",),
    namespaced=False,
    subresources=(STATUS,),
    set_defaults=set_defaults,
    validate=api_service,
    versioned_updates_until=FOREVER,
    printer=printer(cells, "Name", "Service", "Available", "Age"),
)
