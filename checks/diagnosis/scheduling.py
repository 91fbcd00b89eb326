"""Pods that can't be scheduled. The messages are those of kube-scheduler's filter plugins."""

from __future__ import annotations

import re

from checks.base import Finding, Object, World
from checks.diagnosis.evidence import condition_path, ref
from checks.object_fields import condition, text_at
from checks.patterns import quotation
from checks.phrase import Phrase, phrase


async def not_scheduled(_world: World, pod: Object) -> Finding | None:
    """The scheduler's message in the condition PodScheduled."""
    if condition(pod, "PodScheduled").get("status") != "False":
        return None
    message = text_at(condition(pod, "PodScheduled"), "message")
    if _CLAIMS.search(
        message
    ):  # volumes.py says what is wrong with them, and nothing where they are on their way
        return None
    rule, cause, remedy = _read(message)
    field = f"{condition_path(pod, 'PodScheduled')}.message"
    return Finding(rule, cause, remedy, ref(pod), quotation(message), field)


_CLAIMS = re.compile(r"unbound immediate PersistentVolumeClaims|persistentvolumeclaim \"")


def _read(message: str) -> tuple[str, Phrase, Phrase]:
    for rule, pattern, cause, remedy in _MEANINGS:
        if re.search(pattern, message):
            return rule, cause, remedy
    return (
        "not-scheduled",
        phrase("No node accepts the pod"),
        phrase("Check the nodes with kubectl get nodes, and the pod with kubectl describe pod."),
    )


_MEANINGS: tuple[tuple[str, str, Phrase, Phrase], ...] = (
    (
        "no-room",
        r"Insufficient (cpu|memory|ephemeral-storage)",
        phrase("No node has enough free CPU or memory for the pod"),
        phrase("Delete workloads that aren't needed, lower resources.requests, or add a node."),
    ),
    (
        "too-many-pods",
        r"Too many pods|Insufficient pods",
        phrase("Every node has reached its maximum number of pods"),
        phrase("Delete workloads that aren't needed, or add a node (small cloud machines run few pods)."),
    ),
    (
        "port-taken",
        r"free ports",
        phrase("The node port that the pod needs is in use"),
        phrase("Use another port: on k3s each LoadBalancer Service uses its port on every node."),
    ),
    (
        "no-matching-node",
        r"node affinity/selector|node selector|didn't match",
        phrase("No node has the labels that the pod asks for"),
        phrase("Correct nodeSelector or affinity of the pod, or label a node."),
    ),
    (
        "volume-elsewhere",
        r"volume node affinity",
        phrase("The pod's volume is on a node (or in a zone) that can't run the pod"),
        phrase("Free resources on the volume's node, or delete the claim if its content is not needed."),
    ),
    (
        "nodes-not-ready",
        r"taint \{node\.kubernetes\.io/(not-ready|unreachable)|NodeNotReady|had no available",
        phrase("The nodes that could run the pod are not ready"),
        phrase(
            "Check the nodes (is the machine running, does its network work?): {command}",
            command="kubectl get nodes",
        ),
    ),
    (
        "node-pressure",
        r"taint \{node\.kubernetes\.io/(disk|memory|pid)-pressure",
        phrase("The nodes are short of disk, memory or processes"),
        phrase("Free resources on the nodes or add a node: {command}", command="kubectl describe nodes"),
    ),
    (
        "node-cordoned",
        r"unschedulable",
        phrase("The nodes are cordoned: they accept no new pods"),
        phrase(
            "When their maintenance is over, allow pods again: {command}",
            command="kubectl uncordon NODE",
        ),
    ),
    (
        "node-taint",
        r"taint",
        phrase("The nodes' taints do not allow this pod"),
        phrase("Wait until the nodes are ready (kubectl get nodes), or add a toleration."),
    ),
)
"""What the messages of kube-scheduler's filter plugins mean; the first match is reported."""
