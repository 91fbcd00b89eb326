"""DefaultStorageClass: a claim that names no class gets the cluster's default one."""

from __future__ import annotations

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.kinds.storageclass_kind import STORAGE_CLASS, default_class, is_default
from runner.practice.machinery.admission_request import Request

IN_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
NEWEST_SINCE = 26
"""The minor since which several default classes are no mistake."""


@enter
class DefaultStorageClass(Plugin):
    """ "" is a class, too: none. A claim from before there was a default one is the volume controller's."""

    name = "DefaultStorageClass"
    resources = frozenset({"persistentvolumeclaims"})

    def admit(self, request: Request) -> None:
        if request.operation != "CREATE":  # a deletion has no object
            return
        spec = request.object.get("spec") or {}
        named = IN_ANNOTATION in (request.object["metadata"].get("annotations") or {})
        if named or spec.get("storageClassName") is not None:
            return
        classes = [one for one in request.store.list(STORAGE_CLASS.key) if is_default(one)]
        if len(classes) > 1 and request.minor < NEWEST_SINCE:
            why = f"Internal error occurred: {len(classes)} default StorageClasses were found"
            raise request.forbidden(why)
        chosen = default_class(classes)
        if chosen is not None:
            spec = {**spec, "storageClassName": chosen["metadata"]["name"]}
            request.object = {**request.object, "spec": spec}
