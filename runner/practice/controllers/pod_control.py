"""Creating, counting and deleting pods for controllers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import (
    condition,
    going,
    is_active,
    is_ready,
    name_of,
    namespace_of,
    parse_time,
    seconds_until_available,
)
from runner.practice.machinery.generated_names import generated
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.store import Object, key_of

BURST = 100
"""Pods that a controller creates or deletes per reconcile, so that a huge number blocks nothing else."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of some pods are there, ready, available; and when the next one becomes available."""

    replicas: int
    ready: int
    available: int
    next_available: float | None  # seconds; None if none is on its way


def count(pods: Sequence[Object], min_ready_seconds: float = 0) -> Count:
    waits = [seconds_until_available(pod, min_ready_seconds) for pod in pods]
    coming = [wait for wait in waits if wait]
    return Count(
        replicas=len(pods),
        ready=sum(wait is not None for wait in waits),
        available=sum(wait == 0 for wait in waits),
        next_available=min(coming) if coming else None,
    )


def active(pods: Sequence[Object]) -> list[Object]:
    return [pod for pod in pods if is_active(pod)]


def from_template(owner: Object, template: Object, reference: Object, name: str = "") -> Object:
    """A pod of a workload: named `name`, or after its owner."""
    meta = template.get("metadata") or {}
    base = f"{name_of(owner)}-"
    made: Object = {"name": name} if name else {"generateName": base, "name": generated(base)}
    made["namespace"] = namespace_of(owner)
    for part in ("labels", "annotations", "finalizers"):
        if meta.get(part):
            made[part] = copied(meta[part])
    made["ownerReferences"] = [reference]
    spec = copied(template.get("spec") or {})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": spec}


def create(cluster: ClusterContext, resource: str, obj: Object) -> Object:
    """Create what a controller wants, through defaults and admission. Raises ApiError."""
    refusal = cluster.faults.creation_refusal(obj) if resource == "pods" else None
    if refusal is not None:
        raise refusal
    return cluster.create(resource, obj)


def first_to_go(pods: Sequence[Object]) -> list[Object]:
    """In the order in which a scale-down takes them (k8s.io/kubernetes, controller_utils: ActivePodsWithRanks).

    Unassigned before assigned, pending before running, not ready before ready, cheaper (the annotation
    pod-deletion-cost) before dearer, those that share a node with more of them, ready for a shorter time,
    more often restarted, younger.
    """
    per_node: dict[str, int] = {}
    for pod in pods:
        node = pod["spec"].get("nodeName", "")
        per_node[node] = per_node.get(node, 0) + 1

    def rank(pod: Object) -> tuple[Any, ...]:
        node = pod["spec"].get("nodeName", "")
        status = pod.get("status", {})
        ready = condition(pod, "Ready")
        since = parse_time(ready["lastTransitionTime"]).timestamp() if ready and is_ready(pod) else 0.0
        restarts = max((s.get("restartCount", 0) for s in status.get("containerStatuses") or ()), default=0)
        return (
            bool(node),
            {"Pending": 0, "Unknown": 1}.get(status.get("phase", "Pending"), 2),
            is_ready(pod),
            _cost(pod),
            -per_node[node],
            -since,
            -restarts,
            -parse_time(pod["metadata"]["creationTimestamp"]).timestamp(),
            -int(pod["metadata"]["resourceVersion"]),
        )

    return sorted(pods, key=rank)


def _cost(pod: Object) -> int:
    message = (pod["metadata"].get("annotations") or {}).get(
        "controller.kubernetes.io/pod-deletion-cost", "0"
    )
    try:
        return int(message)
    except ValueError:
        return 0


def remove(cluster: ClusterContext, pod: Object) -> None:
    """Delete a pod unless it is on its remedy already."""
    if not going(pod) and cluster.store.get(key_of("pods", pod)) is not None:
        cluster.store.delete(key_of("pods", pod), uid=pod["metadata"]["uid"])
