"""Preemption: which pods a pod of higher priority replaces (pkg/scheduler/framework/preemption)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.practice.controllers.object_helpers import parse_time
from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.store import Object, Store
from runner.practice.node.scheduling.scheduling_filters import reasons
from runner.practice.node.scheduling.scheduling_view import Reason, View, labels_of, priority


@dataclass(frozen=True, slots=True)
class Victims:
    """The pods that must go from a node, and how many disruption budgets that goes against."""

    node: str
    pods: Sequence[Object]
    violations: int

    def rank(self) -> tuple[float, ...]:
        """Less is better: budgets, the highest priority, the sum of priorities, how many, who began first."""
        started = [parse_time(_start(pod)).timestamp() for pod in self.pods]
        ranks = [priority(pod) for pod in self.pods]
        return self.violations, max(ranks), sum(rank + 2**31 for rank in ranks), len(ranks), -min(started)


def _start(pod: Object) -> str:
    return str(pod.get("status", {}).get("startTime") or pod["metadata"]["creationTimestamp"])


def victims(store: Store, view: View, pod: Object, refused: Mapping[str, Sequence[Reason]]) -> Victims | None:
    """The best node whose pods of lower priority could make room; None if there is none."""
    if pod["spec"].get("preemptionPolicy") == "Never":
        return None
    found = [
        each
        for node in view.nodes
        if all(reason.curable for reason in refused[node["metadata"]["name"]])
        and (each := _on(store, view, pod, node)) is not None
    ]
    return min(found, key=Victims.rank, default=None)


def _on(store: Store, view: View, pod: Object, node: Object) -> Victims | None:
    name = node["metadata"]["name"]
    lower = [each for each in view.on.get(name, ()) if priority(each) < priority(pod)]
    if not lower or reasons(view.without(name, lower), pod, node):
        return None
    protected = {each["metadata"]["uid"] for each in lower if _protected(store, each)}
    # Those whose budget would be broken, and the more important ones, are kept first where there is room.
    lower.sort(key=lambda each: (each["metadata"]["uid"] not in protected, -priority(each), _start(each)))
    gone = list(lower)
    for each in lower:
        left = [other for other in gone if other is not each]
        if not reasons(view.without(name, left), pod, node):
            gone = left
    broken = sum(each["metadata"]["uid"] in protected for each in gone)
    return Victims(name, gone, broken) if gone else None


def _protected(store: Store, pod: Object) -> bool:
    """Whether a disruption budget allows no further disruption of the pod."""
    for budget in store.list("poddisruptionbudgets.policy", pod["metadata"].get("namespace", "")):
        selector = budget["spec"].get("selector")
        if selector and match_labels(selector, labels_of(pod)):
            return int(budget.get("status", {}).get("disruptionsAllowed", 0)) <= 0
    return False
