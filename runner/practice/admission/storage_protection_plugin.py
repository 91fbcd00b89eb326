"""StorageObjectInUseProtection: claims and volumes are held by a finalizer as long as they are in use."""

from __future__ import annotations

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.machinery.admission_request import Request

FINALIZERS = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
}


@enter
class StorageProtection(Plugin):
    """The controller of the same purpose takes the finalizer off again."""

    name = "StorageObjectInUseProtection"
    resources = frozenset(FINALIZERS)

    def admit(self, request: Request) -> None:
        if request.operation != "CREATE":
            return
        meta, finalizer = request.object["metadata"], FINALIZERS[request.resource]
        kept = meta.get("finalizers") or []
        if finalizer not in kept:
            request.object = {**request.object, "metadata": {**meta, "finalizers": [*kept, finalizer]}}
