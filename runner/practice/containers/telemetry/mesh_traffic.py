"""Who stands at both ends of what a proxy reports: from addresses and clusters to Istio's labels."""

from __future__ import annotations

from typing import Literal

from runner.practice.containers.cluster_view import PodView, ServiceView
from runner.practice.containers.mesh.access_log_entry import AccessLogEntry
from runner.practice.containers.pod_network import PodNetwork
from runner.practice.containers.telemetry.proxied_request import NOBODY, UNKNOWN, ProxiedRequest, Workload
from runner.practice.containers.telemetry.proxy_metrics import Counter, request_labels

CLUSTER = "Kubernetes"
"""The name that Istio gives a cluster unless it is told another."""
_NO_SERVICES = ("PassthroughCluster", "BlackHoleCluster", "InboundPassthroughCluster")


def record_access(network: PodNetwork, entry: AccessLogEntry) -> None:
    """Count what a proxy reports; reports of pods that are gone already are left out.

    Who stands at the ends is looked up once for reports that differ in nothing that labels are made of.
    """
    key = (
        entry.proxy_address, entry.direction, entry.peer_address, entry.principal, entry.principal and _host(entry.source),
        entry.upstream, entry.upstream_principal, entry.cluster, entry.authority, entry.host, entry.service,
        entry.service_namespace, entry.code, entry.flags, entry.protocol, entry.method == "", entry.grpc_status,
        entry.content_type,
    )  # fmt: skip
    metrics = network.proxy_metrics
    counter = metrics.recognized(key, network.index.generation)
    if counter is None:
        made = proxied_request(network, entry)
        if made is None:
            return
        counter = Counter(made.pod, request_labels(made), is_tcp=made.protocol == "tcp")
        metrics.recognize(key, counter)
    metrics.count(counter, float(entry.duration), entry.received, entry.sent)


def proxied_request(network: PodNetwork, entry: AccessLogEntry) -> ProxiedRequest | None:
    """None where no running pod has the reporting proxy's address."""
    pod = network.pod_at(entry.proxy_address)
    if pod is None:
        return None
    own = _workload(network, entry.proxy_address)
    is_server = entry.direction == "inbound"
    if is_server:
        source, destination = _client(network, entry), own
        port = _port_of(entry.cluster)
        service = _service_behind(network, entry.proxy_address, port, entry.authority)
        host, name, namespace = service or (UNKNOWN, _named(entry.cluster), own.namespace)
    else:
        source = own
        destination = _server(network, entry)
        host, name, namespace = _called(entry)
    return ProxiedRequest(
        pod.config.uid,
        "destination" if is_server else "source",
        source,
        destination,
        host,
        name,
        namespace,
        entry.method,
        entry.path,
        entry.code,
        entry.flags or "-",
        float(entry.duration),
        entry.received,
        entry.sent,
        _protocol(entry),
        bool(entry.principal),
        entry.grpc_status,
    )


def workload_name(pod: PodView) -> str:
    """What the pod belongs to: a Deployment without the hash of its ReplicaSet, a StatefulSet, a DaemonSet, a Job."""
    labels = dict(pod.labels)
    if template := labels.get("pod-template-hash"):
        return pod.name.rpartition(f"-{template}")[0] or pod.name
    if job := labels.get("job-name") or labels.get("batch.kubernetes.io/job-name"):
        return job
    if "controller-revision-hash" in labels:
        return pod.name.rpartition("-")[0] or pod.name
    return pod.name


def workload_of(pod: PodView, principal: str = "") -> Workload:
    """A pod as Istio's labels name it."""
    labels, name = dict(pod.labels), workload_name(pod)
    app = labels.get("app", "")
    return Workload(
        name,
        pod.namespace,
        app or UNKNOWN,
        labels.get("version") or UNKNOWN,
        labels.get("service.istio.io/canonical-name") or labels.get("app.kubernetes.io/name") or app or name,
        labels.get("service.istio.io/canonical-revision")
        or labels.get("app.kubernetes.io/version")
        or labels.get("version")
        or "latest",
        principal or UNKNOWN,
        CLUSTER,
    )


def _workload(network: PodNetwork, address: str, principal: str = "") -> Workload:
    found = network.pod_at(address) if address else None
    view = network.index.pods.get(found.config.uid) if found else None
    return workload_of(view, principal) if view else NOBODY


def _client(network: PodNetwork, entry: AccessLogEntry) -> Workload:
    """Of a request that comes in: what the client's proxy says of itself. A client without one stays unknown."""
    address = entry.peer_address or (_host(entry.source) if entry.principal else "")
    return _workload(network, address, entry.principal)


def _server(network: PodNetwork, entry: AccessLogEntry) -> Workload:
    """The endpoint that was called; unknown where none was."""
    return _workload(network, _host(entry.upstream), entry.upstream_principal)


def _called(entry: AccessLogEntry) -> tuple[str, str, str]:
    """(host, name, namespace) of the service to which a request goes, by its cluster."""
    if entry.cluster.startswith(_NO_SERVICES):
        return entry.authority or _host(entry.local) or UNKNOWN, entry.cluster, UNKNOWN
    host = entry.cluster.rpartition("|")[2] if "|" in entry.cluster else ""
    if not host:
        return UNKNOWN, UNKNOWN, UNKNOWN
    parts = host.split(".")
    if len(parts) > 2 and parts[2] == "svc":
        return host, parts[0], parts[1]
    return host, host, UNKNOWN


def _service_behind(
    network: PodNetwork, address: str, port: int, authority: str
) -> tuple[str, str, str] | None:
    """The Service whose endpoint a pod's port is; of several the one that was named, else the first by name."""
    pod = network.pod_at(address)
    namespace = pod.config.namespace if pod else ""
    candidates = sorted(
        (service for service in network.index.services.values() if service.namespace == namespace),
        key=lambda service: (not _is_named(service, authority), service.name),
    )
    for service in candidates:
        for backend in service.backends:
            if backend.ip == address and any(target == port for _, target, _ in backend.ports):
                full = f"{service.name}.{service.namespace}.svc.cluster.local"
                return full, service.name, service.namespace
    return None


def _is_named(service: ServiceView, authority: str) -> bool:
    host = authority.partition(":")[0]
    return host.split(".")[0] == service.name


def _named(cluster: str) -> str:
    return cluster if cluster.startswith(_NO_SERVICES) else UNKNOWN


def _port_of(cluster: str) -> int:
    """Of inbound|9080||."""
    words = cluster.split("|")
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _host(address: str) -> str:
    return address.rpartition(":")[0].strip("[]") if ":" in address else address


def _protocol(entry: AccessLogEntry) -> Literal["http", "grpc", "tcp"]:
    if not entry.protocol and not entry.method:
        return "tcp"
    return "grpc" if entry.content_type.startswith("application/grpc") else "http"
