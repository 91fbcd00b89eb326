"""What adapters have in common: the paths of the metrics APIs, and the form of their answers (k8s.io/metrics)."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.in_cluster_client import ApiError
from runner.practice.containers.network_messages import Listener, Request, Response
from runner.practice.containers.telemetry.prometheus_client import PrometheusError
from runner.practice.containers.telemetry.web_answers import (
    first,
    json_answer,
    parameters,
    parts,
    plain_answer,
)

CUSTOM, EXTERNAL = "custom.metrics.k8s.io", "external.metrics.k8s.io"
SECONDS_OF_A_REQUEST = 0.001


@dataclass(frozen=True, slots=True)
class MetricRequest:
    """Which metric of which objects. `name` "*": all that `selector` finds."""

    namespace: str
    resource: str
    """pods, services, deployments.apps"""
    name: str
    metric: str
    selector: str = ""
    metric_selector: str = ""


@dataclass(frozen=True, slots=True)
class MetricValue:
    kind: str
    name: str
    value: float
    api_version: str = "v1"


class Adapter(Protocol):
    """Raises ApiError, PrometheusError."""

    async def values(self, wanted: MetricRequest) -> Sequence[MetricValue]: ...

    async def external(self, namespace: str, metric: str, selector: str) -> float | None: ...

    async def names(self) -> Sequence[str]:
        """Of the metrics that it knows, as in pods/http_requests."""
        ...


async def serve_adapter(call: Invocation, adapter: Adapter, port: int, program: str) -> int:
    """Answer with TLS until SIGTERM."""

    async def answer(request: Request) -> Response:
        await call.container.work(SECONDS_OF_A_REQUEST)
        try:
            return await _answer(adapter, request)
        except PrometheusError as error:
            return _status(500, f"Internal error occurred: unable to fetch metrics: {error}")
        except ApiError as error:
            return _status(error.status or 503, str(error))

    pod = call.container.pod
    pod.listen(call.container, port, Listener(http=answer, tls=True, program=program))
    try:
        await call.terminated.wait()
    finally:
        pod.unlisten(port)
    return 0


async def _answer(adapter: Adapter, request: Request) -> Response:
    found, given = parts(request.path), parameters(request)
    if request.path in ("/healthz", "/livez", "/readyz"):
        return plain_answer("ok")
    match found:
        case ["apis", group, version] if group in (CUSTOM, EXTERNAL):
            return json_answer(await _resources(adapter, group, version))
        case ["apis", "external.metrics.k8s.io", version, "namespaces", namespace, metric]:
            value = await adapter.external(namespace, metric, first(given, "labelSelector"))
            items = [] if value is None else [_external(metric, value)]
            return json_answer(_list("ExternalMetricValueList", EXTERNAL, version, items))
        case ["apis", "custom.metrics.k8s.io", version, "namespaces", namespace, resource, name, metric]:
            selectors = first(given, "labelSelector"), first(given, "metricLabelSelector")
            wanted = MetricRequest(namespace, resource, name, metric, *selectors)
            values = await adapter.values(wanted)
            if not values and name != "*":
                return _status(404, f"the server could not find the metric {metric} for {resource} {name}")
            items = [_custom(each, namespace, metric, version) for each in values]
            return json_answer(_list("MetricValueList", CUSTOM, version, items))
    return _status(404, "the server could not find the requested resource")


async def _resources(adapter: Adapter, group: str, version: str) -> Any:
    kind = "MetricValueList" if group == CUSTOM else "ExternalMetricValueList"
    listed = [
        {"name": name, "singularName": "", "namespaced": True, "kind": kind, "verbs": ["get"]}
        for name in await adapter.names()
        if (group == CUSTOM) == ("/" in name)
    ]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}",
        "resources": listed,
    }


def _list(kind: str, group: str, version: str, items: list[Any]) -> Any:
    return {"kind": kind, "apiVersion": f"{group}/{version}", "metadata": {}, "items": items}


def _custom(value: MetricValue, namespace: str, metric: str, version: str) -> Any:
    about = {"kind": value.kind, "namespace": namespace, "name": value.name, "apiVersion": value.api_version}
    named: dict[str, Any] = (
        {"metricName": metric} if version == "v1beta1" else {"metric": {"name": metric, "selector": None}}
    )
    return {
        "describedObject": about,
        **named,
        "timestamp": _now(),
        "value": quantity_text(value.value),
        "selector": None,
    }


def _external(metric: str, value: float) -> Any:
    return {"metricName": metric, "metricLabels": {}, "timestamp": _now(), "value": quantity_text(value)}


def quantity_text(value: float) -> str:
    """12, or 12500m."""
    if not math.isfinite(value):
        return "0"
    thousandths = round(value * 1000)
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _status(code: int, message: str) -> Response:
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "code": code,
    }
    return json_answer(body, code)
