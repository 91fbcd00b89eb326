"""DaemonSets: one pod on every node that takes it."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers import pod_control as of_pods
from runner.practice.controllers import revision_history as history
from runner.practice.controllers.adoption import claim
from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import (
    going,
    is_active,
    is_ready,
    name_of,
    owned_keys,
    owner_reference,
    seconds_until_available,
    selecting_keys,
    share,
    without_empty,
)
from runner.practice.kinds.node_match import matches_node, tolerated
from runner.practice.machinery.store import Change, Key, Object, key_of

RESOURCE = "daemonsets.apps"
SOURCE = Source("daemonset-controller")
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)
"""Conditions of a node that do not keep a daemon away from it."""


@enter
class DaemonSets(Controller):
    """A pod for each node, replaced node by node when the template changes."""

    account = "daemon-set-controller"
    watches = frozenset({RESOURCE, "pods", "nodes"})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == RESOURCE:
            return [change.key]
        if change.key.resource == "nodes":
            return [key_of(RESOURCE, owner) for owner in self.store.list(RESOURCE)]
        owned = owned_keys(change, RESOURCE, "DaemonSet")
        return [*owned, *selecting_keys(self.store, change, RESOURCE)]

    def reconcile(self, key: Key) -> None:
        owner = self.store.get(key)
        if owner is None:
            return
        ours = owner_reference(owner, "apps/v1", "DaemonSet")
        update = history.newest(self.cluster, owner, ours, history.TEMPLATE_LABEL)
        hashed = update["metadata"]["labels"][history.TEMPLATE_LABEL]
        if not going(owner):
            self._place(owner, ours, hashed)
            self._roll(owner, ours, hashed)
        self._report_status(key, ours, update)

    def _by_node(self, owner: Object, ours: Object) -> dict[str, list[Object]]:
        found: dict[str, list[Object]] = {}
        for pod in claim(self.cluster, owner, ours, "pods"):
            found.setdefault(_node_of(pod), []).append(pod)
        return found

    def _wanted(self, owner: Object) -> set[str]:
        """The nodes that a pod of this template would be let on."""
        pod = self._pod(owner, owner_reference(owner, "apps/v1", "DaemonSet"), "", "")
        pod["spec"].pop("affinity", None)
        own = (owner["spec"]["template"].get("spec") or {}).get("affinity")
        if own:
            pod["spec"]["affinity"] = own
        return {
            name_of(node)
            for node in self.store.list("nodes")
            if matches_node(pod, node)
            and all(tolerated(pod, taint) for taint in node["spec"].get("taints") or ())
        }

    def _place(self, owner: Object, ours: Object, hashed: str) -> None:
        there, wanted = self._by_node(owner, ours), self._wanted(owner)
        for node in sorted(wanted):
            pods = there.get(node, [])
            for pod in pods:
                if not is_active(pod) and not going(pod):
                    of_pods.remove(self.cluster, pod)  # it ended: a daemon is started again
            if not pods:
                created = of_pods.create(self.cluster, "pods", self._pod(owner, ours, node, hashed))
                self._report(owner, "SuccessfulCreate", f"Created pod: {name_of(created)}")
            for extra in [pod for pod in pods if is_active(pod)][1:]:
                self._remove(owner, extra)
        for node, pods in there.items():
            if node not in wanted:
                for pod in pods:
                    self._remove(owner, pod)

    def _roll(self, owner: Object, ours: Object, hashed: str) -> None:
        strategy = owner["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return
        there, wanted = self._by_node(owner, ours), self._wanted(owner)
        text = (strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1)
        room = max(share(text, len(wanted), up=True), 1)
        live = [pod for pods in there.values() for pod in pods if is_active(pod)]
        out = len(wanted) - sum(is_ready(pod) for pod in live)
        old = sorted((pod for pod in live if _hash_of(pod) != hashed), key=is_ready)
        for pod in old:
            if is_ready(pod) and out >= room:
                break
            out += is_ready(pod)
            self._remove(owner, pod)

    def _remove(self, owner: Object, pod: Object) -> None:
        if not going(pod):
            of_pods.remove(self.cluster, pod)
            self._report(owner, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")

    def _pod(self, owner: Object, ours: Object, node: str, hashed: str) -> Object:
        pod = of_pods.from_template(owner, owner["spec"]["template"], ours)
        generation = (owner["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "1")
        labels = pod["metadata"].setdefault("labels", {})
        labels |= {history.TEMPLATE_LABEL: hashed, "pod-template-generation": str(generation)}
        spec = pod["spec"]
        kept = spec.get("tolerations") or []
        spec["tolerations"] = kept + [
            {"key": f"node.kubernetes.io/{taint}", "operator": "Exists", "effect": effect}
            for taint, effect in TOLERATED
            if not any(t.get("key") == f"node.kubernetes.io/{taint}" for t in kept)
        ]
        field = {"key": "metadata.name", "operator": "In", "values": [node]}
        required = {"nodeSelectorTerms": [{"matchFields": [field]}]}
        affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = required
        return pod

    def _report(self, owner: Object, reason: str, message: str) -> None:
        about = reference(owner, "apps/v1", "DaemonSet")
        self.cluster.recorder.emit(about, SOURCE, "Normal", reason, message)

    def _report_status(self, key: Key, ours: Object, update: Object) -> None:
        owner = self.store.get(key)
        if owner is None:
            return
        hashed = update["metadata"]["labels"][history.TEMPLATE_LABEL]
        there, wanted = self._by_node(owner, ours), self._wanted(owner)
        live = {node: [pod for pod in pods if is_active(pod)] for node, pods in there.items()}
        on_wanted = [pods[0] for node, pods in live.items() if node in wanted and pods]
        waits = [seconds_until_available(pod, owner["spec"].get("minReadySeconds", 0)) for pod in on_wanted]
        available = sum(wait == 0 for wait in waits)
        coming = [wait for wait in waits if wait]
        if coming:
            self.later(key, min(coming))
        status = {
            "currentNumberScheduled": len(on_wanted),
            "numberMisscheduled": sum(bool(pods) for node, pods in live.items() if node not in wanted),
            "desiredNumberScheduled": len(wanted),
            "numberReady": sum(is_ready(pod) for pod in on_wanted),
        }
        status |= without_empty(
            {
                "observedGeneration": owner["metadata"].get("generation", 1),
                "updatedNumberScheduled": sum(_hash_of(pod) == hashed for pod in on_wanted),
                "numberAvailable": available,
                "numberUnavailable": len(wanted) - available,
            }
        )
        self.cluster.change(key, lambda obj: {**obj, "status": status}, status=True)
        used = {f"{name_of(owner)}-{_hash_of(pod)}" for pods in there.values() for pod in pods}
        history.trim(self.cluster, owner, {name_of(update), *used})


def _node_of(pod: Object) -> str:
    """Where it is, or where it is to go."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            return str(field["values"][0])
    return ""


def _hash_of(pod: Object) -> str:
    return str((pod["metadata"].get("labels") or {}).get(history.TEMPLATE_LABEL, ""))
