"""Unreachable nodes: what the node lifecycle controller writes to them and to their pods."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import condition, now, set_condition
from runner.practice.faults.active_faults import RESOURCE as FAULTS
from runner.practice.machinery.store import Change, Key, Object, key_of

SOURCE = Source("node-controller")
UNREACHABLE = "node.kubernetes.io/unreachable"
_UNKNOWN = {
    "status": "Unknown",
    "reason": "NodeStatusUnknown",
    "message": "Kubelet stopped posting node status.",
}
_WELL = {"status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}


@enter
class LostNodes(Controller):
    """Each node as its fault makes it: the condition Ready, the taints, and its pods' readiness."""

    account = "node-controller"
    watches = frozenset({FAULTS})

    def keys(self, change: Change) -> Iterable[Key]:
        return [key_of("nodes", node) for node in self.store.list("nodes")]

    def reconcile(self, key: Key) -> None:
        node = self.store.get(key)
        if node is None:
            return
        lost = self.cluster.faults.of_node(key.name) is not None
        ready = condition(node, "Ready")
        if lost == (ready is not None and ready["status"] == "Unknown"):
            return
        self.cluster.change(key, lambda obj: _tainted(obj, lost=lost))
        self.cluster.change(key, lambda obj: _with_ready(obj, _UNKNOWN if lost else _WELL), status=True)
        reason = "NodeNotReady" if lost else "NodeReady"
        self.cluster.recorder.emit(
            reference(node, "v1", "Node"),
            SOURCE,
            "Normal",
            reason,
            f"Node {key.name} status is now: {reason}",
        )
        for pod in self.store.list("pods"):
            if pod["spec"].get("nodeName") == key.name:
                self._pod(pod, lost=lost)

    def _pod(self, pod: Object, *, lost: bool) -> None:
        self.cluster.change(key_of("pods", pod), lambda obj: _pod_ready(obj, lost=lost), status=True)
        if lost:
            about = reference(pod, "v1", "Pod")
            self.cluster.recorder.emit(about, SOURCE, "Warning", "NodeNotReady", "Node is not ready")


def _tainted(node: Object, *, lost: bool) -> Object:
    taints = [each for each in node["spec"].get("taints") or () if each["key"] != UNREACHABLE]
    if lost:
        taints += [
            {"key": UNREACHABLE, "effect": effect, "timeAdded": now()}
            for effect in ("NoSchedule", "NoExecute")
        ]
    spec = {**node["spec"], "taints": taints}
    return {**node, "spec": spec if taints else {k: v for k, v in spec.items() if k != "taints"}}


def _with_ready(node: Object, reason: Object) -> Object:
    kinds = ("MemoryPressure", "DiskPressure", "PIDPressure")
    conditions = node["status"]["conditions"]
    for made in conditions:
        if made["type"] in kinds:
            unknown = reason["status"] == "Unknown"
            made["status"] = "Unknown" if unknown else "False"
    set_condition(
        conditions, {"type": "Ready", "lastHeartbeatTime": now(), "lastTransitionTime": now(), **reason}
    )
    return node


def _pod_ready(pod: Object, *, lost: bool) -> Object:
    """The node controller marks the pods of a lost node as not ready; its kubelet, once back, says how they are."""
    well = all(each.get("ready") for each in pod.get("status", {}).get("containerStatuses") or ())
    conditions = pod.setdefault("status", {}).setdefault("conditions", [])
    if lost or well:
        status = "False" if lost else "True"
        set_condition(
            conditions,
            {"type": "Ready", "status": status, "lastProbeTime": None, "lastTransitionTime": now()},
        )
    return pod
