"""PersistentVolumeClaims: bound to a volume that fits, or to one that is made for them."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import going, name_of, uid_of
from runner.practice.kinds.storage_rules import LATE_CLASS_SINCE
from runner.practice.kinds.storageclass_kind import default_class
from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Change, Key, Object, key_of

CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
SOURCE = Source("persistentvolume-controller")


@enter
class Volumes(Controller):
    """Binds claims; a volume whose claim is gone goes too, or is released."""

    account = "persistent-volume-binder"
    watches = frozenset({CLAIMS, VOLUMES, CLASSES})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == CLAIMS and change.type != "DELETED":
            return [change.key]
        if change.key.resource == CLAIMS:
            name = change.object["spec"].get("volumeName")
            return [Key(VOLUMES, "", name)] if name else ()
        waiting = [key_of(CLAIMS, claim) for claim in self.store.list(CLAIMS) if not _bound(claim)]
        own = [change.key] if change.key.resource == VOLUMES and change.type != "DELETED" else []
        return [*own, *waiting]

    def reconcile(self, key: Key) -> None:
        obj = self.store.get(key)
        if obj is None or going(obj):
            return
        if key.resource == VOLUMES:
            self._look_at_volume(key, obj)
        elif not _bound(obj):
            self._bind(key, obj)

    def _look_at_volume(self, key: Key, volume: Object) -> None:
        ref = volume["spec"].get("claimRef")
        if not ref:
            self._set_phase(key, "Available")
            return
        claim = self.store.get(Key(CLAIMS, ref.get("namespace", ""), ref.get("name", "")))
        if claim is not None and ref.get("uid") in (None, uid_of(claim)):
            return
        if ref.get("uid") is None:
            self._set_phase(key, "Available")
        elif volume["spec"].get("persistentVolumeReclaimPolicy", "Retain") == "Delete":
            self.store.delete(key)
        else:
            self._set_phase(key, "Released")

    def _set_phase(self, key: Key, phase: str) -> None:
        def change(obj: Object) -> Object:
            obj["status"] = {**obj.get("status", {}), "phase": phase}
            return obj

        self.cluster.change(key, change, status=True)

    def _bind(self, key: Key, claim: Object) -> None:
        chosen = self._class_of(claim)
        claim = self._with_class(key, claim, chosen)
        volume = self._fitting(claim)
        if volume is None:
            volume = self._provision(claim)
        if volume is None:
            return
        ref = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": key.namespace,
            "name": key.name,
        }
        ref |= {"uid": uid_of(claim), "resourceVersion": claim["metadata"]["resourceVersion"]}

        def take(obj: Object) -> Object:
            obj["spec"]["claimRef"] = ref
            return obj

        def choose(obj: Object) -> Object:
            obj["spec"]["volumeName"] = name_of(volume)
            notes = {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"}
            obj["metadata"]["annotations"] = {**(obj["metadata"].get("annotations") or {}), **notes}
            return obj

        def report(obj: Object) -> Object:
            obj["status"] = {
                "phase": "Bound",
                "accessModes": volume["spec"].get("accessModes") or [],
                "capacity": volume["spec"].get("capacity") or {},
            }
            return obj

        self.cluster.change(key_of(VOLUMES, volume), take)
        self._set_phase(key_of(VOLUMES, volume), "Bound")
        self.cluster.change(key, choose)
        self.cluster.change(key, report, status=True)

    def _class_of(self, claim: Object) -> str | None:
        """The storage class; None where the claim names none and gets none (admission has looked for the default)."""
        if "storageClassName" in claim["spec"]:
            return str(claim["spec"]["storageClassName"])
        if self.cluster.minor < LATE_CLASS_SINCE:
            return None
        found = default_class(self.store.list(CLASSES))
        return name_of(found) if found else None

    def _with_class(self, key: Key, claim: Object, chosen: str | None) -> Object:
        if chosen is None or "storageClassName" in claim["spec"]:
            return claim

        def change(obj: Object) -> Object:
            obj["spec"]["storageClassName"] = chosen
            return obj

        return self.cluster.change(key, change) or claim

    def _fitting(self, claim: Object) -> Object | None:
        """The smallest free volume of its class that has room, modes and labels."""
        spec = claim["spec"]
        wanted = quantity(_size(claim))
        fitting = []
        for volume in self.store.list(VOLUMES):
            has = volume["spec"]
            ref = has.get("claimRef")
            reserved = ref and (ref.get("namespace"), ref.get("name")) == (
                claim["metadata"]["namespace"],
                name_of(claim),
            )
            if spec.get("volumeName") == name_of(volume) or reserved:
                return volume
            if ref or spec.get("volumeName") or going(volume):
                continue
            size = quantity((has.get("capacity") or {}).get("storage", "0"))
            same_class = has.get("storageClassName", "") == spec.get("storageClassName", "")
            modes = set(spec.get("accessModes") or ()) <= set(has.get("accessModes") or ())
            labels = match_labels(spec.get("selector") or {}, volume["metadata"].get("labels") or {})
            if same_class and modes and labels and size >= wanted:
                fitting.append((size, name_of(volume), volume))
        return min(fitting)[2] if fitting else None

    def _provision(self, claim: Object) -> Object | None:
        """A volume made for the claim by its storage class."""
        name = claim["spec"].get("storageClassName", "")
        if claim["spec"].get("volumeName"):
            return None
        if not name:
            text = "no persistent volumes available for this claim and no storage class is set"
            self._report(claim, "Normal", "FailedBinding", text)
            return None
        chosen = self.store.get(Key(CLASSES, "", name))
        if chosen is None:
            self._report(
                claim, "Warning", "ProvisioningFailed", f'storageclass.storage.k8s.io "{name}" not found'
            )
            return None
        provisioner = chosen.get("provisioner", "")
        if provisioner == "kubernetes.io/no-provisioner":
            return None
        volume = self._new_volume(claim, name, provisioner, chosen)
        text = f"Successfully provisioned volume {name_of(volume)}"
        source = Source(provisioner)
        about = reference(claim, "v1", "PersistentVolumeClaim")
        self.cluster.recorder.emit(about, source, "Normal", "ProvisioningSucceeded", text)
        return volume

    def _new_volume(self, claim: Object, class_name: str, provisioner: str, chosen: Object) -> Object:
        name = f"pvc-{uid_of(claim)}"
        found = self.store.get(Key(VOLUMES, "", name))
        if found is not None:
            return found
        place = f"{name}_{claim['metadata']['namespace']}_{name_of(claim)}"
        meta = {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": provisioner}}
        spec = {
            "accessModes": list(claim["spec"].get("accessModes") or ["ReadWriteOnce"]),
            "capacity": {"storage": _size(claim)},
            "hostPath": {"path": f"/var/local-path-provisioner/{place}", "type": "DirectoryOrCreate"},
            "persistentVolumeReclaimPolicy": chosen.get("reclaimPolicy", "Delete"),
            "storageClassName": class_name,
            "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
        }
        made = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta, "spec": spec}
        return self.cluster.create(VOLUMES, made)

    def _report(self, claim: Object, kind: str, reason: str, message: str) -> None:
        about = reference(claim, "v1", "PersistentVolumeClaim")
        self.cluster.recorder.emit(about, SOURCE, kind, reason, message)


def _bound(claim: Object) -> bool:
    return bool(claim.get("status", {}).get("phase") == "Bound")


def _size(claim: Object) -> str:
    requested = (claim["spec"].get("resources") or {}).get("requests") or {}
    return str(requested.get("storage", "1Gi"))
