"""Cells that claims and volumes share."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.tables.columns import Object

_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def access_modes(found: Any) -> str:
    return ",".join(short for mode, short in _MODES.items() if mode in (found or ()))


def phase(obj: Object) -> str:
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    return str((obj.get("status") or {}).get("phase", ""))


def storage_class_of(obj: Object) -> str:
    beta = (obj["metadata"].get("annotations") or {}).get("volume.beta.kubernetes.io/storage-class")
    return str(beta or (obj.get("spec") or {}).get("storageClassName") or "")
