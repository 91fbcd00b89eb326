"""Volumes and claims that are in use stay until they are not (admission gave them the finalizers)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.object_helpers import going
from runner.practice.controllers.volume_controller import CLAIMS, VOLUMES
from runner.practice.machinery.store import Change, Key, Object

FINALIZERS = {CLAIMS: "kubernetes.io/pvc-protection", VOLUMES: "kubernetes.io/pv-protection"}
ENDED = ("Succeeded", "Failed")


@enter
class Protection(Controller):
    """Takes the finalizer off what is to be deleted once no pod, or no claim, has it any longer."""

    account = "pvc-protection-controller"
    watches = frozenset({CLAIMS, VOLUMES, "pods"})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == "pods":
            return [Key(CLAIMS, change.key.namespace, name) for name in _claims(change.object)]
        if change.type != "DELETED":
            return [change.key]
        volume = change.object.get("spec", {}).get("volumeName")
        return [Key(VOLUMES, "", volume)] if volume else ()

    def reconcile(self, key: Key) -> None:
        obj = self.store.get(key)
        if obj is None or not going(obj) or FINALIZERS[key.resource] not in _finalizers(obj):
            return
        used = self._mounted(key) if key.resource == CLAIMS else self._claimed(obj)
        if not used:
            self.cluster.change(key, lambda found: _released(found, FINALIZERS[key.resource]))

    def _mounted(self, key: Key) -> bool:
        return any(
            key.name in _claims(pod)
            for pod in self.store.list("pods", key.namespace)
            if pod["spec"].get("nodeName") and pod.get("status", {}).get("phase") not in ENDED
        )

    def _claimed(self, volume: Object) -> bool:
        ref = volume["spec"].get("claimRef") or {}
        return (
            bool(ref)
            and self.store.get(Key(CLAIMS, ref.get("namespace", ""), ref.get("name", ""))) is not None
        )


def _claims(pod: Object) -> Iterator[str]:
    for volume in pod.get("spec", {}).get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            yield volume["persistentVolumeClaim"].get("claimName", "")


def _finalizers(obj: Object) -> list[str]:
    return list(obj["metadata"].get("finalizers") or ())


def _released(obj: Object, finalizer: str) -> Object:
    obj["metadata"]["finalizers"] = [name for name in _finalizers(obj) if name != finalizer]
    return obj
