"""proxy-status: the proxies of the mesh, and whether they have the configuration that istiod would give them."""

from __future__ import annotations

from argparse import Namespace

from runner.practice.istio_release.istioctl.kubectl_cluster import (
    Cluster,
    Failed,
    Object,
    image_tag,
    is_running,
    pods,
    proxy_container,
    with_proxy,
)
from runner.practice.istio_release.istioctl.text_columns import columns

CLUSTER_SINCE, SUBSCRIBED_SINCE = 12, 26
"""From which versions the cluster has a column, and the table lists what a proxy has subscribed to."""


def proxy_status(cluster: Cluster, asked: Namespace) -> int:
    """The table; with a pod's name whether its configuration is the one that istiod has."""
    control = [pod["metadata"]["name"] for pod in pods(cluster, "app=istiod") if is_running(pod)]
    if not control:
        raise Failed("unable to find any Istiod instances")
    proxies = with_proxy(pods(cluster))
    if asked.pod:
        return _of_one(proxies, asked)
    minor = int(cluster.version.split(".")[1])
    rows = [_header(minor)]
    rows += [_row(pod, control[0], minor) for pod in sorted(proxies, key=_name)]
    print(columns(rows, gap=5), end="")
    return 0


def _header(minor: int) -> list[str]:
    if minor >= SUBSCRIBED_SINCE:
        return ["NAME", "CLUSTER", "ISTIOD", "VERSION", "SUBSCRIBED TYPES"]
    if minor >= CLUSTER_SINCE:
        return ["NAME", "CLUSTER", "CDS", "LDS", "EDS", "RDS", "ECDS", "ISTIOD", "VERSION"]
    return ["NAME", "CDS", "LDS", "EDS", "RDS", "ISTIOD", "VERSION"]


def _row(pod: Object, istiod: str, minor: int) -> list[str]:
    proxy = proxy_container(pod) or {}
    routes = "NOT SENT" if "router" in (proxy.get("args") or ()) else "SYNCED"
    name, version = _name(pod), image_tag(proxy)
    if minor >= SUBSCRIBED_SINCE:
        kinds = "4 (CDS,LDS,EDS,RDS)" if routes == "SYNCED" else "3 (CDS,LDS,EDS)"
        return [name, "Kubernetes", istiod, version, kinds]
    synced = ["SYNCED", "SYNCED", "SYNCED", routes]
    if minor >= CLUSTER_SINCE:
        return [name, "Kubernetes", *synced, "NOT SENT", istiod, version]
    return [name, *synced, istiod, version]


def _of_one(proxies: list[Object], asked: Namespace) -> int:
    wanted, _, namespace = asked.pod.removeprefix("pod/").partition(".")
    namespace = namespace or asked.namespace or ""
    for pod in proxies:
        meta = pod["metadata"]
        if meta["name"] == wanted and namespace in ("", meta["namespace"]):
            print("Clusters Match\nListeners Match\nRoutes Match")
            return 0
    raise Failed(f"pods {asked.pod} not found")


def _name(pod: Object) -> str:
    return f"{pod['metadata']['name']}.{pod['metadata']['namespace']}"
