"""Kiali's HTTP API, as its page and clients use it."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from runner.practice.containers.image_programs.in_cluster_client import ApiError
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.telemetry.kiali import namespace_lists as lists
from runner.practice.containers.telemetry.kiali.graph_badges import mark
from runner.practice.containers.telemetry.kiali.shown_objects import (
    MeshObjects,
    ObjectReader,
    has_sidecar,
    is_gateway,
    labels_of_object,
    name_of,
    namespace_of,
)
from runner.practice.containers.telemetry.kiali.traffic_graph import (
    GraphType,
    TrafficGraph,
    duration_query,
    request_queries,
    security_query,
    tcp_query,
)
from runner.practice.containers.telemetry.prometheus_client import (
    PrometheusClient,
    PrometheusError,
    Sample,
)
from runner.practice.containers.telemetry.web_answers import first, json_answer, parameters, parts

Given = Mapping[str, list[str]]
GRAPHS = ("versionedApp", "app", "workload", "service")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
DEFAULT_DURATION = 60
_ONE = {"workloads": lists.workloads, "services": lists.services, "apps": lists.applications}


class KialiApi:
    """Answers everything below /api."""

    def __init__(self, reader: ObjectReader, prometheus: PrometheusClient, version: str, system: str) -> None:
        self._reader, self._prometheus = reader, prometheus
        self._version, self._system = version, system
        self._fixed: dict[str, Callable[[], Any]] = {
            "": self._status,
            "status": self._status,
            "config": lambda: {"istioNamespace": system, "prometheus": {"url": prometheus.url}},
            "auth/info": lambda: {"strategy": "anonymous", "sessionInfo": {"username": "anonymous"}},
        }
        self._of_mesh: dict[str, Callable[[MeshObjects, Given], Awaitable[Any]]] = {
            "namespaces": self._namespaces,
            "namespaces/graph": lambda objects, given: self._graph(objects, _names(given, objects), given),
            "namespaces/health": self._health_of_all,
            "clusters/health": self._health_of_all,
            "istio/status": self._components,
            "istio/config": self._all_configuration,
            "overview": self._overview,
        }
        self._lists: dict[str, Callable[[MeshObjects, str, Given], Awaitable[Any]]] = {
            "apps": self._apps,
            "workloads": self._workloads,
            "services": self._services,
            "health": self._health,
            "istio": self._istio,
            "graph": self._graph_of_one,
        }

    async def answer(self, request: Request, path: str) -> Response:
        found, given = parts(path)[1:], parameters(request)
        try:
            if (fixed := self._fixed.get("/".join(found))) is not None:
                return json_answer(fixed())
            objects = await self._reader.objects()
            if (of_mesh := self._of_mesh.get("/".join(found))) is not None:
                return json_answer(await of_mesh(objects, given))
            if len(found) >= 3 and found[0] == "namespaces":
                return await self._in_namespace(objects, found[1:], given)
        except PrometheusError as error:
            return _error(503, str(error))
        except ApiError as error:
            return _error(error.status or 503, str(error))
        except ValueError as error:
            return _error(400, str(error))
        return _error(404, "not found")

    async def _in_namespace(self, objects: MeshObjects, found: Sequence[str], given: Given) -> Response:
        """NAMESPACE/WHAT, or NAMESPACE/WHAT/NAME."""
        namespace, what, *names = found
        if namespace not in {name_of(each) for each in objects.namespaces}:
            return _error(404, f'namespaces "{namespace}" not found')
        if not names and what in self._lists:
            return json_answer(await self._lists[what](objects, namespace, given))
        if len(names) == 1 and what in _ONE:
            return self._one(objects, namespace, what, names[0])
        return _error(404, "not found")

    def _status(self) -> Any:
        return {
            "status": {
                "Kiali state": "running",
                "Kiali version": self._version,
                "Kiali commit hash": "stand-in",
                "Kiali container version": self._version,
                "Mesh name": "Istio",
            },
            "externalServices": [{"name": "Prometheus", "url": self._prometheus.url}],
            "warningMessages": [],
            "istioEnvironment": {"isMaistra": False, "istioAPIEnabled": True},
        }

    async def _namespaces(self, objects: MeshObjects, _given: Given) -> Any:
        return [
            {
                "name": name_of(each),
                "cluster": "Kubernetes",
                "labels": labels_of_object(each),
                "annotations": each["metadata"].get("annotations") or {},
            }
            for each in sorted(objects.namespaces, key=name_of)
        ]

    async def _components(self, objects: MeshObjects, _given: Given) -> Any:
        """istiod, gateways and the other consoles: Healthy, NotReady or NotFound."""
        wanted = ("istiod", "istio-ingressgateway", "istio-egressgateway", "prometheus", "grafana", "jaeger")
        found = {
            name_of(each): each for kind, each in objects.workloads_of(self._system) if kind == "Deployment"
        }
        listed = []
        for name in wanted:
            workload = found.get(name)
            core = name in ("istiod", "istio-ingressgateway", "prometheus")
            if workload is None:
                status = "NotFound"
            else:
                ready = (workload.get("status") or {}).get("availableReplicas", 0)
                status = "Healthy" if ready else "NotReady"
            listed.append({"name": name, "status": status, "is_core": core})
        return listed

    async def _apps(self, objects: MeshObjects, namespace: str, _given: Given) -> Any:
        return {"namespace": {"name": namespace}, "applications": lists.applications(objects, namespace)}

    async def _workloads(self, objects: MeshObjects, namespace: str, _given: Given) -> Any:
        return {"namespace": {"name": namespace}, "workloads": lists.workloads(objects, namespace)}

    async def _services(self, objects: MeshObjects, namespace: str, _given: Given) -> Any:
        return {"namespace": {"name": namespace}, "services": lists.services(objects, namespace)}

    async def _istio(self, objects: MeshObjects, namespace: str, _given: Given) -> Any:
        return lists.configuration(objects, namespace)

    async def _health(self, objects: MeshObjects, namespace: str, given: Given) -> Any:
        samples = await self._received(namespace, _seconds(given, "rateInterval"))
        return lists.health(objects, namespace, first(given, "type", "app"), samples)

    async def _health_of_all(self, objects: MeshObjects, given: Given) -> Any:
        return {name: await self._health(objects, name, given) for name in _names(given, objects)}

    async def _all_configuration(self, objects: MeshObjects, _given: Given) -> Any:
        named = [name_of(each) for each in objects.namespaces]
        return {name: lists.configuration(objects, name) for name in named}

    async def _graph_of_one(self, objects: MeshObjects, namespace: str, given: Given) -> Any:
        return await self._graph(objects, [namespace], given)

    async def _graph(self, objects: MeshObjects, namespaces: Sequence[str], given: Given) -> Any:
        kind = first(given, "graphType", "versionedApp")
        if kind not in GRAPHS:
            raise ValueError(f"Invalid graphType [{kind}]")
        seconds = _seconds(given, "duration")
        graph = TrafficGraph(cast(GraphType, kind))
        if namespaces:
            for query in request_queries(namespaces, seconds):
                graph.add(await self._prometheus.vector(query))
            graph.add(await self._prometheus.vector(tcp_query(namespaces, seconds)), "tcp")
            graph.add_security(await self._prometheus.vector(security_query(namespaces, seconds)))
            graph.add_durations(await self._prometheus.vector(duration_query(namespaces, seconds)))
            mark(graph, objects)
        return {
            "timestamp": int(time.time()),
            "duration": seconds,
            "graphType": kind,
            "elements": graph.elements(),
        }

    async def _overview(self, objects: MeshObjects, given: Given) -> Any:
        """What the cards of the page show: of our own."""
        seconds = _seconds(given, "duration")
        try:
            total = await self._rates(seconds)
            problem = ""
        except PrometheusError as error:
            total, problem = [], str(error)
        cards = []
        for each in sorted(objects.namespaces, key=name_of):
            name = name_of(each)
            samples = [one for one in total if one.label("destination_workload_namespace") == name]
            health = lists.health(objects, name, "app", samples)
            configured, errors, warnings = lists.configuration_count(objects, name)
            cards.append(
                {
                    "name": name,
                    "labels": labels_of_object(each),
                    "applications": len(health),
                    "health": [found["status"] for found in health.values()],
                    "configuration": {"count": configured, "errors": errors, "warnings": warnings},
                    "received": sum(one.value for one in samples),
                    "sent": sum(one.value for one in total if one.label("source_workload_namespace") == name),
                    "injected": _injected(objects, name),
                }
            )
        return {"namespaces": cards, "problem": problem}

    def _one(self, objects: MeshObjects, namespace: str, what: str, name: str) -> Response:
        """One entry of a list, with its pods."""
        found = next((each for each in _ONE[what](objects, namespace) if each["name"] == name), None)
        if found is None:
            return _error(404, f'{what} "{name}" not found')
        pods = [
            {
                "name": name_of(pod),
                "labels": labels_of_object(pod),
                "status": (pod.get("status") or {}).get("phase", ""),
            }
            for _, workload in objects.workloads_of(namespace)
            for pod in objects.pods_of(workload)
            if what != "workloads" or name_of(workload) == name
        ]
        return json_answer({**found, "pods": pods})

    async def _received(self, namespace: str, seconds: int) -> list[Sample]:
        found = await self._rates(seconds)
        return [each for each in found if each.label("destination_workload_namespace") == namespace]

    async def _rates(self, seconds: int) -> list[Sample]:
        by = (
            "source_workload_namespace, destination_workload_namespace, destination_canonical_service, destination_workload, "
            "destination_service_name, request_protocol, response_code"
        )
        selector = 'reporter="destination"'
        return await self._prometheus.vector(
            f"sum(rate(istio_requests_total{{{selector}}}[{seconds}s])) by ({by}) > 0"
        )


def _names(given: Given, objects: MeshObjects) -> list[str]:
    """Of namespaces=a,b; those that are not there are left out, as Kiali leaves out those that it may not read."""
    known = {name_of(each) for each in objects.namespaces}
    return [name for name in first(given, "namespaces").split(",") if name in known]


def _injected(objects: MeshObjects, namespace: str) -> int:
    """Pods with a sidecar, gateways aside."""
    from_here = [pod for pod in objects.pods if namespace_of(pod) == namespace]
    return sum(not is_gateway(pod) and has_sidecar(pod) for pod in from_here)


def _seconds(given: Given, name: str) -> int:
    """Of 60s, 5m, 1h. Raises ValueError."""
    text = first(given, name) or f"{DEFAULT_DURATION}s"
    found = re.fullmatch(r"(\d+)([smh])", text)
    if not found or not int(found[1]):
        raise ValueError(f"Invalid {name} [{text}]")
    return int(found[1]) * _SECONDS[found[2]]


def _error(status: int, message: str) -> Response:
    return json_answer({"error": message}, status)
