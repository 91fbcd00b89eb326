"""StorageClass: a kind of storage that claims can ask for."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.storage_rules import storage_class
from runner.practice.machinery.kind import Kind, Version
from runner.practice.machinery.tables.columns import Object, View, printer


def set_defaults(obj: Object, minor: int) -> None:
    fill(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


_DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def cells(obj: Object, view: View) -> list[Any]:
    meta = obj["metadata"]
    annotations = meta.get("annotations") or {}
    default = any(annotations.get(name) == "true" for name in _DEFAULT_CLASS)
    return [
        f"{meta['name']} (default)" if default else meta["name"],
        obj.get("provisioner", ""),
        obj.get("reclaimPolicy") or "Delete",
        obj.get("volumeBindingMode") or "Immediate",
        bool(obj.get("allowVolumeExpansion")),
        view.age(obj),
    ]


STORAGE_CLASS = Kind(
    group="storage.k8s.io",
    name="StorageClass",
    plural="storageclasses",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    short_names=("sc",),
    namespaced=False,
    set_defaults=set_defaults,
    validate=storage_class,
    printer=printer(
        cells, "Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"
    ),
)
