"""VolumeAttachment: that a volume is to be attached to a node."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.storage_rules import attachment
from runner.practice.machinery.kind import FOREVER, STATUS, Kind, Version
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    return [
        obj["metadata"]["name"],
        spec.get("attacher", ""),
        (spec.get("source") or {}).get("persistentVolumeName") or "",
        spec.get("nodeName", ""),
        bool((obj.get("status") or {}).get("attached")),
        view.age(obj),
    ]


VOLUME_ATTACHMENT = Kind(
    group="storage.k8s.io",
    name="VolumeAttachment",
    plural="volumeattachments",
    returns_deleted=True,
    versions=(Version("v1"), Version("v1beta1", until=21)),
    namespaced=False,
    subresources=(STATUS,),
    validate=attachment,
    versioned_updates_until=FOREVER,
    printer=printer(cells, "Name", "Attacher", "PV", "Node", "Attached:boolean", "Age"),
)
