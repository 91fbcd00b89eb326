"""How many replicas Object, Pods and External metrics ask for (k8s.io/kubernetes, pkg/controller/podautoscaler)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from runner.practice.controllers import replica_calculator as calculator
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.custom_metrics import KINDS, MetricAnswer
from runner.practice.controllers.object_helpers import condition, name_of
from runner.practice.controllers.replica_calculator import TOLERANCE, NoReplicaCount
from runner.practice.controllers.resource_metrics import Measured
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object


@dataclass(frozen=True, slots=True)
class CustomCount:
    """The replicas, what they follow from in the controller's words, and `current` of the metric's status."""

    replicas: int
    metric: str
    current: Object


def custom_count(
    cluster: ClusterContext,
    metric: Object,
    pods: Sequence[Object],
    replicas: int,
    namespace: str,
    selector: str,
) -> CustomCount:
    """Raises NoReplicaCount."""
    kind = str(metric["type"])
    source = metric[kind.lower()]
    name, target = str(source["metric"]["name"]), source.get("target") or {}
    answer = _answer(cluster, metric, source, namespace, selector)
    if kind == "Pods":
        return _of_pods(cluster, name, target, answer, pods, replicas)
    value = sum(each for _, each in answer.values) if kind == "External" else answer.values[0][1]
    shown = (
        f"external metric {name}"
        if kind == "External"
        else f"{source['describedObject']['kind']} metric {name}"
    )
    if target.get("averageValue") is not None:
        wanted = _thousandths(target["averageValue"])
        usage = value / (wanted * replicas)
        count = replicas if abs(1 - usage) <= TOLERANCE else math.ceil(value / wanted)
        return CustomCount(count, shown, {"averageValue": _written(math.ceil(value / replicas))})
    usage = value / _thousandths(target.get("value", 0))
    count = replicas if abs(1 - usage) <= TOLERANCE else math.ceil(usage * _ready(pods))
    return CustomCount(count, shown, {"value": _written(value)})


def _of_pods(
    cluster: ClusterContext,
    name: str,
    target: Object,
    answer: MetricAnswer,
    pods: Sequence[Object],
    replicas: int,
) -> CustomCount:
    """An average over the target's pods; pods without a value count as they do for resources."""
    values = dict(answer.values)
    moment = datetime.now(UTC)
    measured = {pod: Measured(moment, 0.0, {}) for pod in values}
    groups = calculator.group_pods(pods, measured, "", cluster.settings.speed)
    known = {name_of(pod) for pod in pods}
    values = {pod: value for pod, value in values.items() if pod in known}
    count = calculator.by_average(
        replicas, _thousandths(target["averageValue"]), values, groups, cluster.minor
    )
    return CustomCount(count.replicas, f"pods metric {name}", {"averageValue": _written(count.average)})


def _answer(
    cluster: ClusterContext, metric: Object, source: Object, namespace: str, selector: str
) -> MetricAnswer:
    """What the adapter says. Raises NoReplicaCount in the controller's words."""
    kind, name = str(metric["type"]), str(source["metric"]["name"])
    path = cluster.custom_metrics.path(metric, namespace, cluster.registry, selector)
    answer = cluster.custom_metrics.answers.get(path) if path else None
    if answer is None:
        problem = "the server is currently unable to handle the request"
    elif answer.problem:
        problem = answer.problem
    elif not answer.values:
        problem = "the server could not find the metric for any object"
    else:
        return answer
    if kind == "External":
        api = f"unable to fetch metrics from external metrics API: {problem}"
        why = f"unable to get external metric {namespace}/{name}/nil: {api}"
        raise NoReplicaCount(f"failed to get {name} external metric: {why}")
    why = f"unable to fetch metrics from custom metrics API: {problem}"
    if kind == "Pods":
        raise NoReplicaCount(f"unable to get metric {name}: {why}")
    about = source["describedObject"]
    raise NoReplicaCount(f"unable to get metric {name}: {about['kind']} on {namespace} {about['name']}/{why}")


def is_registered(cluster: ClusterContext, kind: str) -> bool:
    """Whether some server is registered for metrics of that type."""
    return KINDS[kind] in cluster.custom_metrics.registered


def _ready(pods: Sequence[Object]) -> int:
    def holds(pod: Object) -> bool:
        found = condition(pod, "Ready")
        running = (pod.get("status") or {}).get("phase") == "Running"
        return running and found is not None and bool(found["status"] == "True")

    count = sum(holds(pod) for pod in pods)
    if not count:
        raise NoReplicaCount("no ready pods")
    return count


def _thousandths(text: object) -> int:
    return max(1, int(quantity(text) * 1000))


def _written(thousandths: int) -> str:
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"
