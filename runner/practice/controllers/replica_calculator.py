"""How many replicas a metric asks for (k8s.io/kubernetes, pkg/controller/podautoscaler/replica_calculator.go).

Values are in thousandths: of a processor, of a byte.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from runner.practice.controllers.object_helpers import condition, going, name_of, parse_time
from runner.practice.controllers.resource_metrics import Measured
from runner.practice.machinery.store import Object

TOLERANCE = 0.1
INITIALIZATION = 300.0
"""Seconds after a pod's start during which only ready pods count (--horizontal-pod-autoscaler-cpu-initialization-period)."""
INITIAL_READINESS = 30.0
UNREADY_NAMED_SINCE = 23

Ratio = Callable[[Mapping[str, int]], float]
"""What the pods' values are of the target: 1 where the number of replicas is right."""


class NoReplicaCount(Exception):
    """No number of replicas can be computed; the message is the controller's."""


@dataclass(frozen=True, slots=True)
class Count:
    """The replicas that a metric asks for; `average` of the pods that count, `percent` of what they request."""

    replicas: int
    average: int
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class PodGroups:
    """Pods by what their figures are good for."""

    ready: int
    ignored: frozenset[str]
    missing: frozenset[str]


def group_pods(
    pods: Sequence[Object], measured: Mapping[str, Measured], resource: str, speed: float
) -> PodGroups:
    """Pending and unready pods are ignored; pods without figures are missing. `speed` divides all waiting times."""
    ready, ignored, missing = 0, set(), set()
    for pod in pods:
        phase = (pod.get("status") or {}).get("phase", "Pending")
        if going(pod) or phase == "Failed":
            continue
        if phase == "Pending":
            ignored.add(name_of(pod))
        elif name_of(pod) not in measured:
            missing.add(name_of(pod))
        elif resource == "cpu" and _unready(pod, measured[name_of(pod)], speed):
            ignored.add(name_of(pod))
        else:
            ready += 1
    return PodGroups(ready, frozenset(ignored), frozenset(missing))


def _unready(pod: Object, measured: Measured, speed: float) -> bool:
    found, started = condition(pod, "Ready"), pod["status"].get("startTime")
    if found is None or not started:
        return True
    began, changed = parse_time(started), parse_time(found["lastTransitionTime"])
    unready = found["status"] != "True"
    if began + timedelta(seconds=INITIALIZATION / speed) > datetime.now(UTC):
        return unready or measured.moment < changed + timedelta(seconds=measured.window)
    return unready and began + timedelta(seconds=INITIAL_READINESS / speed) > changed


def by_utilization(
    current: int,
    target: int,
    values: Mapping[str, int],
    requests: Mapping[str, int],
    groups: PodGroups,
    minor: int,
) -> Count:
    """For a target in per cent of what pods request. Raises NoReplicaCount."""
    values = _counted(values, groups, minor)
    percent, average = _utilization(values, requests)

    def ratio(filled: Mapping[str, int]) -> float:
        return _utilization(filled, requests)[0] / target

    unknown = {name: requests.get(name, 0) for name in groups.missing}
    return Count(_replicas(current, values, groups, ratio, unknown), average, percent)


def by_average(current: int, target: int, values: Mapping[str, int], groups: PodGroups, minor: int) -> Count:
    """For a target that is an average of all pods. Raises NoReplicaCount."""
    values = _counted(values, groups, minor)

    def ratio(filled: Mapping[str, int]) -> float:
        return (sum(filled.values()) // len(filled)) / target

    unknown = dict.fromkeys(groups.missing, target)
    average = sum(values.values()) // len(values)
    return Count(_replicas(current, values, groups, ratio, unknown), average)


def _counted(values: Mapping[str, int], groups: PodGroups, minor: int) -> dict[str, int]:
    counted = {name: value for name, value in values.items() if name not in groups.ignored}
    if not counted:
        targeted = minor >= UNREADY_NAMED_SINCE
        whose = "targeted pods (pods might be unready)" if targeted else "any ready pods"
        raise NoReplicaCount(f"did not receive metrics for {whose}")
    return counted


def _utilization(values: Mapping[str, int], requests: Mapping[str, int]) -> tuple[int, int]:
    """(per cent of what is requested, average value)."""
    known = [name for name in values if name in requests]
    requested = sum(requests[name] for name in known)
    if not requested:
        raise NoReplicaCount("no metrics returned matched known pods")
    used = sum(values[name] for name in known)
    return used * 100 // requested, used // len(known)


def _replicas(
    current: int, values: dict[str, int], groups: PodGroups, ratio: Ratio, unknown: Mapping[str, int]
) -> int:
    """`unknown`: what pods without figures count as where fewer replicas would do; where more are needed they count as 0."""
    first = ratio(values)
    rebalanced = bool(groups.ignored) and first > 1
    if not rebalanced and not groups.missing:
        return current if abs(1 - first) <= TOLERANCE else math.ceil(first * groups.ready)
    filled = dict(values)
    if groups.missing:
        if first < 1:
            filled |= unknown
        elif first > 1:
            filled |= dict.fromkeys(groups.missing, 0)
    if rebalanced:
        filled |= dict.fromkeys(groups.ignored, 0)
    second = ratio(filled)
    turned = (first < 1 < second) or (second < 1 < first)
    if abs(1 - second) <= TOLERANCE or turned:
        return current
    wanted = math.ceil(second * len(filled))
    if (second < 1 and wanted > current) or (second > 1 and wanted < current):
        return current
    return wanted
