"""StorageClass: a kind of storage that claims can ask for."""

from __future__ import annotations

from collections.abc import Iterable
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


def is_default(obj: Object) -> bool:
    """Whether claims that name no class get this one."""
    annotations = obj["metadata"].get("annotations") or {}
    return any(annotations.get(name) == "true" for name in _DEFAULT_CLASS)


def default_class(classes: Iterable[Object]) -> Object | None:
    """Of several default classes the newest, as since Kubernetes 1.26; of those of one second the first by name."""
    found = sorted((one for one in classes if is_default(one)), key=lambda one: str(one["metadata"]["name"]))
    return max(found, key=lambda one: str(one["metadata"]["creationTimestamp"]), default=None)


def cells(obj: Object, view: View) -> list[Any]:
    meta = obj["metadata"]
    return [
        f"{meta['name']} (default)" if is_default(obj) else meta["name"],
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
    returns_deleted=True,
    versions=(Version("v1"), Version("v1beta1", until=21)),
    short_names=("sc",),
    namespaced=False,
    set_defaults=set_defaults,
    validate=storage_class,
    printer=printer(
        cells, "Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"
    ),
)
