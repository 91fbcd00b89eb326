"""Which node a pod gets, and the scheduler's words where it gets none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from runner.practice.controllers.controller import Controller
from runner.practice.controllers.event_recorder import SCHEDULER, reference
from runner.practice.controllers.object_helpers import going, now, set_condition
from runner.practice.faults.active_faults import RESOURCE as TROUBLES
from runner.practice.faults.active_faults import Trouble
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Change, Key, Object, key_of
from runner.practice.node.fault_messages import no_room

QUEUE = 0.1
"""Seconds that a new pod is Pending before it is looked at."""
UNTOLERATED_SINCE, PREEMPTION_TOLD_SINCE = 24, 24
ENDED = ("Succeeded", "Failed")


class Scheduler(Controller):
    """Gives each new pod a node."""

    watches = frozenset({"pods", "nodes", "persistentvolumeclaims", TROUBLES})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource != "pods":
            return [key_of("pods", pod) for pod in self.store.list("pods") if _waits(pod)]
        if change.type == "DELETED":
            return [key_of("pods", pod) for pod in self.store.list("pods") if _waits(pod)]
        if change.type == "ADDED" and _waits(change.object):
            self.later(change.key, QUEUE)
        elif change.previous and _waits(change.object) and change.previous["spec"] != change.object["spec"]:
            return [change.key]
        return ()

    def reconcile(self, key: Key) -> None:
        pod = self.store.get(key)
        if pod is None or not _waits(pod) or pod["spec"].get("schedulingGates"):
            return
        claims = self._claims_missing(pod)
        nodes = self.store.list("nodes")
        if claims:
            self._refuse(
                key,
                self._words_of_claims(claims, len(nodes)),
                {node["metadata"]["name"]: [] for node in nodes},
            )
            return
        used = self._used()
        trouble = self.life.troubles.of_pod("unschedulable", pod)
        refusals = {
            node["metadata"]["name"]: list(self._refusals(pod, node, used, trouble)) for node in nodes
        }
        free = [name for name, why in refusals.items() if not why]
        if not free:
            told = Counter(why for reasons in refusals.values() for why in reasons)
            listed = ", ".join(sorted(f"{count} {why}" for why, count in told.items()))
            words = f"0/{len(nodes)} nodes are available: {listed}."
            self._refuse(key, words, refusals)
            return
        node = min(free, key=lambda name: (sum(used.get((name, "pods"), [])), name))
        self._bind(key, node)

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
        if self.life.minor >= PREEMPTION_TOLD_SINCE:
            return f"0/{nodes} nodes are available: {claims}."
        return claims if "not found" in claims else f"0/{nodes} nodes are available: {nodes} {claims}."

    def _used(self) -> dict[tuple[str, str], list[Fraction]]:
        """What the pods of each node take, by node and resource."""
        used: dict[tuple[str, str], list[Fraction]] = {}
        for pod in self.store.list("pods"):
            node = pod["spec"].get("nodeName")
            if node and pod.get("status", {}).get("phase") not in ENDED:
                for resource, amount in requests(pod).items():
                    used.setdefault((node, resource), []).append(amount)
        return used

    def _refusals(
        self, pod: Object, node: Object, used: dict[tuple[str, str], list[Fraction]], trouble: Trouble | None
    ) -> Iterator[str]:
        if node["spec"].get("unschedulable") and not _tolerates_all(pod, "node.kubernetes.io/unschedulable"):
            yield "node(s) were unschedulable"
            return
        taint = next((t for t in node["spec"].get("taints") or () if not tolerated(pod, t)), None)
        if taint and taint["effect"] != "PreferNoSchedule":
            yield self._taint_words(taint)
            return
        if not matches_node(pod, node):
            old = "node(s) didn't match node selector" if self.life.minor < 21 else ""
            yield old or "node(s) didn't match Pod's node affinity/selector"
            return
        if trouble:
            yield no_room(trouble)
            return
        name = node["metadata"]["name"]
        for resource, amount in requests(pod).items():
            room = quantity(node["status"]["allocatable"].get(resource, "0"))
            if amount and sum(used.get((name, resource), [])) + amount > room:
                yield "Too many pods" if resource == "pods" else f"Insufficient {resource}"

    def _taint_words(self, taint: Object) -> str:
        shown = f"{{{taint['key']}: {taint.get('value', '')}}}"
        if self.life.minor >= UNTOLERATED_SINCE:
            return f"node(s) had untolerated taint {shown}"
        return f"node(s) had taint {shown}, that the pod didn't tolerate"

    def _refuse(self, key: Key, words: str, preemption: dict[str, list[str]]) -> None:
        if self.life.minor >= PREEMPTION_TOLD_SINCE:
            words += f" preemption: {_preemption(preemption)}."
        told = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": words,
            "lastProbeTime": None,
            "lastTransitionTime": now(),
        }

        def change(pod: Object) -> Object:
            set_condition(pod.setdefault("status", {}).setdefault("conditions", []), told)
            return pod

        pod = self.store.mutate(key, change, status=True)
        if pod is not None:
            about = reference(pod, "v1", "Pod")
            self.life.recorder.tell(about, SCHEDULER, "Warning", "FailedScheduling", words, "Scheduling")

    def _bind(self, key: Key, node: str) -> None:
        def change(pod: Object) -> Object:
            pod["spec"]["nodeName"] = node
            return pod

        pod = self.store.mutate(key, change)
        if pod is not None:
            where = f"Successfully assigned {key.namespace}/{key.name} to {node}"
            self.life.recorder.tell(reference(pod, "v1", "Pod"), SCHEDULER, "Normal", "Scheduled", where)


def _waits(pod: Object) -> bool:
    own = pod["spec"].get("schedulerName", "default-scheduler") == "default-scheduler"
    return own and not pod["spec"].get("nodeName") and not going(pod)


def _preemption(refusals: dict[str, list[str]]) -> str:
    """What preemption would bring: nothing; for whom it is no help, and for whom there is no victim."""
    short = sum(
        any(why.startswith(("Insufficient", "Too many")) for why in reasons) for reasons in refusals.values()
    )
    parts = [f"{short} No preemption victims found for incoming pod"] if short else []
    rest = len(refusals) - short
    parts += [f"{rest} Preemption is not helpful for scheduling"] if rest else []
    return f"0/{len(refusals)} nodes are available: {', '.join(parts)}"


def requests(pod: Object) -> dict[str, Fraction]:
    """What a pod asks a node for: the sum of its containers, or its largest init container; and one pod."""
    total: dict[str, Fraction] = {"pods": Fraction(1)}
    for container in pod["spec"].get("containers") or ():
        for resource, amount in _requested(container).items():
            total[resource] = total.get(resource, Fraction(0)) + amount
    for container in pod["spec"].get("initContainers") or ():
        for resource, amount in _requested(container).items():
            total[resource] = max(total.get(resource, Fraction(0)), amount)
    return total


def _requested(container: Object) -> dict[str, Fraction]:
    told = container.get("resources") or {}
    asked = {**(told.get("limits") or {}), **(told.get("requests") or {})}
    return {resource: quantity(amount) for resource, amount in asked.items()}


def tolerated(pod: Object, taint: Object) -> bool:
    """Whether one of the pod's tolerations is for this taint."""
    return any(_tolerates(toleration, taint) for toleration in pod["spec"].get("tolerations") or ())


def _tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")


def _tolerates_all(pod: Object, key: str) -> bool:
    return tolerated(pod, {"key": key, "effect": "NoSchedule"})


def matches_node(pod: Object, node: Object) -> bool:
    """Whether nodeSelector and the required node affinity take this node."""
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (pod["spec"].get("nodeSelector") or {}).items()):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    return any(_term(term, node, labels) for term in required.get("nodeSelectorTerms") or ())


def _term(term: Object, node: Object, labels: dict[str, str]) -> bool:
    parts = [(part, labels) for part in term.get("matchExpressions") or ()]
    parts += [(part, {"metadata.name": node["metadata"]["name"]}) for part in term.get("matchFields") or ()]
    return bool(parts) and all(_expression(part, values) for part, values in parts)


def _expression(part: Object, labels: dict[str, str]) -> bool:
    value, operator, listed = labels.get(part["key"]), part["operator"], part.get("values") or []
    if operator in ("Exists", "DoesNotExist"):
        return (value is not None) is (operator == "Exists")
    if operator in ("Gt", "Lt"):
        if value is None or not value.lstrip("-").isdigit():
            return False
        return int(value) > int(listed[0]) if operator == "Gt" else int(value) < int(listed[0])
    return (value in listed) is (operator == "In")
