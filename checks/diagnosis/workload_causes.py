"""Why a workload is not ready: its own settings and conditions, then its pods."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.creation import not_created
from checks.diagnosis.evidence import condition_path, ref
from checks.diagnosis.pod_causes import unready_pods
from checks.diagnosis.rule import Rule, first, merged
from checks.diagnosis.volume_causes import not_bound
from checks.object_fields import as_selector, at, condition, mappings_at, name_of, number_at, text_at
from checks.patterns import quotation
from checks.phrase import phrase

MOST_LOOKED_INTO = 20
"""How many objects of one check are searched for the causes of a failure."""
_WITH_PODS = frozenset(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"])
REVISION = "deployment.kubernetes.io/revision"


async def unready_workload(world: World, workload: Object) -> tuple[Finding, ...]:
    """The causes for a Deployment, StatefulSet, DaemonSet or Job that is not ready."""
    own = await first(WORKLOAD_RULES, world, workload)
    if own is not None:
        return (own,)
    found = await unready_pods(world, await newest_pods(world, workload))
    if found:
        return found
    ended = await first(LAST_RULES, world, workload)
    return (ended,) if ended else ()


async def pod_findings(world: World, objects: Sequence[Object]) -> tuple[Finding, ...]:
    """The causes for objects whose status is not the expected one: for workloads whatever keeps their pods from being
    ready, for pods and claims their own. A setting that somebody chose (a number of replicas, a pause) is not a
    cause: it may be intended."""
    found: list[Finding] = []
    for obj in objects[:MOST_LOOKED_INTO]:
        kind = text_at(obj, "kind")
        if kind in _WITH_PODS:
            refused = await not_created(world, obj)
            found += [refused] if refused else await unready_pods(world, await newest_pods(world, obj))
        elif kind == "Pod":
            found += await unready_pods(world, [obj])
        elif kind == "PersistentVolumeClaim" and (unbound := await not_bound(world, obj)):
            found.append(unbound)
    return merged(found)


async def scaled_to_zero(_world: World, workload: Object) -> Finding | None:
    """It is scaled to zero: scaled down, or never up."""
    if text_at(workload, "kind") == "Job" or number_at(workload, "spec", "replicas") != 0:
        return None
    return Finding(
        "scaled-to-zero",
        phrase("It is scaled to 0 replicas, so no pod runs"),
        phrase(
            "Scale it up: {command}",
            command=f"kubectl scale {_called(workload)} --replicas=1 {_in(workload)}",
        ),
        ref(workload),
        "0",
        "spec.replicas",
    )


async def rollout_paused(_world: World, workload: Object) -> Finding | None:
    """A paused Deployment does not roll out changes."""
    if at(workload, "spec", "paused") is not True:
        return None
    return Finding(
        "rollout-paused",
        phrase("The rollout is paused, so changes have no effect"),
        phrase("Resume it: {command}", command=f"kubectl rollout resume {_called(workload)} {_in(workload)}"),
        ref(workload),
        "true",
        "spec.paused",
    )


async def job_failed(_world: World, workload: Object) -> Finding | None:
    """A Job that exceeded its deadline; one whose pods failed too often is diagnosed by its pods first."""
    failed = condition(workload, "Failed")
    if failed.get("status") != "True" or text_at(failed, "reason") != "DeadlineExceeded":
        return None
    return Finding(
        "job-deadline",
        phrase("The Job took longer than activeDeadlineSeconds allows, so it was stopped"),
        phrase("Allow more time, or reduce the work; then delete the Job and create it again."),
        ref(workload),
        quotation(text_at(failed, "message")) or "DeadlineExceeded",
        f"{condition_path(workload, 'Failed')}.{'message' if text_at(failed, 'message') else 'reason'}",
    )


async def job_gave_up(_world: World, workload: Object) -> Finding | None:
    """A Job whose pods failed as often as it allows."""
    failed = condition(workload, "Failed")
    if text_at(workload, "kind") != "Job" or failed.get("status") != "True":
        return None
    return Finding(
        "job-failed",
        phrase("The Job's pods failed as often as backoffLimit allows, so it was stopped"),
        phrase("Read the log of the last pod, then delete the Job and create it again: {command}",
               command=f"kubectl logs {_called(workload)} {_in(workload)}"),
        ref(workload),
        quotation(text_at(failed, "message") or text_at(failed, "reason")),
        f"{condition_path(workload, 'Failed')}.{'message' if text_at(failed, 'message') else 'reason'}",
    )  # fmt: skip


async def no_progress(_world: World, workload: Object) -> Finding | None:
    """All that is known is that the rollout made no progress within progressDeadlineSeconds."""
    progressing = condition(workload, "Progressing")
    if text_at(progressing, "reason") != "ProgressDeadlineExceeded":
        return None
    return Finding(
        "no-progress",
        phrase("The rollout has made no progress for as long as progressDeadlineSeconds allows"),
        phrase("Check its pods and their events: {command}", command=f"kubectl describe {_called(workload)} {_in(workload)}"),
        ref(workload),
        quotation(text_at(progressing, "message")),
        f"{condition_path(workload, 'Progressing')}.message",
    )  # fmt: skip


WORKLOAD_RULES: tuple[Rule, ...] = (not_created, scaled_to_zero, rollout_paused, job_failed)
"""Causes in a workload's own fields; they come before those of its pods."""
LAST_RULES: tuple[Rule, ...] = (job_gave_up, no_progress)
"""Reported if the pods show no cause."""


async def newest_pods(world: World, workload: Object) -> Sequence[Object]:
    """The pods of its newest template: those of a Deployment's earlier revisions are being replaced."""
    selector = as_selector(at(workload, "spec", "selector", "matchLabels"))
    namespace = text_at(workload, "metadata", "namespace")
    if not selector:
        return []
    pods = await world.cluster.list("v1", "Pod", namespace, selector)
    if text_at(workload, "kind") != "Deployment":
        return pods
    newest = await _newest_replica_set(world, workload, namespace, selector)
    mine = [pod for pod in pods if newest and newest in _owners(pod)]
    return mine or pods


async def _newest_replica_set(world: World, workload: Object, namespace: str, selector: str) -> str:
    """The uid of the ReplicaSet with the highest revision; "" if it is unknown."""
    try:
        sets = await world.cluster.list("apps/v1", "ReplicaSet", namespace, selector)
    except CannotRead:
        return ""
    uid = text_at(workload, "metadata", "uid")
    mine = [each for each in sets if not uid or uid in _owners(each)]
    newest = max(mine, key=_revision, default=None)
    return text_at(newest, "metadata", "uid")


def _revision(replica_set: Object) -> int:
    written = text_at(replica_set, "metadata", "annotations", REVISION)
    return int(written) if re.fullmatch(r"[0-9]{1,18}", written) else 0


def _owners(obj: Object) -> set[str]:
    return {text_at(owner, "uid") for owner in mappings_at(obj, "metadata", "ownerReferences")}


def _called(workload: Object) -> str:
    return f"{text_at(workload, 'kind').lower()}/{name_of(workload)}"


def _in(workload: Object) -> str:
    return f"-n {text_at(workload, 'metadata', 'namespace')}"
