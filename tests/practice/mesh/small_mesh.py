"""A mesh of a few pods without an API: what istiod would configure, in the smallest form."""

from __future__ import annotations

import json
from typing import Any

from runner.practice.containers.mesh.mesh_messages import FOLDER, MeshChange
from runner.practice.machinery.store import Store
from runner.practice.mesh.mesh_authority import MeshAuthority, new_root
from runner.practice.mesh.mesh_secrets import MeshSecrets
from runner.practice.mesh.proxy_config import CONFIG_SOURCE, SecretRequest
from runner.practice.mesh.translation.access_log import ACCESS_LOG_FIELDS

Json = dict[str, Any]
Parts = tuple[list[Json], list[Json], list[Json]]
"""Listeners, clusters, routes."""
DOMAIN = "cluster.local"
AUTHORITY = MeshAuthority(new_root(DOMAIN))
T = "type.googleapis.com/envoy.extensions."
SECRET = f"{T}transport_sockets.tls.v3.Secret"
LISTENER, CLUSTER, ROUTES = (
    f"type.googleapis.com/envoy.config.{kind}"
    for kind in ("listener.v3.Listener", "cluster.v3.Cluster", "route.v3.RouteConfiguration")
)
ROUTER = {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{T}filters.http.router.v3.Router"}}
RAW = {"name": "raw", "typed_config": {"@type": f"{T}transport_sockets.raw_buffer.v3.RawBuffer"}}
INSPECTORS = [
    {"name": name, "typed_config": {"@type": f"{T}filters.listener.{kind}"}}
    for name, kind in (
        ("proxy", "proxy_protocol.v3.ProxyProtocol"),
        ("tls", "tls_inspector.v3.TlsInspector"),
        ("http", "http_inspector.v3.HttpInspector"),
    )
]


def change(
    client: str, servers: dict[str, int], weights: dict[str, int], *, strict: bool = True, port: int = 9080
) -> MeshChange:
    """The client's pod reaches `servers` (ports of pods by their address) by weight; each of them has a sidecar."""
    secrets = MeshSecrets(Store({}), AUTHORITY, DOMAIN).found(
        [SecretRequest("own", "workload", "default", "default"), SecretRequest("root", "root")]
    )
    parts = [_client(client, servers, weights, port)]
    parts += [_server(ip, number, strict=strict) for ip, number in servers.items()]
    listeners, clusters, routes = (
        [each for kind in kinds for each in kind] for kinds in zip(*parts, strict=True)
    )
    return _change(listeners, clusters, routes, [*secrets.values()])


def gateway(ip: str, port: int, server: str, number: int) -> MeshChange:
    """A gateway in the pod with that address leads its port to the port of another pod, which has a sidecar."""
    cluster = f"{ip};{server}"
    route = {"match": {"prefix": "/"}, "route": {"cluster": cluster, "timeout": "0s"}}
    routes = {"name": "in", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}
    listener = {
        "name": f"{ip};{port}",
        "address": {"pipe": {"path": f"{FOLDER}/gw-{ip}-{port}", "mode": 0o600}},
        "listener_filters": INSPECTORS[:1],
        "filter_chains": [{"filters": [_http(ip, "outbound", {"route_config": routes})]}],
    }
    leads = _cluster(cluster, f"in-{server}-{number}", f"{server}:{number}", secure=True)
    return _change([listener], [leads], [], [])


def _client(ip: str, servers: dict[str, int], weights: dict[str, int], port: int) -> Parts:
    leads = [{"name": f"{ip};{server}", "weight": weight} for server, weight in weights.items()]
    route = {"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": leads}, "timeout": "0s"}}
    routes = {"name": f"{ip};{port}", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}
    passthrough = f"{ip};PassthroughCluster"
    outbound = {
        "name": f"{ip};outbound",
        "address": {"pipe": {"path": f"{FOLDER}/out-{ip}", "mode": 0o600}},
        "listener_filters": INSPECTORS,
        "listener_filters_timeout": "0.1s",
        "continue_on_listener_filters_timeout": True,
        "filter_chains": [
            {
                "filter_chain_match": {"destination_port": port},
                "filters": [
                    _http(
                        ip,
                        "outbound",
                        {"rds": {"route_config_name": routes["name"], "config_source": CONFIG_SOURCE}},
                    )
                ],
            }
        ],
        "default_filter_chain": {"filters": [_tcp(ip, "outbound", passthrough)]},
    }
    clusters = [
        _cluster(f"{ip};{server}", f"in-{server}-{number}", f"{server}:{number}", secure=True)
        for server, number in servers.items()
    ]
    clusters.append(_cluster(passthrough, "passthrough", ""))
    return [outbound], clusters, [routes]


def _server(ip: str, number: int, *, strict: bool) -> Parts:
    application = f"{ip};inbound|{number}||"
    route = {"match": {"prefix": "/"}, "route": {"cluster": application, "timeout": "0s"}}
    http = _http(
        ip,
        "inbound",
        {
            "route_config": {
                "name": "in",
                "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}],
            }
        },
    )
    chains = [
        {
            "filter_chain_match": {"transport_protocol": "tls"},
            "transport_socket": _tls("Downstream"),
            "filters": [http],
        }
    ]
    if not strict:
        chains.append({"filter_chain_match": {"transport_protocol": "raw_buffer"}, "filters": [http]})
    inbound = {
        "name": f"{ip};inbound;{number}",
        "address": {"pipe": {"path": f"{FOLDER}/in-{ip}-{number}", "mode": 0o600}},
        "listener_filters": INSPECTORS,
        "listener_filters_timeout": "1s",
        "filter_chains": chains,
    }
    plain = {
        "name": application,
        "type": "STATIC",
        "load_assignment": _endpoint(application, f"app-{ip}-{number}", f"{ip}:{number}"),
    }
    out = {**inbound, "name": f"{ip};outbound", "address": {"pipe": {"path": f"{FOLDER}/out-{ip}"}}}
    return [inbound, out], [plain], []


def _http(ip: str, direction: str, routes: Json) -> Json:
    line = "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_CLUSTER_RAW%"
    fields = {**ACCESS_LOG_FIELDS, "proxy": f"{ip}.default", "direction": direction, "line": line}
    log = {
        "@type": f"{T}access_loggers.file.v3.FileAccessLog",
        "path": "/dev/stdout",
        "log_format": {"json_format": fields},
    }
    return {
        "name": "http",
        "typed_config": {
            "@type": f"{T}filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": f"{ip};{direction}",
            "access_log": [{"name": "log", "typed_config": log}],
            "http_filters": [ROUTER],
            **routes,
        },
    }


def _tcp(ip: str, direction: str, cluster: str) -> Json:
    config = {
        "@type": f"{T}filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": f"{ip};{direction}",
        "cluster": cluster,
    }
    return {"name": "tcp", "typed_config": config}


def _cluster(name: str, pipe: str, address: str, *, secure: bool = False) -> Json:
    inner = _tls("Upstream") if secure else RAW
    wrapped = {
        "@type": f"{T}transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
        "config": {"version": "V2"},
        "transport_socket": inner,
    }
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "load_assignment": _endpoint(name, pipe, address),
        "transport_socket": {"name": "proxy", "typed_config": wrapped},
    }


def _endpoint(name: str, pipe: str, address: str) -> Json:
    at = {
        "endpoint": {"address": {"pipe": {"path": f"{FOLDER}/{pipe}"}}},
        "metadata": {"filter_metadata": {"istio": {"address": address}}},
    }
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": [at]}]}


def _tls(side: str) -> Json:
    common = {
        "tls_certificate_sds_secret_configs": [{"name": "own", "sds_config": CONFIG_SOURCE}],
        "validation_context_sds_secret_config": {"name": "root", "sds_config": CONFIG_SOURCE},
    }
    config: Json = {"@type": f"{T}transport_sockets.tls.v3.{side}TlsContext", "common_tls_context": common}
    if side == "Downstream":
        config["require_client_certificate"] = True
    return {"name": "tls", "typed_config": config}


def _change(
    listeners: list[Json], clusters: list[Json], routes: list[Json], secrets: list[Json]
) -> MeshChange:
    def texts(kind: str, resources: list[Json]) -> dict[str, str]:
        return {each["name"]: json.dumps({"@type": kind, **each}) for each in resources}

    return MeshChange(
        {
            "listeners": texts(LISTENER, listeners),
            "clusters": texts(CLUSTER, clusters),
            "routes": texts(ROUTES, routes),
            "secrets": texts(SECRET, secrets),
        }
    )
