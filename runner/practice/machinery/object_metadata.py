"""Metadata that the server controls: what no client can change, and the finalizers that a deletion adds."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
SERVER_OWNED = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "namespace",
    "name",
)


def keep_metadata(new: Object, old: Object) -> None:
    """Fields of metadata that no client can change."""
    meta = new["metadata"]
    for name in (*SERVER_OWNED, "generation", "resourceVersion", "generateName"):
        meta.pop(name, None)
        if name in old["metadata"]:
            meta[name] = old["metadata"][name]
    for name in ("labels", "annotations", "finalizers", "ownerReferences", "managedFields"):
        if name in meta and not meta[name]:
            del meta[name]
    meta.pop("selfLink", None)


def set_propagation(meta: Object, propagation: str, *, first: bool) -> None:
    """The finalizers that ask the garbage collector to delete dependents first, or to let them go."""
    if not first and propagation == "Background":
        return
    wanted = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(propagation)
    finalizers = [name for name in meta.get("finalizers") or () if name not in (FOREGROUND, ORPHAN)]
    if wanted:
        finalizers.append(wanted)
    meta.pop("finalizers", None)
    if finalizers:
        meta["finalizers"] = finalizers
