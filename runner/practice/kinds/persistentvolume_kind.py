"""PersistentVolume: a piece of storage in the cluster."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.storage_columns import access_modes, phase, storage_class_of
from runner.practice.kinds.storage_rules import volume
from runner.practice.machinery.kind import STATUS, Kind
from runner.practice.machinery.tables.cells import UNSET
from runner.practice.machinery.tables.columns import Object, View, printer


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    if spec.get("hostPath") is not None:
        fill(spec["hostPath"], type="")


def cells(obj: Object, view: View) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    owner = spec.get("claimRef")
    return [
        obj["metadata"]["name"],
        (spec.get("capacity") or {}).get("storage", "0"),
        access_modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        phase(obj),
        f"{owner.get('namespace', '')}/{owner.get('name', '')}" if owner else "",
        storage_class_of(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        status.get("reason", ""),
        view.age(obj),
        spec.get("volumeMode") or UNSET,
    ]


PERSISTENT_VOLUME = Kind(
    group="",
    name="PersistentVolume",
    plural="persistentvolumes",
    returns_deleted=True,
    short_names=("pv",),
    namespaced=False,
    subresources=(STATUS,),
    set_defaults=set_defaults,
    initial_status=lambda obj: {"phase": "Pending"},
    validate=volume,
    printer=printer(
        cells,
        "Name",
        "Capacity",
        "Access Modes",
        "Reclaim Policy",
        "Status",
        "Claim",
        "StorageClass",
        "VolumeAttributesClass@29",
        "Reason",
        "Age",
        wide=("VolumeMode",),
    ),
)
