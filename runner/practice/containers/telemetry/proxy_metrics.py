"""Istio's standard metrics (https://istio.io/latest/docs/reference/config/metrics/), counted from what proxies report.

Each proxy has its own counters, as in reality: they end with its pod, and a Prometheus has them only once it has
scraped that proxy.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from runner.practice.containers.telemetry.exposition_format import family, number_text, written
from runner.practice.containers.telemetry.label_pairs import Labels, labels_of
from runner.practice.containers.telemetry.proxied_request import UNKNOWN, ProxiedRequest, Workload

BUCKETS = (
    0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000,
    10000, 30000, 60000, 300000, 600000, 1800000, 3600000,
)  # fmt: skip
"""Envoy's, for milliseconds and for bytes."""
MOST_SERIES = 2000
"""Sets of labels of one proxy, so that a client with a thousand paths or codes does not fill the memory."""


class Histogram:
    """How often values were at most so much."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(BUCKETS, value)] += 1
        self.sum += value

    def lines(self, name: str, labels: Labels) -> Iterator[str]:
        total = 0
        for bound, count in zip((*map(number_text, BUCKETS), "+Inf"), self.counts, strict=True):
            total += count
            yield written(f"{name}_bucket", (*labels, ("le", bound)), total)
        yield written(f"{name}_sum", labels, self.sum)
        yield written(f"{name}_count", labels, total)


class _OfRequests:
    """What is counted of requests with the same labels."""

    def __init__(self) -> None:
        self.total = 0
        self.histograms = {
            "istio_request_duration_milliseconds": Histogram(),
            "istio_request_bytes": Histogram(),
            "istio_response_bytes": Histogram(),
        }


class _OfConnections:
    """What is counted of TCP connections with the same labels."""

    def __init__(self) -> None:
        self.counters = dict.fromkeys(_OF_CONNECTIONS, 0)


_OF_CONNECTIONS = (
    "istio_tcp_connections_opened_total",
    "istio_tcp_connections_closed_total",
    "istio_tcp_sent_bytes_total",
    "istio_tcp_received_bytes_total",
)


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted together: reports of a proxy with the same labels."""

    pod: str
    labels: Labels
    is_tcp: bool = False


class ProxyMetrics:
    """The counters of all proxies, by the uid of their pod."""

    def __init__(self) -> None:
        self._requests: dict[str, dict[Labels, _OfRequests]] = {}
        self._connections: dict[str, dict[Labels, _OfConnections]] = {}
        self._recognized: dict[Hashable, Counter] = {}
        self._generation = -1

    def record(self, entry: ProxiedRequest) -> None:
        """Count a request that is over, or a TCP connection that is closed."""
        counter = Counter(entry.pod, request_labels(entry), is_tcp=entry.protocol == "tcp")
        self.count(counter, entry.duration, entry.request_bytes, entry.response_bytes)

    def count(self, counter: Counter, duration: float, received: int, sent: int) -> None:
        """Milliseconds; bytes of the request and of the answer."""
        if counter.is_tcp:
            return self._count_connection(counter, received, sent)
        of_pod = self._requests.setdefault(counter.pod, {})
        counted = of_pod.get(counter.labels)
        if counted is None:
            if len(of_pod) >= MOST_SERIES:
                return None
            counted = of_pod[counter.labels] = _OfRequests()
        counted.total += 1
        for histogram, value in zip(counted.histograms.values(), (duration, received, sent), strict=True):
            histogram.observe(value)
        return None

    def recognized(self, key: Hashable, generation: int) -> Counter | None:
        """The counter that was found for reports like that, while nothing has changed in the cluster."""
        if generation != self._generation or len(self._recognized) > MOST_SERIES:
            self._recognized.clear()
            self._generation = generation
        return self._recognized.get(key)

    def recognize(self, key: Hashable, counter: Counter) -> None:
        self._recognized[key] = counter

    def forget(self, pod: str) -> None:
        """The pod is gone, or its proxy starts anew."""
        self._requests.pop(pod, None)
        self._connections.pop(pod, None)

    def total(self, pod: str) -> int:
        """How many requests a proxy has reported."""
        return sum(counted.total for counted in self._requests.get(pod, {}).values())

    def text(self, pod: str) -> str:
        """The metrics of one proxy, as /stats/prometheus has them."""
        return "".join(f"{line}\n" for line in self._lines(pod))

    def _count_connection(self, counter: Counter, received: int, sent: int) -> None:
        of_pod = self._connections.setdefault(counter.pod, {})
        if counter.labels not in of_pod and len(of_pod) >= MOST_SERIES:
            return
        counters = of_pod.setdefault(counter.labels, _OfConnections()).counters
        # Sent and received are the destination's, whoever reports: sent is what the server answered.
        for name, value in zip(_OF_CONNECTIONS, (1, 1, sent, received), strict=True):
            counters[name] += value

    def _lines(self, pod: str) -> Iterator[str]:
        requests, connections = self._requests.get(pod, {}), self._connections.get(pod, {})
        if requests:
            yield from family(
                "istio_requests_total",
                "counter",
                (written("istio_requests_total", labels, each.total) for labels, each in requests.items()),
            )
            for name in _OfRequests().histograms:
                lines = (
                    line
                    for labels, each in requests.items()
                    for line in each.histograms[name].lines(name, labels)
                )
                yield from family(name, "histogram", lines)
        for name in _OF_CONNECTIONS if connections else ():
            lines = (written(name, labels, each.counters[name]) for labels, each in connections.items())
            yield from family(name, "counter", lines)


def request_labels(entry: ProxiedRequest) -> Labels:
    """Istio's labels of a request. An empty label is left out, as Prometheus does anyway."""
    found: dict[str, str] = {
        "reporter": entry.reporter,
        **_end("source", entry.source),
        **_end("destination", entry.destination),
        "destination_service": entry.service or UNKNOWN,
        "destination_service_name": entry.service_name or UNKNOWN,
        "destination_service_namespace": entry.service_namespace or UNKNOWN,
        "request_protocol": entry.protocol,
        "response_flags": entry.flags or "-",
        "connection_security_policy": _security(entry),
    }
    if entry.protocol != "tcp":
        found["response_code"] = str(entry.code)
    if entry.protocol == "grpc":
        found["grpc_response_status"] = entry.grpc_status
    return labels_of({**found, **dict(entry.labels)})


def _security(entry: ProxiedRequest) -> str:
    """The client's proxy does not say it."""
    if entry.reporter == "source":
        return UNKNOWN
    return "mutual_tls" if entry.mutual_tls else "none"


def _end(side: str, end: Workload) -> Mapping[str, str]:
    return {
        f"{side}_workload": end.workload or UNKNOWN,
        f"{side}_workload_namespace": end.namespace or UNKNOWN,
        f"{side}_app": end.app or UNKNOWN,
        f"{side}_version": end.version or UNKNOWN,
        f"{side}_canonical_service": end.canonical_service or UNKNOWN,
        f"{side}_canonical_revision": end.canonical_revision or "latest",
        f"{side}_principal": end.principal or UNKNOWN,
        f"{side}_cluster": end.cluster or UNKNOWN,
    }
