"""Node: a machine on which pods run."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds import cluster_rules
from runner.practice.machinery.kind import STATUS, Kind, SelectableField, Subresource
from runner.practice.machinery.patch.list_types import BY_TYPE, SET
from runner.practice.machinery.tables.cells import NONE, UNKNOWN
from runner.practice.machinery.tables.columns import Object, View, printer

ROLE = "node-role.kubernetes.io/"


def cells(obj: Object, view: View) -> list[Any]:
    meta, status = obj["metadata"], obj.get("status") or {}
    ready = next((c for c in status.get("conditions") or () if c.get("type") == "Ready"), None)
    words = ["Unknown" if ready is None else "Ready" if ready.get("status") == "True" else "NotReady"]
    if (obj.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    info = status.get("nodeInfo") or {}
    return [
        meta["name"],
        ",".join(words),
        _roles(meta.get("labels") or {}),
        view.age(obj),
        info.get("kubeletVersion", ""),
        _address(status, "InternalIP"),
        _address(status, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _roles(labels: Object) -> str:
    found = {label.removeprefix(ROLE) for label in labels if label.startswith(ROLE)} - {""}
    if labels.get("kubernetes.io/role"):
        found.add(labels["kubernetes.io/role"])
    return ",".join(sorted(found)) or NONE


def _address(status: Object, kind: str) -> str:
    return next((a["address"] for a in status.get("addresses") or () if a.get("type") == kind), NONE)


NODE = Kind(
    group="",
    name="Node",
    plural="nodes",
    short_names=("no",),
    namespaced=False,
    subresources=(
        Subresource(
            "proxy",
            verbs=("create", "delete", "get", "patch", "update"),
            kind="NodeProxyOptions",
            takes_path=True,
        ),
        STATUS,
    ),
    validate=cluster_rules.node,
    created_with_status=True,
    printer=printer(
        cells,
        "Name",
        "Status",
        "Roles",
        "Age",
        "Version",
        wide=("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime"),
    ),
    selectable_fields=(SelectableField("spec.unschedulable", unset="false"),),
    list_types={("status", "addresses"): BY_TYPE, ("spec", "podCIDRs"): SET},
)
