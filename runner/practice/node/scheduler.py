"""Chooses a node for each pod, with the scheduler's messages if there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import SCHEDULER, reference
from runner.practice.controllers.object_helpers import condition, going, now, set_condition
from runner.practice.faults.active_faults import RESOURCE as FAULTS
from runner.practice.machinery.store import Change, Key, Object, key_of
from runner.practice.node.fault_messages import no_room
from runner.practice.node.scheduling.preemption import Victims, victims
from runner.practice.node.scheduling.scheduling_filters import reasons
from runner.practice.node.scheduling.scheduling_scores import best
from runner.practice.node.scheduling.scheduling_view import Reason, View, priority

QUEUE = 0.1
"""Seconds that a new pod is Pending before it is looked at."""
PREEMPTION_REPORTED_SINCE = 24
DISRUPTION_TARGET_SINCE = 26
PREEMPTOR_BY_UID_SINCE = 29
_WATCHED = frozenset({"pods", "nodes", "persistentvolumeclaims", "namespaces", FAULTS})


@enter
class Scheduler(Controller):
    """Gives each new pod a node."""

    account = "system:kube-scheduler"
    watches = _WATCHED

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == "namespaces":
            return self._waiting() if change.type == "MODIFIED" else ()
        if change.key.resource != "pods":
            return self._waiting()
        if change.type == "DELETED" or _ended(change):
            return self._waiting()
        if _moved(change):
            refused = (self.store.get(key) for key in self._waiting())
            return [key_of("pods", pod) for pod in refused if pod is not None and _minds_others(pod)]
        if change.type == "ADDED" and _waits(change.object):
            self.later(change.key, QUEUE)
        elif change.previous and _waits(change.object) and change.previous["spec"] != change.object["spec"]:
            return [change.key]
        return ()

    def _waiting(self) -> list[Key]:
        """Pending pods, highest priority first."""
        found = [pod for pod in self.store.list("pods") if _waits(pod)]
        found.sort(key=lambda pod: (-priority(pod), pod["metadata"]["creationTimestamp"]))
        return [key_of("pods", pod) for pod in found]

    def reconcile(self, key: Key) -> None:
        pod = self.store.get(key)
        if pod is None or not _waits(pod) or pod["spec"].get("schedulingGates"):
            return
        view = View.of(self.store, self.cluster.minor, pod)
        claims = self._claims_missing(pod)
        if claims:
            self._refuse(
                key,
                self._words_of_claims(claims, len(view.nodes)),
                self._no_help(pod, dict.fromkeys((_name(node) for node in view.nodes), ())),
            )
            return
        fault = self.cluster.faults.of_pod("unschedulable", pod)
        refused: dict[str, Sequence[Reason]] = {}
        for node in view.nodes:
            found = reasons(view, pod, node)
            refused[_name(node)] = found or ([Reason(no_room(fault), curable=True)] if fault else [])
        free = [node for node in view.nodes if not refused[_name(node)]]
        if free:
            self._bind(key, _name(best(view, pod, free)))
            return
        counted = Counter(reason.words for found in refused.values() for reason in found)
        listed = ", ".join(sorted(f"{count} {words}" for words, count in counted.items()))
        words = f"0/{len(view.nodes)} nodes are available: {listed}." if listed else _NO_NODES
        place = None if fault else victims(self.store, view, pod, refused)
        if place is None:
            self._refuse(key, words, self._no_help(pod, refused))
        else:
            self._preempt(key, pod, place)
            self._refuse(key, words, "", nominated=place.node)

    def _claims_missing(self, pod: Object) -> str:
        for volume in pod["spec"].get("volumes") or ():
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if not name:
                continue
            claim = self.store.get(Key("persistentvolumeclaims", key_of("pods", pod).namespace, name))
            if claim is None:
                return f'persistentvolumeclaim "{name}" not found'
            if claim.get("status", {}).get("phase") != "Bound":
                return "pod has unbound immediate PersistentVolumeClaims"
        return ""

    def _words_of_claims(self, claims: str, nodes: int) -> str:
        """Until 1.23 a claim that is not bound was counted for each node, one that does not exist for none."""
        if self.cluster.minor >= PREEMPTION_REPORTED_SINCE:
            return f"0/{nodes} nodes are available: {claims}."
        return claims if "not found" in claims else f"0/{nodes} nodes are available: {nodes} {claims}."

    def _no_help(self, pod: Object, refused: Mapping[str, Sequence[Reason]]) -> str:
        """What preemption would bring: nothing; for whom it is no help, and for whom there is no victim."""
        if self.cluster.minor < PREEMPTION_REPORTED_SINCE:
            return ""
        if pod["spec"].get("preemptionPolicy") == "Never":
            return " preemption: not eligible due to preemptionPolicy=Never."
        short = sum(bool(found) and all(each.curable for each in found) for found in refused.values())
        rest = len(refused) - short
        parts = [f"{short} No preemption victims found for incoming pod"] if short else []
        parts += [f"{rest} Preemption is not helpful for scheduling"] if rest else []
        return f" preemption: 0/{len(refused)} nodes are available: {', '.join(parts)}."

    def _refuse(self, key: Key, words: str, preemption: str, nominated: str = "") -> None:
        words += preemption
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": words,
            "lastProbeTime": None,
            "lastTransitionTime": now(),
        }

        def change(pod: Object) -> Object:
            set_condition(pod.setdefault("status", {}).setdefault("conditions", []), condition)
            if nominated:
                pod["status"]["nominatedNodeName"] = nominated
            return pod

        pod = self.cluster.change(key, change, status=True)
        if pod is not None:
            about = reference(pod, "v1", "Pod")
            self.cluster.recorder.emit(about, SCHEDULER, "Warning", "FailedScheduling", words, "Scheduling")

    def _preempt(self, key: Key, pod: Object, place: Victims) -> None:
        by_uid = self.cluster.minor >= PREEMPTOR_BY_UID_SINCE
        who = f"pod {pod['metadata']['uid']}" if by_uid else f"{key.namespace}/{key.name}"
        for victim in place.pods:
            if going(victim):
                continue
            if self.cluster.minor >= DISRUPTION_TARGET_SINCE:
                condition = {
                    "type": "DisruptionTarget",
                    "status": "True",
                    "reason": "PreemptionByScheduler",
                    "message": f"{SCHEDULER.component}: preempting to accommodate a higher priority pod",
                    "lastProbeTime": None,
                    "lastTransitionTime": now(),
                }
                self.cluster.change(key_of("pods", victim), partial(_with, condition), status=True)
            self.store.delete(key_of("pods", victim), uid=victim["metadata"]["uid"])
            about, words = reference(victim, "v1", "Pod"), f"Preempted by {who} on node {place.node}"
            self.cluster.recorder.emit(about, SCHEDULER, "Normal", "Preempted", words, "Preempting")

    def _bind(self, key: Key, node: str) -> None:
        def change(pod: Object) -> Object:
            pod["spec"]["nodeName"] = node
            return pod

        def chosen(pod: Object) -> Object | None:
            return pod if pod.get("status", {}).pop("nominatedNodeName", "") else None

        self.cluster.change(key, chosen, status=True)
        pod = self.cluster.change(key, change, subresource="binding")
        if pod is not None:
            where = f"Successfully assigned {key.namespace}/{key.name} to {node}"
            self.cluster.recorder.emit(reference(pod, "v1", "Pod"), SCHEDULER, "Normal", "Scheduled", where)


_NO_NODES = "no nodes available to schedule pods"


def _name(node: Object) -> str:
    return str(node["metadata"]["name"])


def _with(condition: Object, pod: Object) -> Object:
    set_condition(pod.setdefault("status", {}).setdefault("conditions", []), condition)
    return pod


def _waits(pod: Object) -> bool:
    own = pod["spec"].get("schedulerName", "default-scheduler") == "default-scheduler"
    ended = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    return own and not pod["spec"].get("nodeName") and not going(pod) and not ended


def _ended(change: Change) -> bool:
    phase, ended = change.object.get("status", {}).get("phase"), ("Succeeded", "Failed")
    before = (change.previous or {}).get("status", {}).get("phase")
    return change.previous is not None and phase in ended and before not in ended


def _moved(change: Change) -> bool:
    """Whether a pod was given a node or has other labels: who wants to be beside it may fit now."""
    before, after = change.previous, change.object
    return before is not None and (
        before["spec"].get("nodeName") != after["spec"].get("nodeName")
        or before["metadata"].get("labels") != after["metadata"].get("labels")
    )


def _minds_others(pod: Object) -> bool:
    """Whether it was refused, possibly because of other pods."""
    affinity = pod["spec"].get("affinity") or {}
    minds = affinity.get("podAffinity") or pod["spec"].get("topologySpreadConstraints")
    return bool(minds) and condition(pod, "PodScheduled") is not None
