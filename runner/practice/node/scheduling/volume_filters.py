"""What a pod's claims say of nodes: where their volumes are, and that only one pod may use one."""

from __future__ import annotations

from collections.abc import Iterator

from runner.practice.kinds.node_match import matches_term
from runner.practice.machinery.store import Key, Object
from runner.practice.node.scheduling.scheduling_view import Reason, View

ONE_POD = "ReadWriteOncePod"
IN_USE = f"node has pod using PersistentVolumeClaim with the same name and {ONE_POD} access mode"
ELSEWHERE = "node(s) had volume node affinity conflict"


def used_by_another(view: View, pod: Object, node: Object) -> list[Reason]:
    """A claim of mode ReadWriteOncePod that another pod has already, on whatever node."""
    for claim in _claims(view, pod):
        if ONE_POD in (claim["spec"].get("accessModes") or ()) and any(
            name == claim["metadata"]["name"]
            for other, _ in view.placed()
            if other["metadata"]["namespace"] == pod["metadata"]["namespace"]
            and other["metadata"]["uid"] != pod["metadata"]["uid"]
            for name in _claim_names(other)
        ):
            return [Reason(IN_USE)]
    return []


def volumes_elsewhere(view: View, pod: Object, node: Object) -> list[Reason]:
    """A volume that can't be had from this node."""
    for claim in _claims(view, pod):
        name = claim["spec"].get("volumeName")
        volume = view.store.get(Key("persistentvolumes", "", name)) if view.store and name else None
        required = (((volume or {}).get("spec") or {}).get("nodeAffinity") or {}).get("required")
        if required and not any(matches_term(term, node) for term in required.get("nodeSelectorTerms") or ()):
            return [Reason(ELSEWHERE)]
    return []


def _claims(view: View, pod: Object) -> Iterator[Object]:
    if view.store is not None:
        for name in _claim_names(pod):
            key = Key("persistentvolumeclaims", pod["metadata"]["namespace"], name)
            if (claim := view.store.get(key)) is not None:
                yield claim


def _claim_names(pod: Object) -> Iterator[str]:
    for volume in pod["spec"].get("volumes") or ():
        if claim := volume.get("persistentVolumeClaim"):
            yield claim["claimName"]
        elif "ephemeral" in volume:
            yield f"{pod['metadata']['name']}-{volume['name']}"
