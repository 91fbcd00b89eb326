"""Adapters: what they make of a request, against an API and a Prometheus in this test."""

from __future__ import annotations

from typing import Any, cast

import pytest

from runner.practice.containers.image_programs.in_cluster_client import ApiClient, ApiError
from runner.practice.containers.telemetry.metrics_adapters.adapter_server import MetricRequest, quantity_text
from runner.practice.containers.telemetry.metrics_adapters.autoscaler_adapter import AutoscalerAdapter
from runner.practice.containers.telemetry.metrics_adapters.rules_adapter import AdapterRule, RulesAdapter
from runner.practice.containers.telemetry.prometheus_client import PrometheusClient, Sample

QUERY = 'sum(rate(istio_requests_total{destination_workload="order"}[1m]))'
OWN = "metric-config.object.istio-requests-total.prometheus"
AUTOSCALER = {
    "metadata": {
        "name": "order",
        "namespace": "shop",
        "annotations": {f"{OWN}/query": QUERY, f"{OWN}/per-replica": "true"},
    },
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "order"},
        "metrics": [
            {
                "type": "Object",
                "object": {
                    "metric": {"name": "istio-requests-total"},
                    "describedObject": {"apiVersion": "v1", "kind": "Pod", "name": "order"},
                },
            }
        ],
    },
}
PODS = {"items": [{"metadata": {"name": "order-1"}}, {"metadata": {"name": "order-2"}}]}


class Cluster:
    """An API with one autoscaler, its Deployment of four, and two pods."""

    async def __call__(self, _method: str, path: str, _body: Any = None) -> Any:
        if path.startswith("/apis/autoscaling/v2/"):
            return {"items": [AUTOSCALER]}
        if path == "/apis/apps/v1/namespaces/shop/deployments/order":
            return {"status": {"replicas": 4}}
        if path == "/api/v1/namespaces/shop/pods?labelSelector=app=order":
            return PODS
        raise ApiError(404, path)


class Prometheus:
    """Answers what it was given, and remembers the queries."""

    def __init__(self, **answers: list[Sample]) -> None:
        self.answers, self.queries = answers, list[str]()

    async def vector(self, query: str) -> list[Sample]:
        self.queries.append(query)
        return next((found for part, found in self.answers.items() if part in query), [])


def adapter(prometheus: Prometheus, *rules: AdapterRule) -> Any:
    api, source = cast(ApiClient, Cluster()), cast(PrometheusClient, prometheus)
    return RulesAdapter(api, source, rules, ()) if rules else AutoscalerAdapter(api, source)


async def test_queries_stand_in_annotations() -> None:
    found = adapter(Prometheus(istio_requests_total=[Sample({}, 50.0)]))
    (value,) = await found.values(MetricRequest("shop", "pods", "order", "istio-requests-total"))
    assert (value.kind, value.name, value.value) == ("Pod", "order", 12.5)  # by its replicas
    assert await found.values(MetricRequest("shop", "pods", "order", "another")) == []
    assert await found.values(MetricRequest("shop", "services", "order", "istio-requests-total")) == []
    assert await found.names() == ["pods/istio-requests-total"]
    assert await found.external("shop", "istio-requests-total", "") is None


async def test_rules_make_metrics_of_series() -> None:
    rule = AdapterRule.of(
        {
            "seriesQuery": 'http_requests_total{namespace!="",pod!=""}',
            "resources": {"overrides": {"namespace": {"resource": "namespace"}, "pod": {"resource": "pod"}}},
            "name": {"matches": "^(.*)_total", "as": "${1}_per_second"},
            "metricsQuery": "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
        }
    )
    prometheus = Prometheus(
        count=[Sample({"__name__": "http_requests_total"}, 2)],
        rate=[Sample({"pod": "order-1"}, 3.0), Sample({"pod": "order-2"}, 5.0)],
    )
    found = adapter(prometheus, rule)
    values = await found.values(MetricRequest("shop", "pods", "*", "http_requests_per_second", "app=order"))
    assert [(each.name, each.value) for each in values] == [("order-1", 3.0), ("order-2", 5.0)]
    assert prometheus.queries[-1] == (
        r'sum(rate(http_requests_total{namespace="shop",pod=~"order\-1|order\-2"}[2m])) by (pod)'
    )
    assert await found.names() == ["namespaces/http_requests_per_second", "pods/http_requests_per_second"]
    assert await found.values(MetricRequest("shop", "services", "x", "http_requests_per_second")) == []


@pytest.mark.parametrize(
    ("value", "text"), [(12.0, "12"), (12.5, "12500m"), (float("nan"), "0"), (0.0004, "0")]
)
def test_quantities(value: float, text: str) -> None:
    assert quantity_text(value) == text
