"""PersistentVolumeClaim: a request for storage."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.quota_usage import ONE
from runner.practice.kinds.storage_columns import access_modes, phase, storage_class_of
from runner.practice.kinds.storage_rules import claim
from runner.practice.machinery.kind import STATUS, Kind
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.tables.cells import UNSET
from runner.practice.machinery.tables.columns import Object, View, printer

SOURCES = (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, volumeMode="Filesystem", resources={})
    source = spec.get("dataSource") or {}
    if (
        source
        and (source.get("apiGroup") or "", source.get("kind")) not in SOURCES
        and not spec.get("dataSourceRef")
    ):
        del spec["dataSource"]  # the real server drops what it can't make a volume of


def cells(obj: Object, view: View) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    bound = bool(spec.get("volumeName"))
    return [
        obj["metadata"]["name"],
        phase(obj),
        spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        access_modes(status.get("accessModes")) if bound else "",
        storage_class_of(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        view.age(obj),
        spec.get("volumeMode") or UNSET,
    ]


def quota_usage(obj: Object) -> dict[str, Fraction]:
    """The storage that it asks for, and both once more by the name of its class."""
    spec = obj.get("spec") or {}
    asked = ((spec.get("resources") or {}).get("requests") or {}).get("storage", "0")
    found = {"persistentvolumeclaims": ONE, "requests.storage": quantity(str(asked))}
    name = spec.get("storageClassName")
    by_class = {f"{name}.storageclass.storage.k8s.io/{what}": amount for what, amount in found.items()}
    return {**found, **(by_class if name else {})}


PERSISTENT_VOLUME_CLAIM = Kind(
    group="",
    name="PersistentVolumeClaim",
    plural="persistentvolumeclaims",
    returns_deleted=True,
    quota_usage=quota_usage,
    short_names=("pvc",),
    subresources=(STATUS,),
    set_defaults=set_defaults,
    initial_status=lambda obj: {"phase": "Pending"},
    validate=claim,
    printer=printer(
        cells,
        "Name",
        "Status",
        "Volume",
        "Capacity",
        "Access Modes",
        "StorageClass",
        "VolumeAttributesClass@29",
        "Age",
        wide=("VolumeMode",),
    ),
)
