"""The graph: from the counters of requests to nodes and edges (kiali: graph/telemetry/istio)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from runner.practice.containers.telemetry.prometheus_client import Sample

GraphType = Literal["versionedApp", "app", "workload", "service"]
UNKNOWN = "unknown"
_BY = (
    "source_workload_namespace, source_workload, source_canonical_service, source_canonical_revision, "
    "destination_service_namespace, destination_service, destination_service_name, destination_workload_namespace, "
    "destination_workload, destination_canonical_service, destination_canonical_revision, request_protocol, "
    "response_code, response_flags"
)


def request_queries(namespaces: Sequence[str], seconds: int) -> list[str]:
    """What clients without a proxy sent (their servers report it), and what proxies sent from and to these namespaces."""
    wanted = "|".join(namespaces)
    rates = []
    for selector in (
        f'reporter="destination",source_workload="{UNKNOWN}",destination_workload_namespace=~"{wanted}"',
        f'reporter="source",destination_service_namespace=~"{wanted}"',
        f'reporter="source",source_workload_namespace=~"{wanted}",destination_service_namespace!~"{wanted}"',
    ):
        rates.append(f"sum(rate(istio_requests_total{{{selector}}}[{seconds}s])) by ({_BY}) > 0")
    return rates


def tcp_query(namespaces: Sequence[str], seconds: int) -> str:
    wanted = "|".join(namespaces)
    by = _BY.replace(", request_protocol, response_code", "")
    selector = f'reporter="source",destination_service_namespace=~"{wanted}"'
    return f"sum(rate(istio_tcp_sent_bytes_total{{{selector}}}[{seconds}s])) by ({by}) > 0"


def security_query(namespaces: Sequence[str], seconds: int) -> str:
    """What servers' proxies say of the connections."""
    by = "source_workload_namespace, source_workload, destination_service_name, connection_security_policy"
    selector = f'reporter="destination",destination_workload_namespace=~"{"|".join(namespaces)}"'
    return f"sum(rate(istio_requests_total{{{selector}}}[{seconds}s])) by ({by}) > 0"


def duration_query(namespaces: Sequence[str], seconds: int) -> str:
    """The 95th percentile, in milliseconds."""
    by = "le, source_workload_namespace, source_workload, destination_service_namespace, destination_service_name"
    selector = f'reporter="source",destination_service_namespace=~"{"|".join(namespaces)}"'
    rate = f"rate(istio_request_duration_milliseconds_bucket{{{selector}}}[{seconds}s])"
    return f"histogram_quantile(0.95, sum({rate}) by ({by}))"


@dataclass(slots=True)
class Node:
    kind: str
    """app, workload, service, unknown"""
    namespace: str
    name: str = ""
    """The app's, workload's or service's."""
    version: str = ""
    workload: str = ""
    received: dict[str, float] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)
    """Requests a second by response code."""
    is_root: bool = True
    services: set[str] = field(default_factory=set)
    """Those through which it was called."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        key = f"{self.kind}/{self.namespace}/{self.name}/{self.version}"
        return hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Edge:
    source: str
    target: str
    protocol: str = "http"
    rates: dict[tuple[str, str], float] = field(default_factory=dict)
    """Requests (TCP: bytes) a second by (response code, flags)."""
    mutual_tls: float | None = None
    """Per cent."""
    response_time: float | None = None
    hosts: set[str] = field(default_factory=set)

    @property
    def rate(self) -> float:
        return sum(self.rates.values())

    @property
    def errors(self) -> float:
        """Requests a second without an answer, or with one of 4xx and 5xx."""
        failed = (
            each for (code, _), each in self.rates.items() if not code.startswith(("2", "3")) or code == "0"
        )
        return sum(failed) if self.protocol != "tcp" else 0.0


class TrafficGraph:
    """Built sample by sample."""

    def __init__(self, kind: GraphType) -> None:
        self._kind = kind
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str, str], Edge] = {}

    def add(self, samples: Iterable[Sample], protocol: str = "") -> None:
        """Requests, or with `protocol` "tcp" bytes."""
        for sample in samples:
            self._add(sample, protocol or sample.label("request_protocol", "http"))

    def add_security(self, samples: Sequence[Sample]) -> None:
        """How much of what clients sent to services came over mutual TLS."""
        totals: dict[tuple[str, str, str], list[float]] = {}
        for sample in samples:
            key = (
                sample.label("source_workload_namespace"),
                sample.label("source_workload"),
                sample.label("destination_service_name"),
            )
            found = totals.setdefault(key, [0.0, 0.0])
            found[0] += sample.value * (sample.label("connection_security_policy") == "mutual_tls")
            found[1] += sample.value
        for key, (secured, total) in totals.items():
            for edge in self._edges_of(*key):
                edge.mutual_tls = 100 * secured / total if total else None

    def add_durations(self, samples: Sequence[Sample]) -> None:
        for sample in samples:
            source, service = sample.label("source_workload"), sample.label("destination_service_name")
            for edge in self._edges_of(sample.label("source_workload_namespace"), source, service):
                edge.response_time = sample.value if sample.value == sample.value else None

    def _edges_of(self, namespace: str, workload: str, service: str) -> list[Edge]:
        """From a workload to a service (or to what stands behind it, in a graph without services)."""
        found = []
        for edge in self.edges.values():
            source, target = self.nodes[edge.source], self.nodes[edge.target]
            from_there = (source.namespace, source.workload or source.name) == (namespace, workload)
            if from_there and service in (target.name, *target.services):
                found.append(edge)
        return found

    def _add(self, sample: Sample, protocol: str) -> None:
        source, service = self._end(sample, "source"), self._service(sample)
        if self._kind == "service" or sample.label("destination_workload") == UNKNOWN:
            self._connect(source, service, sample, protocol)
            return
        destination = self._end(sample, "destination")
        if service.name == UNKNOWN:
            self._connect(source, destination, sample, protocol)
            return
        self._node(destination).services.add(service.name)
        self._connect(source, service, sample, protocol)
        self._connect(service, destination, sample, protocol)

    def _service(self, sample: Sample) -> Node:
        namespace = sample.label("destination_service_namespace")
        return Node("service", namespace, sample.label("destination_service_name"))

    def _end(self, sample: Sample, side: str) -> Node:
        namespace = sample.label(f"{side}_workload_namespace")
        workload = sample.label(f"{side}_workload")
        if workload == UNKNOWN:
            return Node(UNKNOWN, UNKNOWN, UNKNOWN)
        app, version = sample.label(f"{side}_canonical_service"), sample.label(f"{side}_canonical_revision")
        if self._kind == "workload" or app == UNKNOWN:
            return Node("workload", namespace, workload, "", workload)
        if self._kind == "service":  # an app is taken for the service of its name
            return Node("service", namespace, app, "", workload)
        return Node("app", namespace, app, version if self._kind == "versionedApp" else "", workload)

    def _node(self, node: Node) -> Node:
        return self.nodes.setdefault(node.id, node)

    def _connect(self, source: Node, target: Node, sample: Sample, protocol: str) -> None:
        source, target = self._node(source), self._node(target)
        edge = self.edges.setdefault((source.id, target.id, protocol), Edge(source.id, target.id, protocol))
        code, flags = sample.label("response_code", "-"), sample.label("response_flags", "-")
        edge.rates[code, flags] = edge.rates.get((code, flags), 0.0) + sample.value
        edge.hosts.add(sample.label("destination_service"))
        target.is_root = False
        if protocol != "tcp":
            target.received[code] = target.received.get(code, 0.0) + sample.value
            source.sent[code] = source.sent.get(code, 0.0) + sample.value

    def elements(self) -> dict[str, list[dict[str, Any]]]:
        """As /api/namespaces/graph has them."""
        nodes = [{"data": _node_data(node)} for node in self.nodes.values()]
        edges = [{"data": _edge_data(edge)} for edge in self.edges.values()]
        return {"nodes": nodes, "edges": edges}


def _node_data(node: Node) -> dict[str, Any]:
    names: Mapping[str, str] = {
        "app": {"app": node.name, "version": node.version, "workload": node.workload},
        "workload": {"workload": node.name},
        "service": {"service": node.name},
    }.get(node.kind, {"app": UNKNOWN, "workload": UNKNOWN})
    rates = {}
    if node.received:
        rates["httpIn"] = f"{sum(node.received.values()):.2f}"
    if node.sent:
        rates["httpOut"] = f"{sum(node.sent.values()):.2f}"
    for first in "45":
        failing = sum(rate for code, rate in node.received.items() if code.startswith(first))
        if failing:
            rates[f"httpIn{first}xx"] = f"{failing:.2f}"
    return {
        "id": node.id,
        "nodeType": node.kind,
        "cluster": "Kubernetes",
        "namespace": node.namespace,
        **{key: value for key, value in names.items() if value},
        "traffic": [{"protocol": "http", "rates": rates}] if rates else [],
        **({"isRoot": True} if node.is_root else {}),
        **({"isInaccessible": True} if node.namespace == UNKNOWN else {}),
        **node.extra,
    }


def _edge_data(edge: Edge) -> dict[str, Any]:
    total = edge.rate
    unit = "tcp" if edge.protocol == "tcp" else edge.protocol
    rates = {unit: f"{total:.2f}"}
    if edge.errors:
        rates[f"{unit}PercentErr"] = f"{100 * edge.errors / total:.1f}"
    responses: dict[str, Any] = {}
    for (code, flags), rate in edge.rates.items():
        of_code = responses.setdefault(code, {"flags": {}, "hosts": {}})
        of_code["flags"][flags] = f"{100 * rate / total:.1f}" if total else "0.0"
        for host in edge.hosts:
            of_code["hosts"][host] = f"{100 * rate / total:.1f}" if total else "0.0"
    key = f"{edge.source}{edge.target}{edge.protocol}"
    return {
        "id": hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(),
        "source": edge.source,
        "target": edge.target,
        **({"isMTLS": f"{edge.mutual_tls:.0f}"} if edge.mutual_tls else {}),
        **({"responseTime": f"{edge.response_time:.0f}"} if edge.response_time is not None else {}),
        "traffic": {"protocol": edge.protocol, "rates": rates, "responses": responses},
    }
