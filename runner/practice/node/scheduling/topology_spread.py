"""Topology spread constraints: how evenly a pod's like are spread over zones, hosts, racks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.practice.controllers.object_helpers import going
from runner.practice.kinds.node_match import matches_node, tolerated
from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.store import Object
from runner.practice.node.scheduling.scheduling_view import Reason, View, labels_of

WORDS = "node(s) didn't match pod topology spread constraints"
MISSING = f"{WORDS} (missing required label)"


def spread_reasons(view: View, pod: Object, node: Object) -> list[Reason]:
    """Why the pod may not be on the node; empty where it may."""
    constraints = [each for each in _constraints(pod) if each.get("whenUnsatisfiable") != "ScheduleAnyway"]
    for constraint in constraints:
        key = constraint["topologyKey"]
        if key not in labels_of(node):
            return [Reason(MISSING)]
        counts = _counts(view, pod, constraint, constraints)
        here = labels_of(node)[key]
        mine = int(_selects(pod, constraint, pod))
        least = min(counts.values(), default=0)
        if len(counts) < int(constraint.get("minDomains") or 1):
            least = 0
        if counts.get(here, 0) + mine - least > int(constraint.get("maxSkew", 1)):
            return [Reason(WORDS, curable=True)]
    return []


def spread_score(view: View, pod: Object, node: Object) -> int:
    """How many of its like share a topology with the node, of the constraints that are only wishes."""
    crowd = 0
    for constraint in _constraints(pod):
        key = constraint["topologyKey"]
        if constraint.get("whenUnsatisfiable") == "ScheduleAnyway" and key in labels_of(node):
            crowd += _counts(view, pod, constraint, [constraint]).get(labels_of(node)[key], 0)
    return -crowd


def _constraints(pod: Object) -> list[Object]:
    return list(pod["spec"].get("topologySpreadConstraints") or ())


def _counts(view: View, pod: Object, constraint: Object, all_of_them: list[Object]) -> dict[str, int]:
    """The number of pods in each domain that counts."""
    key = constraint["topologyKey"]
    counts: dict[str, int] = {}
    for node in view.nodes:
        labels = labels_of(node)
        if any(each["topologyKey"] not in labels for each in all_of_them) or not _counts_node(
            pod, node, constraint
        ):
            continue
        found = view.on.get(node["metadata"]["name"], ())
        like = sum(_selects(pod, constraint, other) and not going(other) for other in found)
        counts[labels[key]] = counts.get(labels[key], 0) + like
    return counts


def _counts_node(pod: Object, node: Object, constraint: Object) -> bool:
    if constraint.get("nodeAffinityPolicy", "Honor") == "Honor" and not matches_node(pod, node):
        return False
    if constraint.get("nodeTaintsPolicy", "Ignore") == "Honor":
        taints: list[Mapping[str, Any]] = node["spec"].get("taints") or []
        hard = [dict(taint) for taint in taints if taint.get("effect") != "PreferNoSchedule"]
        return all(tolerated(pod, taint) for taint in hard)
    return True


def _selects(pod: Object, constraint: Object, other: Object) -> bool:
    if other["metadata"].get("namespace") != pod["metadata"].get("namespace"):
        return False
    selector = constraint.get("labelSelector")
    mine, theirs = labels_of(pod), labels_of(other)
    same = all(theirs.get(key) == mine[key] for key in constraint.get("matchLabelKeys") or () if key in mine)
    return selector is not None and same and match_labels(selector, theirs)
