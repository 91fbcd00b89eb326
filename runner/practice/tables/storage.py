"""Tables of volumes, their claims and classes."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.tables.cells import UNSET
from runner.practice.machinery.tables.columns import Object, Printer, View, printer

_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def _modes(found: Any) -> str:
    return ",".join(short for mode, short in _MODES.items() if mode in (found or ()))


def _phase(obj: Object) -> str:
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    return str((obj.get("status") or {}).get("phase", ""))


def claim(obj: Object, view: View) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    bound = bool(spec.get("volumeName"))
    return [
        obj["metadata"]["name"],
        _phase(obj),
        spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        _modes(status.get("accessModes")) if bound else "",
        _class(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        view.age(obj),
        spec.get("volumeMode") or UNSET,
    ]


def _class(obj: Object) -> str:
    beta = (obj["metadata"].get("annotations") or {}).get("volume.beta.kubernetes.io/storage-class")
    return str(beta or (obj.get("spec") or {}).get("storageClassName") or "")


def volume(obj: Object, view: View) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    owner = spec.get("claimRef")
    return [
        obj["metadata"]["name"],
        (spec.get("capacity") or {}).get("storage", "0"),
        _modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        _phase(obj),
        f"{owner.get('namespace', '')}/{owner.get('name', '')}" if owner else "",
        _class(obj),
        spec.get("volumeAttributesClassName") or UNSET,
        status.get("reason", ""),
        view.age(obj),
        spec.get("volumeMode") or UNSET,
    ]


def storage_class(obj: Object, view: View) -> list[Any]:
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


def driver(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    audiences = [one.get("audience", "") for one in spec.get("tokenRequests") or ()]
    return [
        obj["metadata"]["name"],
        spec.get("attachRequired", True),
        spec.get("podInfoOnMount", False),
        spec.get("storageCapacity", False),
        ",".join(audiences) or UNSET,
        spec.get("requiresRepublish", False),
        ",".join(spec.get("volumeLifecycleModes") or ()) or "<none>",
        view.age(obj),
    ]


def driver_node(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], len((obj.get("spec") or {}).get("drivers") or ()), view.age(obj)]


def attachment(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    return [
        obj["metadata"]["name"],
        spec.get("attacher", ""),
        (spec.get("source") or {}).get("persistentVolumeName") or "",
        spec.get("nodeName", ""),
        bool((obj.get("status") or {}).get("attached")),
        view.age(obj),
    ]


PRINTERS: dict[str, Printer] = {
    "persistentvolumeclaims": printer(
        claim,
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
    "persistentvolumes": printer(
        volume,
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
    "storageclasses.storage.k8s.io": printer(
        storage_class,
        "Name",
        "Provisioner",
        "ReclaimPolicy",
        "VolumeBindingMode",
        "AllowVolumeExpansion",
        "Age",
    ),
    "csidrivers.storage.k8s.io": printer(
        driver,
        "Name",
        "AttachRequired:boolean",
        "PodInfoOnMount:boolean",
        "StorageCapacity:boolean@21",
        "TokenRequests@21",
        "RequiresRepublish:boolean@21",
        "Modes",
        "Age",
    ),
    "csinodes.storage.k8s.io": printer(driver_node, "Name", "Drivers:integer", "Age"),
    "volumeattachments.storage.k8s.io": printer(
        attachment, "Name", "Attacher", "PV", "Node", "Attached:boolean", "Age"
    ),
}
