"""CSIDriver: what a storage driver can do."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.storage_rules import csi_driver
from runner.practice.machinery.kind import FOREVER, Kind, Version
from runner.practice.machinery.tables.cells import UNSET
from runner.practice.machinery.tables.columns import Object, View, printer


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, attachRequired=True, podInfoOnMount=False, volumeLifecycleModes=["Persistent"])
    if minor >= 21:
        fill(spec, storageCapacity=False, requiresRepublish=False)
    if minor >= 20:
        fill(spec, fsGroupPolicy="ReadWriteOnceWithFSType")


def cells(obj: Object, view: View) -> list[Any]:
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


CSI_DRIVER = Kind(
    group="storage.k8s.io",
    name="CSIDriver",
    plural="csidrivers",
    returns_deleted=True,
    versions=(Version("v1"), Version("v1beta1", until=21)),
    namespaced=False,
    set_defaults=set_defaults,
    validate=csi_driver,
    versioned_updates_until=FOREVER,
    printer=printer(
        cells,
        "Name",
        "AttachRequired:boolean",
        "PodInfoOnMount:boolean",
        "StorageCapacity:boolean@21",
        "TokenRequests@21",
        "RequiresRepublish:boolean@21",
        "Modes",
        "Age",
    ),
)
