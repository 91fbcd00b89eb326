"""The arithmetic of a rollout: how many pods each ReplicaSet may have next.

Follows the documented guarantees of maxSurge and maxUnavailable: never more than replicas + maxSurge pods,
never fewer than replicas - maxUnavailable available ones because of the rollout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.practice.controllers.object_helpers import name_of, share
from runner.practice.machinery.store import Object

Scale = tuple[Object, int]
"""A ReplicaSet and the replicas that it is to have."""


def wanted(deployment: Object) -> int:
    return int(deployment["spec"].get("replicas", 1))


def size(replica_set: Object) -> int:
    return int(replica_set["spec"].get("replicas", 1))


def available(replica_set: Object) -> int:
    return int(replica_set.get("status", {}).get("availableReplicas", 0))


def actual(replica_set: Object) -> int:
    return int(replica_set.get("status", {}).get("replicas", 0))


def is_rolling(deployment: Object) -> bool:
    return bool(deployment["spec"].get("strategy", {}).get("type", "RollingUpdate") == "RollingUpdate")


def max_surge(deployment: Object) -> int:
    """Pods above `replicas` during a rollout."""
    return _limits(deployment)[0]


def max_unavailable(deployment: Object) -> int:
    """Pods that may be unavailable during a rollout."""
    return min(_limits(deployment)[1], wanted(deployment))


def _limits(deployment: Object) -> tuple[int, int]:
    if not is_rolling(deployment) or not wanted(deployment):
        return 0, 0
    rolling = deployment["spec"].get("strategy", {}).get("rollingUpdate") or {}
    replicas = wanted(deployment)
    surge = share(rolling.get("maxSurge", "25%"), replicas, up=True)
    unavailable = share(rolling.get("maxUnavailable", "25%"), replicas, up=False)
    return (surge, unavailable) if surge or unavailable else (0, 1)


def size_of_new(deployment: Object, sets: Sequence[Object], present: int) -> int:
    """The replicas that the current ReplicaSet, which has `present`, may have beside the others."""
    if not is_rolling(deployment):
        return wanted(deployment)
    room = wanted(deployment) + max_surge(deployment) - sum(size(rs) for rs in sets)
    if room <= 0:
        return present
    return present + min(room, wanted(deployment) - present)


def shrink_old(deployment: Object, new: Object, old: Sequence[Object]) -> list[Scale]:
    """The old ReplicaSets that may shrink now: first pods that are not healthy, then healthy ones."""
    present = {name_of(rs): size(rs) for rs in old}
    everything = [new, *old]
    least = wanted(deployment) - max_unavailable(deployment)
    not_there = size(new) - available(new)
    room = sum(size(rs) for rs in everything) - least - not_there
    if room <= 0 or not any(present.values()):
        return []
    for rs in old:
        unhealthy = min(room, max(present[name_of(rs)] - available(rs), 0))
        present[name_of(rs)] -= unhealthy
        room -= unhealthy
    room = sum(available(rs) for rs in everything) - least
    for rs in old:
        healthy = max(min(room, present[name_of(rs)]), 0)
        present[name_of(rs)] -= healthy
        room -= healthy
    return [(rs, present[name_of(rs)]) for rs in old if present[name_of(rs)] != size(rs)]


def proportional(deployment: Object, active: Sequence[Object], noted_max: dict[str, int]) -> Iterator[Scale]:
    """Sizes in proportion, where a Deployment is scaled in the middle of a rollout.

    `noted_max` is what each ReplicaSet noted as the most pods of the Deployment when it was last scaled.
    """
    total = sum(size(rs) for rs in active)
    allowed = wanted(deployment) + max_surge(deployment) if wanted(deployment) else 0
    to_add = allowed - total
    growing = to_add > 0
    order = sorted(
        active,
        key=lambda rs: (size(rs), rs["metadata"]["creationTimestamp"], name_of(rs)),
        reverse=True,
    )
    planned: dict[str, int] = {}
    added = 0
    for rs in order:
        part = 0
        if to_add and size(rs):
            before = noted_max.get(name_of(rs)) or wanted(deployment)
            part = round(size(rs) * allowed / before) - size(rs)
            left = to_add - added
            part = min(part, left) if growing else max(part, left)
        planned[name_of(rs)] = size(rs) + part
        added += part
    if order and to_add:
        largest = name_of(order[0])
        planned[largest] = max(planned[largest] + to_add - added, 0)
    for rs in order:
        yield rs, planned[name_of(rs)]
