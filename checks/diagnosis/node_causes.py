"""Pods with a problem of their node: it is unreachable, short of resources, or evicted them."""

from __future__ import annotations

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.evidence import condition_path, ref
from checks.object_fields import condition, text_at
from checks.patterns import quotation
from checks.phrase import phrase


async def node_not_ready(world: World, pod: Object) -> Finding | None:
    """The pod's node is not Ready, so the pod's state is unknown."""
    name = text_at(pod, "spec", "nodeName")
    try:
        node = await world.cluster.get("v1", "Node", name) if name else None
    except CannotRead:  # a learner may not be allowed to read nodes
        return None
    if node is None or condition(node, "Ready").get("status") in (None, "True"):
        return None
    ready = condition(node, "Ready")
    return Finding(
        "node-not-ready",
        phrase("The node on which the pod runs is not ready: {node}", node=name),
        phrase(
            "Check what is wrong with the node (is its machine running, does it have network, "
            "memory, disk?): {command}",
            command=f"kubectl describe node {name}",
        ),
        ref(node),
        quotation(text_at(ready, "message") or text_at(ready, "reason")),
        f"{condition_path(node, 'Ready')}.{'message' if text_at(ready, 'message') else 'reason'}",
    )


async def evicted(_world: World, pod: Object) -> Finding | None:
    """The kubelet evicted it because the node ran short of memory or disk."""
    if text_at(pod, "status", "reason") != "Evicted":
        return None
    return Finding(
        "evicted",
        phrase("The node ran out of memory or disk and evicted the pod"),
        phrase("Free resources on the node or add a node. To delete the evicted pods: {command}",
               command=f"kubectl delete pod --field-selector=status.phase=Failed -n {text_at(pod, 'metadata', 'namespace')}"),
        ref(pod),
        quotation(text_at(pod, "status", "message")) or "Evicted",
        f"status.{'message' if text_at(pod, 'status', 'message') else 'reason'}",
    )  # fmt: skip
