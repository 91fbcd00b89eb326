"""Whether a pod may be on a node by what it says of nodes itself: selector, node affinity, tolerations."""

from __future__ import annotations

from runner.practice.machinery.store import Object


def tolerated(pod: Object, taint: Object) -> bool:
    """Whether one of the pod's tolerations is for this taint."""
    return any(tolerates(toleration, taint) for toleration in pod["spec"].get("tolerations") or ())


def tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")


def matches_node(pod: Object, node: Object) -> bool:
    """Whether nodeSelector and the required node affinity take this node."""
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (pod["spec"].get("nodeSelector") or {}).items()):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    return any(matches_term(term, node) for term in required.get("nodeSelectorTerms") or ())


def matches_term(term: Object, node: Object) -> bool:
    """Whether a NodeSelectorTerm takes the node; one that says nothing takes none."""
    labels = node["metadata"].get("labels") or {}
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
