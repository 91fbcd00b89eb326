"""Parts of Envoy's configuration that many others are made of."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Iterable
from functools import lru_cache

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.access_log import PEER_TLV

_TYPES = {
    "cluster": "envoy.config.cluster.v3.Cluster",
    "listener": "envoy.config.listener.v3.Listener",
    "proxy_protocol": "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol",
    "tls_inspector": "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
    "http_inspector": "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector",
    "tcp_proxy": "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
    "mongo_proxy": "envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy",
    "connection_manager": "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    "network_rbac": "envoy.extensions.filters.network.rbac.v3.RBAC",
    "http_rbac": "envoy.extensions.filters.http.rbac.v3.RBAC",
    "jwt": "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
    "router": "envoy.extensions.filters.http.router.v3.Router",
    "cors": "envoy.extensions.filters.http.cors.v3.Cors",
    "cors_policy": "envoy.extensions.filters.http.cors.v3.CorsPolicy",
    "fault": "envoy.extensions.filters.http.fault.v3.HTTPFault",
    "grpc_stats": "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
    "grpc_web": "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb",
    "header_mutation": "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
    "header_to_metadata": "envoy.extensions.filters.http.header_to_metadata.v3.Config",
    "http_filter_state": "envoy.extensions.filters.http.set_filter_state.v3.Config",
    "zipkin": "envoy.config.trace.v3.ZipkinConfig",
    "upstream_tls": "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    "downstream_tls": "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    "upstream_proxy_protocol": "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
    "raw_buffer": "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer",
    "http_options": "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    "previous_hosts": "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
    "uri_template_match": "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig",
}

_NAMES = {
    "proxy_protocol": "envoy.filters.listener.proxy_protocol",
    "tls_inspector": "envoy.filters.listener.tls_inspector",
    "http_inspector": "envoy.filters.listener.http_inspector",
    "tcp_proxy": "envoy.filters.network.tcp_proxy",
    "mongo_proxy": "envoy.filters.network.mongo_proxy",
    "connection_manager": "envoy.filters.network.http_connection_manager",
    "network_rbac": "envoy.filters.network.rbac",
    "http_rbac": "envoy.filters.http.rbac",
    "jwt": "envoy.filters.http.jwt_authn",
    "router": "envoy.filters.http.router",
    "cors": "envoy.filters.http.cors",
    "fault": "envoy.filters.http.fault",
    "grpc_stats": "envoy.filters.http.grpc_stats",
    "grpc_web": "envoy.filters.http.grpc_web",
    "header_mutation": "envoy.filters.http.header_mutation",
    "header_to_metadata": "envoy.filters.http.header_to_metadata",
    "http_filter_state": "envoy.filters.http.set_filter_state",
    "zipkin": "envoy.tracers.zipkin",
    "upstream_tls": "envoy.transport_sockets.tls",
    "downstream_tls": "envoy.transport_sockets.tls",
    "upstream_proxy_protocol": "envoy.transport_sockets.upstream_proxy_protocol",
    "raw_buffer": "envoy.transport_sockets.raw_buffer",
    "previous_hosts": "envoy.retry_host_predicates.previous_hosts",
}

UNLIMITED = 4294967295
"""Istio's circuit breakers where a DestinationRule has none."""

DESTINATION_TLV = 225
"""In the PROXY header of a connection to the passthrough pipe: the "<host>:<port>" that is meant, instead of its address."""


def any_of(kind: str, **fields: object) -> Json:
    """A message with its type."""
    return {"@type": f"type.googleapis.com/{_TYPES[kind]}", **fields}


def extension(kind: str, **fields: object) -> Json:
    """A filter, transport socket … with its name and configuration."""
    return {"name": _NAMES[kind], "typed_config": any_of(kind, **fields)}


RAW_BUFFER: Json = extension("raw_buffer")


def with_proxy_header(socket: Json, *, peer: str = "", destination: str = "") -> Json:
    """`socket` after a PROXY header: who sends (the pod of an istio-proxy), and what for."""
    tlvs = [
        {"type": kind, "value": base64.b64encode(value.encode()).decode()}
        for kind, value in ((PEER_TLV, peer), (DESTINATION_TLV, destination))
        if value
    ]
    return extension(
        "upstream_proxy_protocol",
        config={"version": "V2", **({"added_tlvs": tlvs} if tlvs else {})},
        transport_socket=socket,
    )


def proxy_header_filter() -> Json:
    """The listener filter that takes addresses, and who sent it, from a PROXY header."""
    rule = {"tlv_type": PEER_TLV, "on_tlv_present": {"key": "peer"}}
    return extension("proxy_protocol", tlv_location="FILTER_STATE", rules=[rule])


def tcp_proxy(cluster: str | dict[str, int], access_log: list[Json], **fields: object) -> Json:
    """To one cluster, or to several by weight."""
    if isinstance(cluster, str):
        target: Json = {"cluster": cluster, "stat_prefix": cluster}
    else:
        weighted = [{"name": name, "weight": weight} for name, weight in cluster.items()]
        target = {"weighted_clusters": {"clusters": weighted}, "stat_prefix": next(iter(cluster))}
    return extension("tcp_proxy", **target, access_log=access_log, **fields)


def in_range(value: object, low: int, high: int, what: str) -> int:
    """The number, if Envoy takes it: one bad number makes it refuse everything. Raises ValueError."""
    number = int(str(value))
    if not low <= number <= high:
        raise ValueError(f"{what} must be from {low} to {high}, not {number}")
    return number


def positive_seconds(duration: object, what: str) -> str | None:
    """As `seconds`, for what cannot be 0. Raises ValueError."""
    found = seconds(duration)
    if found == "0s":
        raise ValueError(f"{what} must be longer than 0s")
    return found


def server_names(names: Iterable[str]) -> list[str]:
    """Those that a filter chain can be chosen by: "*.example.com" as a whole, but no other wildcards."""
    return [name for name in names if name and "*" not in name.removeprefix("*.")]


def fraction(percent: float) -> Json:
    """A percentage as Istio has it: down to a ten-thousandth. Raises ValueError."""
    if not 0 <= percent <= 100:
        raise ValueError(f"percentage {percent:g} is not in range 0..100")
    return {"numerator": int(percent * 10000), "denominator": "MILLION"}


def seconds(duration: object) -> str | None:
    """A duration as protobuf's JSON has it ("0.5s") of one as Istio has it ("500ms", "1m30s"); None for anything else."""
    if not duration:
        return None
    total = duration_seconds(duration)
    return None if total is None else f"{total:.9f}".rstrip("0").rstrip(".") + "s"


@lru_cache(maxsize=4096)
def address_range(address: str) -> Json:
    """A CidrRange of an address or a network. Raises ValueError for what is neither."""
    network = ipaddress.ip_network(address, strict=False)
    return {"address_prefix": str(network.network_address), "prefix_len": network.prefixlen}


@lru_cache(maxsize=4096)
def is_address(text: str) -> bool:
    """Whether it is an IP address or a network."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


_LONGEST = 315_576_000_000.0
"""Seconds that protobuf has room for."""

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration_seconds(duration: object) -> float | None:
    """Of a duration as Go writes it."""
    if not isinstance(duration, str) or not duration:
        return None
    total, rest = 0.0, duration
    while rest:
        number = ""
        while rest and (rest[0].isdigit() or rest[0] == "."):
            number, rest = number + rest[0], rest[1:]
        unit = next((unit for unit in ("ns", "us", "µs", "ms", "s", "m", "h") if rest.startswith(unit)), None)
        if unit is None or not number or number == ".":
            return None
        total, rest = total + float(number) * _UNITS[unit], rest[len(unit) :]
    if total > _LONGEST:
        raise ValueError(f"duration {duration} is too long")
    return total
