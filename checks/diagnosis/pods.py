"""Why pods are not ready."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks.base import Finding, Object, World
from checks.diagnosis.events import called, warnings_about
from checks.diagnosis.images import REASONS, image_not_pulled
from checks.objects import condition, is_going, mappings_at, name_of, number_at, text_at
from checks.patterns import excerpt
from checks.words import Phrase, phrase

MOST = 3
"""Findings that are told at once: more are rarely other causes."""


async def unready_pods(world: World, pods: Sequence[Object]) -> tuple[Finding, ...]:
    """The causes for pods that are not ready, each told once."""
    findings: dict[tuple[str, ...], Finding] = {}
    for pod in pods:
        if is_going(pod) or condition(pod, "Ready").get("status") == "True":
            continue
        if text_at(pod, "status", "phase") == "Succeeded":
            continue
        finding = await _cause(world, pod)
        if finding is not None:
            findings.setdefault(_key(finding), finding)
        if len(findings) == MOST:
            break
    return tuple(findings.values())


def _key(finding: Finding) -> tuple[str, ...]:
    return (
        finding.cause.template,
        str(finding.cause.values.get("image", "")),
        str(finding.cause.values.get("container", "")),
    )


async def _cause(world: World, pod: Object) -> Finding | None:
    if condition(pod, "PodScheduled").get("status") == "False":
        return _not_scheduled(pod)
    for name, image, state, last in _containers(pod):
        reason, message = text_at(state, "waiting", "reason"), text_at(state, "waiting", "message")
        if reason in REASONS:
            return await image_not_pulled(world, pod, image, reason, message)
        if reason == "CreateContainerConfigError":
            return Finding(
                phrase("A container can't be set up: {container}", container=name),
                phrase("Create what the message names, or correct its name in the manifest."),
                called(pod),
                message,
            )
        if reason in ("CrashLoopBackOff", "RunContainerError", "CreateContainerError"):
            return _crashes(pod, name, last.get("terminated"), message)
    return await _probe_fails(world, pod)


def _containers(pod: Object) -> Iterator[tuple[str, str, Object, Object]]:
    for statuses in ("initContainerStatuses", "containerStatuses"):
        for status in mappings_at(pod, "status", statuses):
            state, last = status.get("state"), status.get("lastState")
            yield (
                text_at(status, "name"),
                text_at(status, "image"),
                state if isinstance(state, dict) else {},
                last if isinstance(last, dict) else {},
            )


def _crashes(pod: Object, container: str, ended: object, message: str) -> Finding:
    if text_at(ended, "reason") == "OOMKilled":
        return Finding(
            phrase("The container needs more memory than its limit: {container}", container=container),
            phrase("Raise resources.limits.memory of the container, or have it do less."),
            called(pod),
            "OOMKilled",
        )
    code = number_at(ended, "exitCode")
    namespace = text_at(pod, "metadata", "namespace")
    return Finding(
        phrase(
            "The container ends again and again: {container} (exit code {exit_code})",
            container=container,
            exit_code=phrase("unknown") if code is None else code,
        ),
        phrase(
            "Read its last words: {command}",
            command=f"kubectl logs {name_of(pod)} -c {container} -n {namespace} --previous",
        ),
        called(pod),
        excerpt(text_at(ended, "message") or message, 300),
    )


_SCHEDULING: tuple[tuple[str, Phrase, Phrase], ...] = (
    (
        r"Insufficient (cpu|memory|ephemeral-storage)",
        phrase("No node has enough room left (cpu or memory) for the pod"),
        phrase("Remove workloads that aren't needed, ask for less in resources.requests, or add a node."),
    ),
    (
        r"Too many pods|Insufficient pods",
        phrase("Every node has as many pods as it may have"),
        phrase("Remove workloads that aren't needed, or add a node (small cloud machines take few pods)."),
    ),
    (
        r"free ports",
        phrase("The port that the pod needs on its node is taken"),
        phrase("Use another port: on k3s each LoadBalancer Service takes its port on every node."),
    ),
    (
        r"PersistentVolumeClaim|persistentvolumeclaim|volume node affinity",
        phrase("The pod's volume is not there"),
        phrase("Look at the claim with kubectl get pvc, and whether the cluster has a default StorageClass."),
    ),
    (
        r"node affinity|node selector|didn't match",
        phrase("No node has the labels that the pod asks for"),
        phrase("Correct nodeSelector or affinity of the pod, or label a node."),
    ),
    (
        r"taint",
        phrase("The nodes do not take this pod (taints)"),
        phrase("Wait until the nodes are ready (kubectl get nodes), or add a toleration."),
    ),
)
"""What the scheduler's messages mean (kube-scheduler's filter plugins); the first that fits is told."""


def _not_scheduled(pod: Object) -> Finding:
    message = text_at(condition(pod, "PodScheduled"), "message")
    for pattern, cause, remedy in _SCHEDULING:
        if re.search(pattern, message):
            return Finding(cause, remedy, called(pod), excerpt(message, 300))
    return Finding(
        phrase("No node takes the pod"),
        phrase("Look at the nodes with kubectl get nodes, and at the pod with kubectl describe pod."),
        called(pod),
        excerpt(message, 300),
    )


async def _probe_fails(world: World, pod: Object) -> Finding | None:
    if text_at(pod, "status", "phase") != "Running":
        return None
    told = await warnings_about(world, pod, "Unhealthy")
    if not told:
        return None
    return Finding(
        phrase("The pod runs, and its readiness probe fails"),
        phrase(
            "Give it a moment; if it stays so, read its log: {command}",
            command=f"kubectl logs {name_of(pod)} -n {text_at(pod, 'metadata', 'namespace')} --all-containers",
        ),
        called(pod),
        excerpt(told[0], 300),
    )
