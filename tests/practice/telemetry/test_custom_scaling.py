"""Object, Pods and External metrics: the replicas that they ask for, with the values of a real controller's tables."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.control_plane import ControlPlane
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.custom_metrics import (
    CUSTOM,
    EXTERNAL,
    MetricAnswer,
    MetricServer,
    selector_text,
)
from runner.practice.controllers.custom_scaling import CustomCount, custom_count
from runner.practice.controllers.replica_calculator import NoReplicaCount
from runner.practice.controllers.scaling_metrics import UnknownMetric, propose
from runner.practice.kinds import registry_of
from runner.practice.machinery.store import Store

NAMED = {"metric": {"name": "istio-requests-total"}}
ABOUT = {"describedObject": {"apiVersion": "v1", "kind": "Service", "name": "order"}}
PATH = f"/apis/{CUSTOM}/v1beta1/namespaces/shop/services/order/istio-requests-total"
PODS_PATH = f"/apis/{CUSTOM}/v1beta1/namespaces/shop/pods/*/istio-requests-total?labelSelector=app%3Dorder"
EXTERNAL_PATH = f"/apis/{EXTERNAL}/v1beta1/namespaces/shop/istio-requests-total"


@pytest.fixture
def cluster() -> ClusterContext:
    registry = registry_of("1.32")
    context = ControlPlane(Store(None, registry), registry).context
    server = MetricServer("v1beta1", "kube-system", "adapter", 443)
    context.custom_metrics.servers |= {CUSTOM: server, EXTERNAL: server}
    context.custom_metrics.registered |= {CUSTOM, EXTERNAL}
    return context


def pods(count: int) -> list[Any]:
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    return [
        {"metadata": {"name": f"order-{n}", "namespace": "shop"}, "spec": {}, "status": status}
        for n in range(count)
    ]


def metric(kind: str, **target: str) -> dict[str, Any]:
    about = ABOUT if kind == "Object" else {}
    return {"type": kind, kind.lower(): {**NAMED, **about, "target": target}}


def counted(
    cluster: ClusterContext, path: str, asked: dict[str, Any], values: list[tuple[str, int]], now: int
) -> CustomCount:
    cluster.custom_metrics.answers[path] = MetricAnswer(values)
    return custom_count(cluster, asked, pods(now), now, "shop", "app=order")


@pytest.mark.parametrize(
    ("value", "now", "wanted"),
    [(25_000, 1, 3), (10_500, 2, 2), (30_000, 2, 6), (2_000, 4, 1), (0, 3, 0)],
)
def test_an_object_is_scaled_by_its_share_of_the_target(
    cluster: ClusterContext, value: int, now: int, wanted: int
) -> None:
    found = counted(cluster, PATH, metric("Object", type="Value", value="10"), [("order", value)], now)
    assert (found.replicas, found.metric) == (wanted, "Service metric istio-requests-total")


def test_the_average_of_an_object_is_over_all_replicas(cluster: ClusterContext) -> None:
    found = counted(
        cluster, PATH, metric("Object", type="AverageValue", averageValue="10"), [("order", 45_000)], 2
    )
    assert (found.replicas, found.current) == (5, {"averageValue": "22500m"})


def test_pods_are_averaged(cluster: ClusterContext) -> None:
    asked = metric("Pods", type="AverageValue", averageValue="10")
    found = counted(cluster, PODS_PATH, asked, [("order-0", 20_000), ("order-1", 30_000), ("stranger", 1)], 2)
    assert (found.replicas, found.metric, found.current) == (
        5,
        "pods metric istio-requests-total",
        {"averageValue": "25"},
    )


def test_external_metrics_are_added_up(cluster: ClusterContext) -> None:
    found = counted(
        cluster, EXTERNAL_PATH, metric("External", type="Value", value="10"), [("", 12_000), ("", 8_000)], 2
    )
    assert (found.replicas, found.current) == (4, {"value": "20"})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (MetricAnswer(problem="no such metric"), "no such metric"),
        (MetricAnswer(), "the server could not find the metric for any object"),
        (None, "the server is currently unable to handle the request"),
    ],
)
def test_why_there_is_no_count(cluster: ClusterContext, answer: MetricAnswer | None, words: str) -> None:
    if answer is not None:
        cluster.custom_metrics.answers[PATH] = answer
    with pytest.raises(NoReplicaCount) as found:
        custom_count(cluster, metric("Object", type="Value", value="10"), pods(1), 1, "shop", "")
    api = f"unable to fetch metrics from custom metrics API: {words}"
    assert str(found.value) == f"unable to get metric istio-requests-total: Service on shop order/{api}"


def test_without_an_adapter_the_api_is_not_known(cluster: ClusterContext) -> None:
    cluster.custom_metrics.registered.clear()
    with pytest.raises(UnknownMetric, match="no known available metric versions found"):
        propose(cluster, metric("Object", type="Value", value="10"), pods(1), 1, "shop", "")


def test_selectors_are_written_for_queries() -> None:
    selector = {
        "matchLabels": {"app": "order"},
        "matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}],
    }
    assert selector_text(selector) == "app=order,tier in (a,b)"
