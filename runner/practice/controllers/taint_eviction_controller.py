"""Pods go from nodes with a NoExecute taint that they don't tolerate, or tolerate no longer (taint-eviction-controller)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.controller import Controller, WorkQueue, enter
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import going, now, set_condition, uid_of
from runner.practice.kinds.node_match import tolerates
from runner.practice.machinery.store import Change, Key, Object, key_of

DISRUPTION_TARGET_SINCE = 26
OWN_CONTROLLER_SINCE = 29
ENDED = ("Succeeded", "Failed")


@enter
class TaintEviction(Controller):
    """Each pod on a node: whether it may stay there, and how long."""

    account = "node-controller"
    watches = frozenset({"pods", "nodes"})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == "pods":
            before = (change.previous or {}).get("spec") or {}
            spec = change.object["spec"]
            new = any(before.get(part) != spec.get(part) for part in ("nodeName", "tolerations"))
            return [change.key] if new and spec.get("nodeName") else ()
        if change.type == "DELETED" or _taints(change.previous) == _taints(change.object):
            return ()
        name = change.key.name
        return [key_of("pods", pod) for pod in self.store.list("pods") if pod["spec"].get("nodeName") == name]

    def __init__(self, cluster: ClusterContext, queue: WorkQueue) -> None:
        super().__init__(cluster, queue)
        self._until: dict[str, float] = {}
        """When each pod that is tolerated for a while must go, by its uid, in the loop's time."""

    def reconcile(self, key: Key) -> None:
        pod = self.store.get(key)
        if pod is None or going(pod) or pod.get("status", {}).get("phase") in ENDED:
            return
        uid, time = uid_of(pod), asyncio.get_running_loop().time()
        node = self.store.get(Key("nodes", "", pod["spec"].get("nodeName") or ""))
        seconds = stays(pod, _taints(node))
        about = reference(pod, "v1", "Pod")
        if seconds is None:
            if self._until.pop(uid, None) is not None:
                words = f"Cancelling deletion of Pod {key.namespace}/{key.name}"
                self.cluster.recorder.emit(about, self._source, "Normal", "TaintManagerEviction", words)
            return
        until = self._until.setdefault(uid, time + self.cluster.seconds(seconds))
        if time < until:
            self.queue.add_later(self, key, until - time)
            return
        del self._until[uid]
        words = f"Marking for deletion Pod {key.namespace}/{key.name}"
        self.cluster.recorder.emit(about, self._source, "Normal", "TaintManagerEviction", words)
        if self.cluster.minor >= DISRUPTION_TARGET_SINCE:
            self.cluster.change(key, _disrupted, status=True)
        self.store.delete(key, uid=pod["metadata"]["uid"])

    @property
    def _source(self) -> Source:
        own = self.cluster.minor >= OWN_CONTROLLER_SINCE
        return Source("taint-eviction-controller" if own else "taint-controller")


def _taints(node: Object | None) -> list[Object]:
    taints = ((node or {}).get("spec") or {}).get("taints") or ()
    return [taint for taint in taints if taint.get("effect") == "NoExecute"]


def stays(pod: Object, taints: Iterable[Object]) -> float | None:
    """The seconds that a pod may stay on a node that gets these taints: None forever."""
    found: list[float] = []
    for taint in taints:
        fitting = [each for each in pod["spec"].get("tolerations") or () if tolerates(each, taint)]
        if not fitting:
            return 0
        bounded = [each["tolerationSeconds"] for each in fitting if each.get("tolerationSeconds") is not None]
        if bounded:
            found.append(max(min(bounded), 0))
    return min(found, default=None)


def _disrupted(pod: Object) -> Object:
    message = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint",
        "lastProbeTime": None,
        "lastTransitionTime": now(),
    }
    set_condition(pod.setdefault("status", {}).setdefault("conditions", []), message)
    return pod
