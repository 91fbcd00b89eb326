"""The configuration of one proxy."""

from __future__ import annotations

from runner.practice.mesh.mesh_view import Json, MeshProxy, MeshView
from runner.practice.mesh.proxy_config import MeshPaths, ProxyConfig


def proxy_config(view: MeshView, proxy: MeshProxy, paths: MeshPaths) -> ProxyConfig:
    """What `proxy` of `view` is configured with."""
    ip = proxy.workload.ip
    if proxy.type == "router":
        return ProxyConfig()
    passthrough = f"{ip};PassthroughCluster"
    inbound = [f"{ip};inbound|{port}||" for port in proxy.container_ports]
    return ProxyConfig(
        listeners=(
            _listener(f"{ip};virtualOutbound", paths.outbound(ip), passthrough),
            _listener(f"{ip};virtualInbound", paths.inbound(ip, "any"), passthrough),
            *(
                _listener(f"{ip};virtualInbound;{port}", paths.inbound(ip, port), cluster)
                for port, cluster in zip(proxy.container_ports, inbound, strict=True)
            ),
        ),
        clusters=(
            _cluster(passthrough, paths.passthrough),
            *(
                _cluster(name, paths.application(ip, port))
                for port, name in zip(proxy.container_ports, inbound, strict=True)
            ),
        ),
    )


def _listener(name: str, pipe: str, cluster: str) -> Json:
    """Passes bytes on."""
    proxy_protocol = {
        "@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"
    }
    tcp_proxy = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": cluster,
        "cluster": cluster,
    }
    return {
        "name": name,
        "address": {"pipe": {"path": pipe}},
        "listener_filters": [
            {"name": "envoy.filters.listener.proxy_protocol", "typed_config": proxy_protocol}
        ],
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": tcp_proxy}]}
        ],
    }


def _cluster(name: str, pipe: str) -> Json:
    """One pipe."""
    endpoint = {"endpoint": {"address": {"pipe": {"path": pipe}}}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "10s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
