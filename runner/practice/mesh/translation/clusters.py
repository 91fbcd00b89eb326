"""The outbound clusters of a proxy: one for each port of each service that it may call, and one for each subset."""

from __future__ import annotations

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.cluster_endpoints import load_assignment, transport_sockets
from runner.practice.mesh.translation.destination_rules import DestinationRule
from runner.practice.mesh.translation.envoy_types import RAW_BUFFER, UNLIMITED, any_of, with_proxy_header
from runner.practice.mesh.translation.port_protocols import UNSUPPORTED, is_http, is_http2
from runner.practice.mesh.translation.proxy_scope import ProxyScope
from runner.practice.mesh.translation.service_registry import RegistryPort, RegistryService
from runner.practice.mesh.translation.telemetry import SPANS_CLUSTER
from runner.practice.mesh.translation.tls_contexts import (
    MTLS_TCP,
    Secrets,
    client_tls,
    mesh_client,
    spiffe_id,
)
from runner.practice.mesh.translation.traffic_policy import (
    connection_pool,
    http_options,
    load_balancing,
    outlier_detection,
)

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def outbound_clusters(scope: ProxyScope, secrets: Secrets) -> list[Json]:
    """All of a proxy."""
    found: list[Json] = []
    for service in scope.services.values():
        rule = scope.rule_for(service.hostname)
        for port in service.ports:
            for subset in ("", *(rule.subsets if rule is not None else ())):
                cluster = _guarded(scope, secrets, service, port, rule, subset)
                if cluster is not None:
                    found.append(cluster)
    return found


def _guarded(
    scope: ProxyScope,
    secrets: Secrets,
    service: RegistryService,
    port: RegistryPort,
    rule: DestinationRule | None,
    subset: str,
) -> Json | None:
    """A cluster; without what its DestinationRule asks for where that makes no sense."""
    if rule is not None:
        with scope.ineffective.guard(rule.obj):
            return _cluster(scope, secrets, service, port, rule, subset)
        return None if subset else _cluster(scope, secrets, service, port, None, "")
    return _cluster(scope, secrets, service, port, None, subset)


def _cluster(
    scope: ProxyScope,
    secrets: Secrets,
    service: RegistryService,
    port: RegistryPort,
    rule: DestinationRule | None,
    subset: str,
) -> Json:
    """One. Raises what malformed fields of a DestinationRule lead to."""
    name = scope.cluster(port.number, subset, service.hostname)
    policy = rule.traffic_policy(subset, port.number) if rule is not None else {}
    wanted = rule.subsets[subset].labels if rule is not None and subset else {}
    endpoints = [endpoint for endpoint in service.endpoints if wanted.items() <= endpoint.labels.items()]
    assignment, ways = load_assignment(scope, name, port, endpoints)
    version = scope.index.config.version
    pool = policy.get("connectionPool")
    cluster: Json = {
        "name": name,
        "type": "STATIC",
        "load_assignment": assignment,
        **connection_pool(pool),
        **load_balancing(policy.get("loadBalancer"), version),
        **outlier_detection(policy.get("outlierDetection")),
        "metadata": {"filter_metadata": {"istio": _metadata(service, rule, subset)}},
    }
    if options := protocol_options(port, pool):
        cluster["typed_extension_protocol_options"] = options
    if service.resolution == "headless":
        cluster["lb_subset_config"] = {
            "fallback_policy": "ANY_ENDPOINT",
            "subset_selectors": [{"keys": ["address"]}],
        }
        cluster["lb_policy"] = (
            "ROUND_ROBIN" if cluster["lb_policy"] in ("RING_HASH", "MAGLEV") else cluster["lb_policy"]
        )
    if service.resolution == "none" and not service.endpoints:
        _to_original_destination(scope, cluster)
    sni = f"outbound_.{port.number}_.{subset}_.{service.hostname}"
    names = _accounts(scope, service)
    alpn = _mesh_alpn(port)
    own_tls: Json | None = None
    mesh_tls: Json | None = None
    tls = policy.get("tls")
    if tls:
        wire = (*alpn, "h2" if is_http2(port.protocol) else "http/1.1") if is_http(port.protocol) else alpn
        own_tls = client_tls(
            secrets,
            scope.proxy,
            tls,
            sni=sni,
            names=names,
            alpn=wire,
            host=service.hostname if service.external else "",
        )
    elif scope.index.config.settings.get("enableAutoMtls", True) and any(way.mutual_tls for way in ways):
        mesh_tls = mesh_client(secrets, scope.proxy, sni, names, alpn)
    if service.resolution == "none" and not service.endpoints:
        inner = own_tls or RAW_BUFFER
        cluster["transport_socket"] = with_proxy_header(inner, peer=scope.proxy.uid)
    else:
        cluster |= transport_sockets(scope, ways, mesh_tls, own_tls)
    return cluster


def _to_original_destination(scope: ProxyScope, cluster: Json) -> None:
    """A host without addresses of its own: wherever the client wanted to go."""
    endpoint = {"endpoint": {"address": {"pipe": {"path": scope.paths.passthrough}}}}
    cluster["load_assignment"]["endpoints"] = [{"lb_endpoints": [endpoint]}]
    cluster["lb_policy"] = "ROUND_ROBIN"


def _metadata(service: RegistryService, rule: DestinationRule | None, subset: str) -> Json:
    """What logs and metrics say of a cluster."""
    found: Json = {
        "host": service.hostname,
        "name": service.name,
        "namespace": service.namespace,
        "services": [{"host": service.hostname, "name": service.name, "namespace": service.namespace}],
    }
    if rule is not None:
        name = rule.obj["metadata"]["name"]
        found["config"] = (
            f"/apis/networking.istio.io/v1alpha3/namespaces/{rule.namespace}/destination-rule/{name}"
        )
    if subset:
        found["subset"] = subset
    return found


def protocol_options(port: RegistryPort, pool: Json | None) -> Json | None:
    """typed_extension_protocol_options: which HTTP the upstream speaks; None for HTTP/1.1 without further options."""
    common = http_options(pool)
    settings = (pool or {}).get("http") or {}
    if is_http2(port.protocol) or settings.get("h2UpgradePolicy") == "UPGRADE":
        protocol: Json = {"explicit_http_config": {"http2_protocol_options": {}}}
    elif port.protocol == UNSUPPORTED or settings.get("useClientProtocol"):
        protocol = {
            "use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}}
        }
    elif common:
        protocol = {"explicit_http_config": {"http_protocol_options": {}}}
    else:
        return None
    if common:
        protocol["common_http_protocol_options"] = common
    return {_HTTP_OPTIONS: any_of("http_options", **protocol)}


def _mesh_alpn(port: RegistryPort) -> tuple[str, ...]:
    if is_http2(port.protocol):
        return ("istio-h2", "istio", "h2")
    if is_http(port.protocol):
        return ("istio-http/1.1", "istio", "http/1.1")
    return MTLS_TCP


def _accounts(scope: ProxyScope, service: RegistryService) -> list[str]:
    """Who may answer for a service: the ServiceAccounts of its pods."""
    domain = scope.index.config.trust_domain
    found = {
        spiffe_id(domain, endpoint.workload.namespace, endpoint.workload.service_account)
        for endpoint in service.endpoints
        if endpoint.workload is not None
    }
    return sorted({*found, *service.accounts})


def common_clusters(scope: ProxyScope) -> list[Json]:
    """The way out of the mesh, nowhere, and where spans go."""
    out = {"endpoint": {"address": {"pipe": {"path": scope.paths.passthrough}}}}
    spans = {"endpoint": {"address": {"pipe": {"path": scope.paths.spans}}}}
    names = [scope.named(name) for name in ("PassthroughCluster", "BlackHoleCluster", SPANS_CLUSTER)]
    both: Json = {"http_protocol_options": {}, "http2_protocol_options": {}}
    return [
        {
            "name": names[0],
            "type": "STATIC",
            **connection_pool(None),
            "load_assignment": {"cluster_name": names[0], "endpoints": [{"lb_endpoints": [out]}]},
            "transport_socket": with_proxy_header(RAW_BUFFER, peer=scope.proxy.uid),
            "typed_extension_protocol_options": {
                _HTTP_OPTIONS: any_of("http_options", use_downstream_protocol_config=both)
            },
        },
        {"name": names[1], "type": "STATIC", "connect_timeout": "10s"},
        {
            "name": names[2],
            "type": "STATIC",
            "connect_timeout": "5s",
            "circuit_breakers": {"thresholds": [{"max_requests": UNLIMITED}]},
            "load_assignment": {"cluster_name": names[2], "endpoints": [{"lb_endpoints": [spans]}]},
        },
    ]
