"""Affinity and anti-affinity between pods: which pods must, must not or prefer to share a topology."""

from __future__ import annotations

from collections.abc import Iterator

from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.store import Object
from runner.practice.node.scheduling.scheduling_view import Reason, View, labels_of

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
ONE_REASON_SINCE = 21
"""The minor since which a node is reported once; before, it counted among affinity/anti-affinity, too."""


def affinity_reasons(view: View, pod: Object, node: Object) -> list[Reason]:
    """Why the pod may not be beside the pods that are there; empty where it may."""
    words, curable = "", True
    if not _affinity_holds(view, pod, node):
        words, curable = "node(s) didn't match pod affinity rules", False
    elif _hits(view, pod, node, terms(pod, "podAntiAffinity")):
        words = "node(s) didn't match pod anti-affinity rules"
    elif _unwanted(view, pod, node):
        words = "node(s) didn't satisfy existing pods anti-affinity rules"
    if not words:
        return []
    found = [Reason(words, curable)]
    if view.minor < ONE_REASON_SINCE:
        found.insert(0, Reason("node(s) didn't match pod affinity/anti-affinity", curable))
    return found


def terms(pod: Object, kind: str) -> list[Object]:
    """The required terms of podAffinity or podAntiAffinity."""
    found = ((pod["spec"].get("affinity") or {}).get(kind) or {}).get(REQUIRED)
    return list(found or ())


def selected(view: View, owner: Object, term: Object, other: Object) -> bool:
    """Whether a term of `owner` means `other`."""
    selector = term.get("labelSelector")
    if selector is None:
        return False
    home = other["metadata"].get("namespace", "")
    names, spaces = term.get("namespaces") or [], term.get("namespaceSelector")
    if home not in names and not (spaces is not None and match_labels(spaces, view.namespaces.get(home, {}))):
        own = not names and spaces is None
        if not own or home != owner["metadata"].get("namespace", ""):
            return False
    if not match_labels(selector, labels_of(other)):
        return False
    mine, theirs = labels_of(owner), labels_of(other)
    same = all(theirs.get(key) == mine[key] for key in term.get("matchLabelKeys") or () if key in mine)
    return same and not any(
        theirs.get(key) == mine[key] for key in term.get("mismatchLabelKeys") or () if key in mine
    )


def _same_place(term: Object, one: Object, other: Object) -> bool:
    key = term.get("topologyKey", "")
    place = labels_of(one).get(key)
    return place is not None and labels_of(other).get(key) == place


def _affinity_holds(view: View, pod: Object, node: Object) -> bool:
    wanted = terms(pod, "podAffinity")
    if not wanted:
        return True
    if any(term.get("topologyKey", "") not in labels_of(node) for term in wanted):
        return False
    # Pods count that are meant by all terms; where there are none anywhere, the first of a group may begin it.
    meant = [
        (other, place)
        for other, place in view.placed()
        if all(selected(view, pod, term, other) for term in wanted)
    ]
    if not meant:
        return all(selected(view, pod, term, pod) for term in wanted)
    return all(any(_same_place(term, node, place) for _, place in meant) for term in wanted)


def _hits(view: View, pod: Object, node: Object, unwanted: list[Object]) -> bool:
    return any(
        _same_place(term, node, place) and selected(view, pod, term, other)
        for term in unwanted
        for other, place in view.placed()
    )


def _unwanted(view: View, pod: Object, node: Object) -> bool:
    """Whether a pod that is there does not want this one near it."""
    return any(
        _same_place(term, node, place) and selected(view, other, term, pod)
        for other, place in view.placed()
        for term in terms(other, "podAntiAffinity")
    )


def affinity_score(view: View, pod: Object, node: Object) -> int:
    """The weights of the preferred terms that hold, those of the pods that are there included."""
    score = 0
    for other, place in view.placed():
        for sign, weight, term in _preferred(pod):
            if _same_place(term, node, place) and selected(view, pod, term, other):
                score += sign * weight
        for sign, weight, term in _preferred(other):
            if _same_place(term, node, place) and selected(view, other, term, pod):
                score += sign * weight
        for term in terms(other, "podAffinity"):
            if _same_place(term, node, place) and selected(view, other, term, pod):
                score += 1
    return score


def _preferred(pod: Object) -> Iterator[tuple[int, int, Object]]:
    affinity = pod["spec"].get("affinity") or {}
    for sign, kind in ((1, "podAffinity"), (-1, "podAntiAffinity")):
        for each in (affinity.get(kind) or {}).get(PREFERRED) or ():
            yield sign, int(each.get("weight", 1)), each.get("podAffinityTerm") or {}
