"""The metrics of an autoscaler: how many replicas each asks for, or why that can't be said, in the controller's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.practice.controllers import replica_calculator as calculator
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.custom_scaling import custom_count, is_registered
from runner.practice.controllers.object_helpers import name_of, namespace_of
from runner.practice.controllers.replica_calculator import NoReplicaCount
from runner.practice.controllers.resource_metrics import Measured
from runner.practice.machinery.quantity import quantity
from runner.practice.machinery.store import Object

VALUE_NAMED_SINCE, CONTAINER_NAMED_SINCE, USAGE_NAMED_SINCE = 21, 26, 27
_METRICS = {
    "Resource": ("resource", "FailedGetResourceMetric"),
    "ContainerResource": ("containerResource", "FailedGetContainerResourceMetric"),
    "Pods": ("pods", "FailedGetPodsMetric"),
    "Object": ("object", "FailedGetObjectMetric"),
    "External": ("external", "FailedGetExternalMetric"),
}


class UnknownMetric(Exception):
    """A metric that can't be had: `reason` is that of the event, `first` how the error of several metrics names it."""

    def __init__(self, reason: str, message: str, first: str) -> None:
        super().__init__(message)
        self.reason, self.message, self.first = reason, message, first


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one metric asks for; `status` is its entry in status.currentMetrics."""

    replicas: int
    metric: str
    status: Object


def propose(
    cluster: ClusterContext,
    metric: Object,
    pods: Sequence[Object],
    replicas: int,
    namespace: str = "",
    selector: str = "",
) -> Proposal:
    """What one metric of an autoscaler asks for; `pods` are its target's, which `selector` finds. Raises UnknownMetric."""
    kind = str(metric["type"])
    part, reason = _METRICS[kind]
    source = metric.get(part) or {}
    try:
        if kind not in ("Resource", "ContainerResource"):
            if not is_registered(cluster, kind):
                raise NoReplicaCount(_no_api(source, kind))
            found = custom_count(cluster, metric, pods, replicas, namespace, selector)
            status = {key: source[key] for key in ("metric", "describedObject") if key in source}
            return Proposal(
                found.replicas, found.metric, {"type": kind, part: {**status, "current": found.current}}
            )
        return _resource(cluster, kind, part, source, pods, replicas)
    except NoReplicaCount as error:
        why = str(error)
        first = why
        if kind == "Resource" and cluster.minor >= VALUE_NAMED_SINCE:
            first = f"failed to get {source['name']} resource metric value: {why}"
        raise UnknownMetric(reason, why, first) from None


def _resource(
    cluster: ClusterContext, kind: str, part: str, source: Object, pods: Sequence[Object], replicas: int
) -> Proposal:
    name, target = str(source["name"]), source.get("target") or {}
    utilization = target.get("averageUtilization")
    only = str(source.get("container", "")) if kind == "ContainerResource" else ""
    what = "utilization" if utilization is not None or cluster.minor < USAGE_NAMED_SINCE else "usage"
    try:
        measured = _measured(cluster, name, pods)
        values = {pod: _value(each, name, only) for pod, each in measured.items()}
        groups = calculator.group_pods(pods, measured, name, cluster.settings.speed)
        if utilization is not None:
            requests = _requests(pods, name, only, cluster.minor)
            count = calculator.by_utilization(replicas, utilization, values, requests, groups, cluster.minor)
        else:
            wanted = int(quantity(target.get("averageValue", 0)) * 1000)
            count = calculator.by_average(replicas, wanted, values, groups, cluster.minor)
    except NoReplicaCount as error:
        raise NoReplicaCount(f"failed to get {name} {what}: {error}") from None
    current: Object = {"averageValue": _written(count.average)}
    if count.percent is not None:
        current["averageUtilization"] = count.percent
    status: Object = {"name": name, "current": current, **({"container": only} if only else {})}
    words = f"{name} container resource" if only else f"{name} resource"
    if count.percent is not None:
        words += " utilization (percentage of request)"
    return Proposal(count.replicas, words, {"type": kind, part: status})


def _measured(cluster: ClusterContext, name: str, pods: Sequence[Object]) -> dict[str, Measured]:
    metrics = cluster.metrics
    unable = f"unable to get metrics for resource {name}: "
    if not metrics.available:
        missing = "the server could not find the requested resource"
        why = "the server is currently unable to handle the request" if metrics.served else missing
        api = f"unable to fetch metrics from resource metrics API: {why} (get pods.metrics.k8s.io)"
        raise NoReplicaCount(unable + api)
    found = {
        name_of(pod): figures
        for pod in pods
        if (figures := metrics.pods.get((namespace_of(pod), name_of(pod)))) is not None
    }
    if not found:
        raise NoReplicaCount(f"{unable}no metrics returned from resource metrics API")
    return found


def _value(measured: Measured, name: str, only: str) -> int:
    """In thousandths."""
    figures = [figure for container, figure in measured.figures.items() if only in ("", container)]
    if not figures:
        raise NoReplicaCount(f"container {only} not present in metrics for pod")
    if name == "cpu":
        return round(sum(figure.cpu for figure in figures) * 1000)
    return sum(figure.memory for figure in figures) * 1000


def _requests(pods: Sequence[Object], name: str, only: str, minor: int) -> Mapping[str, int]:
    """What each pod requests, in thousandths. Raises NoReplicaCount where a container requests nothing."""
    requests = {}
    for pod in pods:
        total = 0
        for container in pod["spec"].get("containers") or ():
            if only not in ("", container["name"]):
                continue
            asked = ((container.get("resources") or {}).get("requests") or {}).get(name)
            if asked is None:
                where = f" in container {container['name']} of Pod {name_of(pod)}"
                named = where if minor >= CONTAINER_NAMED_SINCE else ""
                raise NoReplicaCount(f"missing request for {name}{named}")
            total += int(quantity(asked) * 1000)
        requests[name_of(pod)] = total
    return requests


def _written(thousandths: int) -> str:
    """A quantity, as Kubernetes writes it."""
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"


def _no_api(source: Object, kind: str) -> str:
    """Why a metric of another kind can't be had: nobody serves custom and external metrics."""
    no_group = "no known available metric versions found"
    name = (source.get("metric") or {}).get("name", "")
    if kind == "External":
        api = f"unable to fetch metrics from external metrics API: {no_group}"
        return f"failed to get {name} external metric: unable to get external metric {name}: {api}"
    return f"unable to get metric {name}: unable to fetch metrics from custom metrics API: {no_group}"
