"""Which objects a workload controls: it takes in strays that it selects, and lets go what left its selector."""

from __future__ import annotations

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import controller_of, going, namespace_of, selects
from runner.practice.machinery.store import Object, key_of


def claim(cluster: ClusterContext, owner: Object, reference: Object, resource: str) -> list[Object]:
    """The objects that `owner` controls: strays that it selects are taken in, those that left its selector let go."""
    mine: list[Object] = []
    for obj in cluster.store.list(resource, namespace_of(owner)):
        controller = controller_of(obj)
        takes = selects(owner, obj["metadata"].get("labels") or {})
        if controller is None:
            if takes and not going(owner) and not going(obj):
                taken = cluster.change(key_of(resource, obj), lambda o: _adopt(o, reference))
                mine += [taken] if taken else []
        elif controller["uid"] == reference["uid"]:
            if takes:
                mine.append(obj)
            elif not going(owner) and not going(obj):
                cluster.change(key_of(resource, obj), lambda o: _release(o, reference["uid"]))
    return mine


def _adopt(obj: Object, reference: Object) -> Object:
    obj["metadata"].setdefault("ownerReferences", []).append(reference)
    return obj


def _release(obj: Object, uid: str) -> Object:
    owners = [owner for owner in obj["metadata"]["ownerReferences"] if owner["uid"] != uid]
    obj["metadata"]["ownerReferences"] = owners
    if not owners:
        del obj["metadata"]["ownerReferences"]
    return obj
