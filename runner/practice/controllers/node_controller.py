"""Nodes: the taint of one that is cordoned, and the end of pods whose node is gone."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import kubelet, reference
from runner.practice.controllers.object_helpers import now
from runner.practice.machinery.store import Change, Key, Object, key_of

CORDONED = "node.kubernetes.io/unschedulable"


@enter
class Nodes(Controller):
    """Follows `kubectl cordon`, `uncordon` and `delete node`."""

    account = "node-controller"
    watches = frozenset({"nodes"})

    def keys(self, change: Change) -> Iterable[Key]:
        return [change.key]

    def reconcile(self, key: Key) -> None:
        node = self.store.get(key)
        if node is None:
            self._bury(key.name)
            return
        cordoned = bool(node["spec"].get("unschedulable"))
        if cordoned == any(taint["key"] == CORDONED for taint in node["spec"].get("taints") or ()):
            return
        self.cluster.change(key, lambda obj: _tainted(obj, cordoned=cordoned))
        reason = "NodeNotSchedulable" if cordoned else "NodeSchedulable"
        about = reference(node, "v1", "Node") | {"uid": key.name}  # the kubelet knows its node by name only
        message = f"Node {key.name} status is now: {reason}"
        self.cluster.recorder.emit(about, kubelet(key.name), "Normal", reason, message)

    def _bury(self, node: str) -> None:
        for pod in self.store.list("pods"):
            if pod["spec"].get("nodeName") == node:
                self.store.delete(key_of("pods", pod), uid=pod["metadata"]["uid"], grace=0)


def _tainted(node: Object, *, cordoned: bool) -> Object:
    kept = [taint for taint in node["spec"].get("taints") or () if taint["key"] != CORDONED]
    if cordoned:
        kept.append({"effect": "NoSchedule", "key": CORDONED, "timeAdded": now()})
    node["spec"]["taints"] = kept
    if not kept:
        del node["spec"]["taints"]
    return node
