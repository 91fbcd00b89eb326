"""A Deployment's status, with the reasons and sentences of the real controller."""

from __future__ import annotations

from collections.abc import Sequence

from runner.practice.controllers.deployment.rollout import actual, available, max_unavailable, size, wanted
from runner.practice.controllers.object_helpers import age, condition, name_of, now, without_empty
from runner.practice.machinery.store import Object

COMPLETE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
ENDLESS = 2**31 - 1
"""The progressDeadlineSeconds that means none."""


def deadline(deployment: Object) -> int | None:
    """Seconds without progress after which a rollout is said to have failed."""
    seconds = deployment["spec"].get("progressDeadlineSeconds", 600)
    return None if seconds == ENDLESS else int(seconds)


def deployment_condition(kind: str, status: str, reason: str, message: str) -> Object:
    """A new condition."""
    moment = now()
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": moment,
        "lastTransitionTime": moment,
        "reason": reason,
        "message": message,
    }


def put(conditions: list[Object], new: Object) -> list[Object]:
    """With `new` as the last one; unchanged where status and reason are as before."""
    old = next((found for found in conditions if found["type"] == new["type"]), None)
    if old and (old["status"], old["reason"]) == (new["status"], new["reason"]):
        return conditions
    if old and old["status"] == new["status"]:
        new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
    return [*without(conditions, new["type"]), new]


def without(conditions: list[Object], kind: str) -> list[Object]:
    return [found for found in conditions if found["type"] != kind]


def counts(deployment: Object, new: Object | None, sets: Sequence[Object]) -> Object:
    """Everything of the status but its conditions."""
    there = sum(available(rs) for rs in sets)
    return without_empty(
        {
            "observedGeneration": deployment["metadata"].get("generation", 1),
            "replicas": sum(actual(rs) for rs in sets),
            "updatedReplicas": actual(new) if new else 0,
            "readyReplicas": sum(rs.get("status", {}).get("readyReplicas", 0) for rs in sets),
            "availableReplicas": there,
            "unavailableReplicas": max(sum(size(rs) for rs in sets) - there, 0),
            "collisionCount": deployment.get("status", {}).get("collisionCount", 0),
        }
    )


def availability(deployment: Object, status: Object) -> Object:
    """The condition Available."""
    if status.get("availableReplicas", 0) >= wanted(deployment) - max_unavailable(deployment):
        return deployment_condition(
            "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."
        )
    message = "Deployment does not have minimum availability."
    return deployment_condition("Available", "False", "MinimumReplicasUnavailable", message)


def is_complete(deployment: Object, status: Object) -> bool:
    """Whether all pods are of the present template, and available."""
    size_wanted = wanted(deployment)
    return all(
        status.get(name, 0) == size_wanted for name in ("updatedReplicas", "replicas", "availableReplicas")
    )


def progressed(old: Object, new: Object) -> bool:
    """Whether a status is nearer to the end of the rollout than the one before."""

    def old_ones(status: Object) -> int:
        return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))

    nearer = old_ones(new) < old_ones(old)
    return nearer or any(
        new.get(name, 0) > old.get(name, 0)
        for name in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )


def progress(
    deployment: Object, new: Object | None, status: Object, conditions: list[Object]
) -> list[Object]:
    """The conditions with Progressing as it has become."""
    if deadline(deployment) is None:
        return without(conditions, "Progressing")
    current = next((found for found in conditions if found["type"] == "Progressing"), None)
    all_updated = status.get("replicas", 0) == status.get("updatedReplicas", 0)
    if all_updated and current and current["reason"] == COMPLETE:
        return conditions
    subject = f'ReplicaSet "{name_of(new)}"' if new else f'Deployment "{name_of(deployment)}"'
    if is_complete(deployment, status):
        return put(
            conditions,
            deployment_condition("Progressing", "True", COMPLETE, f"{subject} has successfully progressed."),
        )
    if progressed(deployment.get("status", {}), status):
        moved = deployment_condition("Progressing", "True", "ReplicaSetUpdated", f"{subject} is progressing.")
        if current and current["status"] == "True":
            moved["lastTransitionTime"] = current["lastTransitionTime"]
        return [*without(conditions, "Progressing"), moved]
    if seconds_left(deployment, current) == 0:
        return put(
            conditions,
            deployment_condition("Progressing", "False", TIMED_OUT, f"{subject} has timed out progressing."),
        )
    return conditions


def seconds_left(deployment: Object, current: Object | None) -> float | None:
    """Until a rollout that makes no progress has failed; None if no deadline runs."""
    limit = deadline(deployment)
    if limit is None or current is None or deployment["spec"].get("paused"):
        return None
    if current["reason"] in (COMPLETE, TIMED_OUT) or current["status"] != "True":
        return 0 if current["reason"] == TIMED_OUT else None
    return max(limit - age(current["lastUpdateTime"]), 0)


def failures(sets: Sequence[Object]) -> Object | None:
    """The condition ReplicaFailure, where one of the ReplicaSets can't make its pods."""
    for rs in sets:
        found = condition(rs, "ReplicaFailure")
        if found:
            moment = found["lastTransitionTime"]
            return {
                **deployment_condition("ReplicaFailure", "True", found["reason"], found["message"]),
                "lastUpdateTime": moment,
            }
    return None
