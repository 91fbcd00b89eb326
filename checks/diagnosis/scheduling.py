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
        phrase("No node takes the pod"),
        phrase("Look at the nodes with kubectl get nodes, and at the pod with kubectl describe pod."),
    )


_MEANINGS: tuple[tuple[str, str, Phrase, Phrase], ...] = (
    (
        "no-room",
        r"Insufficient (cpu|memory|ephemeral-storage)",
        phrase("No node has enough room left (cpu or memory) for the pod"),
        phrase("Remove workloads that aren't needed, ask for less in resources.requests, or add a node."),
    ),
    (
        "too-many-pods",
        r"Too many pods|Insufficient pods",
        phrase("Every node has as many pods as it may have"),
        phrase("Remove workloads that aren't needed, or add a node (small cloud machines take few pods)."),
    ),
    (
        "port-taken",
        r"free ports",
        phrase("The port that the pod needs on its node is taken"),
        phrase("Use another port: on k3s each LoadBalancer Service takes its port on every node."),
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
        phrase("The pod's volume is on a node (or in a zone) that can't take the pod"),
        phrase("Make room on the volume's node, or delete the claim where its content is not needed."),
    ),
    (
        "nodes-not-ready",
        r"taint \{node\.kubernetes\.io/(not-ready|unreachable)|NodeNotReady|had no available",
        phrase("The nodes that could take the pod are not ready"),
        phrase(
            "Look at what they lack (is the machine running, does its network work?): {command}",
            command="kubectl get nodes",
        ),
    ),
    (
        "node-pressure",
        r"taint \{node\.kubernetes\.io/(disk|memory|pid)-pressure",
        phrase("The nodes are short of disk, memory or processes"),
        phrase("Make room on them or add one: {command}", command="kubectl describe nodes"),
    ),
    (
        "node-cordoned",
        r"unschedulable",
        phrase("The nodes are cordoned: they take no new pods"),
        phrase(
            "When their maintenance is over, let them take pods again: {command}",
            command="kubectl uncordon NODE",
        ),
    ),
    (
        "node-taint",
        r"taint",
        phrase("The nodes do not take this pod (taints)"),
        phrase("Wait until the nodes are ready (kubectl get nodes), or add a toleration."),
    ),
)
"""What the messages of kube-scheduler's filter plugins mean; the first match is reported."""
