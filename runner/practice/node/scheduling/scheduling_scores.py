"""Scores: which of the feasible nodes is the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runner.practice.kinds.node_match import matches_term, tolerated
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object
from runner.practice.node.scheduling.pod_affinity import PREFERRED, affinity_score
from runner.practice.node.scheduling.scheduling_view import View, requests
from runner.practice.node.scheduling.topology_spread import spread_score

Score = Callable[[View, Object, Object], float]


def best(view: View, pod: Object, nodes: Sequence[Object]) -> Object:
    """The node with the highest sum of weighted scores; of equal ones that with fewer pods, then by name."""
    totals = [0.0] * len(nodes)
    for score, weight in _WEIGHTS:
        for index, value in enumerate(_normalized([score(view, pod, node) for node in nodes])):
            totals[index] += weight * value

    def rank(index: int) -> tuple[float, int, str]:
        name = nodes[index]["metadata"]["name"]
        return -round(totals[index], 6), len(view.on.get(name, ())), name

    return nodes[min(range(len(nodes)), key=rank)]


def _normalized(values: Sequence[float]) -> list[float]:
    """From 0 to 100; where all are equal the score decides nothing."""
    low, high = min(values), max(values)
    return [100 * (value - low) / (high - low) if high > low else 0.0 for value in values]


def _node_affinity(view: View, pod: Object, node: Object) -> float:
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    return sum(
        int(each.get("weight", 1))
        for each in affinity.get(PREFERRED) or ()
        if matches_term(each.get("preference") or {}, node)
    )


def _taints(view: View, pod: Object, node: Object) -> float:
    soft = [each for each in node["spec"].get("taints") or () if each["effect"] == "PreferNoSchedule"]
    return -sum(not tolerated(pod, taint) for taint in soft)


def _room(view: View, pod: Object, node: Object) -> float:
    """The share of processors and memory that stays free, in steps of a tenth: little differences decide nothing."""
    used, asked = view.asked(node["metadata"]["name"]), requests(pod)
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    free = 0.0
    for resource in ("cpu", "memory"):
        room = quantity(allocatable.get(resource, "0"))
        if room:
            free += float((room - used.get(resource, 0) - asked.get(resource, 0)) / room) / 2
    return round(max(free, 0.0), 1)


_WEIGHTS: tuple[tuple[Score, int], ...] = (
    (_taints, 3),
    (_node_affinity, 2),
    (spread_score, 2),
    (affinity_score, 2),
    (_room, 1),
)
"""The default weights of k8s.io/kubernetes, pkg/scheduler/apis/config/v1/default_plugins.go."""
