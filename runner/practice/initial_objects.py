"""What a new cluster holds."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from runner.practice.authorization.reconciliation import reconcile_policy
from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.namespace_content import create_namespace_content
from runner.practice.controllers.object_helpers import now
from runner.practice.machinery.store import Object
from runner.practice.metrics_server_objects import metrics_server
from runner.practice.node.simulated_nodes import nodes
from runner.practice.server_objects import server_objects

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
API_PORT = 6443
DNS_IMAGE = "registry.k8s.io/coredns/coredns:v1.11.3"
PROXY_IMAGE = "registry.k8s.io/kube-proxy"
COREFILE = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
"""


def full_version(version: str) -> str:
    """v1.32.0 of 1.32; a patch that is given stays."""
    plain = version.removeprefix("v")
    return f"v{plain}" if plain.count(".") >= 2 else f"v{plain}.0"


def create_initial_objects(cluster: ClusterContext) -> None:
    """Fill a new store; one in which there are namespaces is left as it is, but for the roles of the server itself."""
    if cluster.store.list("namespaces"):
        reconcile_policy(cluster.store, cluster.minor)
        return
    for name in NAMESPACES:
        cluster.create("namespaces", _object("v1", "Namespace", name))
        create_namespace_content(cluster, name)
    settings = cluster.settings
    reached = settings.containers and settings.balancers
    for node in nodes(full_version(settings.version), cluster.minor, settings.nodes, reached=reached):
        cluster.create("nodes", node)
    for resource, obj in _system(cluster):
        if cluster.registry.by_key(resource):
            cluster.create(resource, obj)
    for resource, obj in server_objects(cluster.registry):
        if cluster.registry.by_key(resource):  # the server's own are never refused
            cluster.store.create(resource, obj)
    reconcile_policy(cluster.store, cluster.minor)


def _system(cluster: ClusterContext) -> Iterator[tuple[str, Object]]:
    settings = cluster.settings
    yield from _service_range(settings.service_cidr)
    yield from _kubernetes_service(str(settings.service_cidr[1]))
    if settings.nodes:  # what runs on nodes can only fail where there are none
        yield from _dns(str(settings.service_cidr[10]))
        yield from _proxy(full_version(settings.version))
        if settings.metrics_server:
            yield from metrics_server()
    yield from _classes()


def _object(api_version: str, kind: str, name: str, namespace: str = "", **more: object) -> Object:
    meta: Object = {"name": name}
    if namespace:
        meta["namespace"] = namespace
    labels = more.pop("labels", None)
    annotations = more.pop("annotations", None)
    meta |= {"labels": labels} if labels else {}
    meta |= {"annotations": annotations} if annotations else {}
    return {"apiVersion": api_version, "kind": kind, "metadata": meta, **more}


def _service_range(addresses: IPv4Network) -> Iterator[tuple[str, Object]]:
    """Since Kubernetes 1.33 the range is an object."""
    ready = {
        "type": "Ready",
        "status": "True",
        "lastTransitionTime": now(),
        "reason": "",
        "message": "Kubernetes Service CIDR is ready",
    }
    yield (
        "servicecidrs.networking.k8s.io",
        _object(
            "networking.k8s.io/v1",
            "ServiceCIDR",
            "kubernetes",
            spec={"cidrs": [str(addresses)]},
            status={"conditions": [ready]},
        ),
    )


def _kubernetes_service(address: str) -> Iterator[tuple[str, Object]]:
    labels = {"component": "apiserver", "provider": "kubernetes"}
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": API_PORT}]
    spec = {"clusterIP": address, "clusterIPs": [address], "ports": ports, "type": "ClusterIP"}
    yield "services", _object("v1", "Service", "kubernetes", "default", labels=labels, spec=spec)
    subsets = [
        {
            "addresses": [{"ip": "172.18.0.2"}],
            "ports": [{"name": "https", "port": API_PORT, "protocol": "TCP"}],
        }
    ]
    mirrored = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    yield "endpoints", _object("v1", "Endpoints", "kubernetes", "default", labels=mirrored, subsets=subsets)
    yield (
        "endpointslices.discovery.k8s.io",
        _object(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            "kubernetes",
            "default",
            labels={"kubernetes.io/service-name": "kubernetes"},
            addressType="IPv4",
            endpoints=[{"addresses": ["172.18.0.2"], "conditions": {"ready": True}}],
            ports=[{"name": "https", "port": API_PORT, "protocol": "TCP"}],
        ),
    )


def _dns(address: str) -> Iterator[tuple[str, Object]]:
    home, dns = "kube-system", {"k8s-app": "kube-dns"}
    yield "serviceaccounts", _object("v1", "ServiceAccount", "coredns", home)
    yield "configmaps", _object("v1", "ConfigMap", "coredns", home, data={"Corefile": COREFILE})
    container = {
        "name": "coredns",
        "image": DNS_IMAGE,
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"containerPort": 53, "name": "dns", "protocol": "UDP"},
            {"containerPort": 53, "name": "dns-tcp", "protocol": "TCP"},
            {"containerPort": 9153, "name": "metrics", "protocol": "TCP"},
        ],
        "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181, "scheme": "HTTP"}},
    }
    pod = {
        "containers": [container],
        "serviceAccountName": "coredns",
        "tolerations": [
            {"key": "CriticalAddonsOnly", "operator": "Exists"},
            {"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"},
            {"effect": "NoSchedule", "key": "node-role.kubernetes.io/master"},
        ],
    }
    spec = {
        "replicas": 2,
        "selector": {"matchLabels": dns},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}},
        "template": {"metadata": {"labels": dns}, "spec": pod},
    }
    yield "deployments.apps", _object("apps/v1", "Deployment", "coredns", home, labels=dns, spec=spec)
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
        {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
    ]
    labels = {**dns, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
    service = {"clusterIP": address, "clusterIPs": [address], "ports": ports, "selector": dns}
    yield "services", _object("v1", "Service", "kube-dns", home, labels=labels, spec=service)


def _proxy(version: str) -> Iterator[tuple[str, Object]]:
    home, labels = "kube-system", {"k8s-app": "kube-proxy"}
    yield "serviceaccounts", _object("v1", "ServiceAccount", "kube-proxy", home)
    pod = {
        "containers": [{"name": "kube-proxy", "image": f"{PROXY_IMAGE}:{version}"}],
        "hostNetwork": True,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "serviceAccountName": "kube-proxy",
        "tolerations": [{"operator": "Exists"}],
    }
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    yield "daemonsets.apps", _object("apps/v1", "DaemonSet", "kube-proxy", home, labels=labels, spec=spec)


def _classes() -> Iterator[tuple[str, Object]]:
    chosen = {"storageclass.kubernetes.io/is-default-class": "true"}
    yield (
        "storageclasses.storage.k8s.io",
        _object(
            "storage.k8s.io/v1",
            "StorageClass",
            "standard",
            annotations=chosen,
            provisioner="practice.labgate.dev/folder",
            reclaimPolicy="Delete",
            volumeBindingMode="Immediate",
        ),
    )
    for name, value, what in (
        ("system-cluster-critical", 2000000000, "Used for system critical pods that must run in the cluster, but can "
         "be moved to another node if necessary."),
        ("system-node-critical", 2000001000, "Used for system critical pods that must not be moved from their current "
         "node."),
    ):  # fmt: skip
        more = {"value": value, "description": what, "preemptionPolicy": "PreemptLowerPriority"}
        yield (
            "priorityclasses.scheduling.k8s.io",
            _object("scheduling.k8s.io/v1", "PriorityClass", name) | more,
        )
