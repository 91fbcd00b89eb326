"""kube-metrics-adapter (github.com/zalando-incubator/kube-metrics-adapter): queries stand in the annotations of autoscalers.

`metric-config.object.istio-requests-total.prometheus/query: sum(rate(…))`, and `…/per-replica: "true"`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.in_cluster_client import ApiClient, ApiError
from runner.practice.containers.telemetry.metrics_adapters.adapter_server import (
    MetricRequest,
    MetricValue,
    serve_adapter,
)
from runner.practice.containers.telemetry.prometheus_client import PrometheusClient

DEFAULT_PORT = 443
VERSIONS = ("v2", "v2beta2")
PREFIX = "metric-config"


async def kube_metrics_adapter(call: Invocation) -> int:
    """--prometheus-server=URL --secure-port=PORT"""
    options = dict(word.lstrip("-").partition("=")[::2] for word in call.argv[1:] if word.startswith("-"))
    port, url = options.get("secure-port", ""), options.get("prometheus-server", "")
    adapter = AutoscalerAdapter(ApiClient(call), PrometheusClient(call, url or "http://prometheus:9090"))
    await call.error('level=info msg="Starting server" component=stand-in-of-Labgate\n')
    return await serve_adapter(
        call, adapter, int(port) if port.isdigit() else DEFAULT_PORT, "kube-metrics-adapter"
    )


class AutoscalerAdapter:
    """Reads the autoscalers with every request: annotations may have changed."""

    def __init__(self, api: ApiClient, prometheus: PrometheusClient) -> None:
        self._api, self._prometheus = api, prometheus

    async def values(self, wanted: MetricRequest) -> Sequence[MetricValue]:
        plural = wanted.resource.partition(".")[0]
        for autoscaler, about, metric in _object_metrics(await self._autoscalers(wanted.namespace)):
            if (metric, about["name"]) != (wanted.metric, wanted.name):
                continue
            if not plural.startswith(str(about["kind"]).lower()):
                continue
            query, per_replica = _configured(autoscaler, "object", metric)
            found = await self._value(query) if query else None
            if found is None:
                continue
            if per_replica:
                found /= max(1, await self._replicas(autoscaler))
            return [MetricValue(about["kind"], about["name"], found, str(about.get("apiVersion") or "v1"))]
        return []

    async def external(self, namespace: str, metric: str, selector: str) -> float | None:
        for autoscaler in await self._autoscalers(namespace):
            query, _ = _configured(autoscaler, "external", metric)
            if query and any(
                _external_name(each) == metric for each in autoscaler["spec"].get("metrics") or ()
            ):
                return await self._value(query)
        return None

    async def names(self) -> Sequence[str]:
        listed = await self._autoscalers("")
        custom = {f"{about['kind'].lower()}s/{metric}" for _, about, metric in _object_metrics(listed)}
        external = {
            name
            for each in listed
            for one in each["spec"].get("metrics") or ()
            if (name := _external_name(one))
        }
        return sorted(custom | external)

    async def _replicas(self, autoscaler: Mapping[str, Any]) -> int:
        """Of what is scaled, now: the autoscaler's own status is as of its last look."""
        about, namespace = autoscaler["spec"]["scaleTargetRef"], autoscaler["metadata"]["namespace"]
        path = f"/apis/apps/v1/namespaces/{namespace}/{str(about['kind']).lower()}s/{about['name']}"
        return int(((await self._api("GET", path)).get("status") or {}).get("replicas") or 0)

    async def _value(self, query: str) -> float | None:
        found = await self._prometheus.vector(query)
        return found[0].value if found else None

    async def _autoscalers(self, namespace: str) -> list[Mapping[str, Any]]:
        place = f"namespaces/{namespace}/" if namespace else ""
        for version in VERSIONS:
            try:
                found = await self._api("GET", f"/apis/autoscaling/{version}/{place}horizontalpodautoscalers")
            except ApiError as error:
                if error.status == 404:
                    continue
                raise
            return list(found.get("items") or ())
        return []


def _object_metrics(
    autoscalers: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], str]]:
    """(autoscaler, described object, metric's name)"""
    for autoscaler in autoscalers:
        for metric in autoscaler["spec"].get("metrics") or ():
            if metric.get("type") == "Object":
                source = metric["object"]
                yield autoscaler, source["describedObject"], source["metric"]["name"]


def _external_name(metric: Mapping[str, Any]) -> str:
    return str(metric["external"]["metric"]["name"]) if metric.get("type") == "External" else ""


def _configured(autoscaler: Mapping[str, Any], kind: str, metric: str) -> tuple[str, bool]:
    """(query, whether its value is divided by the replicas)"""
    notes = autoscaler["metadata"].get("annotations") or {}
    own = f"{PREFIX}.{kind}.{metric}.prometheus"
    return str(notes.get(f"{own}/query", "")), str(notes.get(f"{own}/per-replica", "")) == "true"
