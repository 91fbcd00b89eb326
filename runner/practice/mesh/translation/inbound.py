"""What arrives at a pod with a sidecar: a listener for each port that services know, and one for all others."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.authorization import ProxyAuthorization
from runner.practice.mesh.translation.clusters import protocol_options
from runner.practice.mesh.translation.envoy_types import (
    RAW_BUFFER,
    extension,
    proxy_header_filter,
    tcp_proxy,
    with_proxy_header,
)
from runner.practice.mesh.translation.http_connections import connection_manager
from runner.practice.mesh.translation.port_protocols import UNSUPPORTED, declared_protocol, is_http
from runner.practice.mesh.translation.proxy_scope import ProxyScope
from runner.practice.mesh.translation.request_authentication import jwt_filters
from runner.practice.mesh.translation.route_action import default_route
from runner.practice.mesh.translation.service_registry import RegistryPort, RegistryService
from runner.practice.mesh.translation.telemetry import ProxyTelemetry
from runner.practice.mesh.translation.tls_contexts import MTLS_HTTP, MTLS_TCP, Secrets, mesh_server
from runner.practice.mesh.translation.traffic_policy import connection_pool, http_options

PLAIN_HTTP = ("http/1.0", "http/1.1", "h2c")
"""What the HTTP inspector finds."""


@dataclass(frozen=True, slots=True)
class _Port:
    """A port of the pod."""

    number: int
    protocol: str
    host: str
    """Of the service, for the names of operations."""
    service_port: int
    target: int
    """Where the application listens."""
    service: RegistryService | None = None


class InboundConfig:
    """Of one sidecar."""

    def __init__(self, scope: ProxyScope, secrets: Secrets, telemetry: ProxyTelemetry) -> None:
        self._scope, self._telemetry = scope, telemetry
        self._authorization = ProxyAuthorization(scope.index, scope.proxy, scope.ineffective)
        self._jwt = jwt_filters(scope)
        self._server_tls = mesh_server(secrets, scope.proxy, scope.index.config.trust_domain)
        self._ports = list(self._known_ports().values())
        self.listeners = [*(self._listener(port) for port in self._ports), self._other_ports()]
        self.clusters = [
            *(self._cluster(port) for port in self._ports),
            self._passthrough_cluster(),
            *self._jwt.clusters,
        ]

    def _known_ports(self) -> dict[int, _Port]:
        """By number: those of the Sidecar, or of the services."""
        scope = self._scope
        found: dict[int, _Port] = {}
        for number, service, port in scope.index.service_ports.get(scope.ip, ()):
            found.setdefault(
                number, _Port(number, port.protocol, service.hostname, port.number, number, service)
            )
        for number in scope.proxy.container_ports:
            host = f"{scope.proxy.workload.name}.{scope.namespace}"
            found.setdefault(number, _Port(number, UNSUPPORTED, host, number, number))
        sidecar: dict[int, _Port] = {}
        for item in scope.ingress:
            number = int(item["port"]["number"])
            endpoint: str = item.get("defaultEndpoint") or ""
            last = endpoint.rpartition(":")[2]
            target = int(last) if last.isdecimal() else number
            known = found.get(number)
            host = known.host if known else f"inbound.{scope.namespace}"
            protocol = declared_protocol(item["port"].get("protocol", ""))
            sidecar[number] = _Port(number, protocol, host, number, target, known.service if known else None)
        return sidecar or found

    def _cluster(self, port: _Port) -> Json:
        """To the application."""
        scope = self._scope
        name = scope.named(f"inbound|{port.number}||")
        rule = scope.rule_for(port.host) if port.service is not None else None
        # of a DestinationRule, only its connection pool concerns the server's side
        pool: Json | None = None
        if rule is not None:
            with scope.ineffective.guard(rule.obj):
                wanted = rule.traffic_policy("", port.service_port).get("connectionPool")
                if {**connection_pool(wanted), **http_options(wanted)}:
                    pool = wanted
        address = f"{scope.ip}:{port.number}"
        cluster: Json = {
            "name": name,
            "type": "STATIC",
            **connection_pool(pool),
            "load_assignment": _one_endpoint(
                name, scope.paths.application(scope.ip, port.target), address, scope.proxy.uid
            ),
            "metadata": {"filter_metadata": {"istio": _service_metadata(port)}},
        }
        if options := protocol_options(RegistryPort(port.number, "", port.protocol), pool):
            cluster["typed_extension_protocol_options"] = options
        return cluster

    def _passthrough_cluster(self) -> Json:
        """To a port that no service knows."""
        scope = self._scope
        name = scope.named("InboundPassthroughClusterIpv4")
        return {
            "name": name,
            "type": "STATIC",
            **connection_pool(None),
            "load_assignment": _one_endpoint(
                name, scope.paths.application(scope.ip, "any"), "", scope.proxy.uid
            ),
            "transport_socket": with_proxy_header(RAW_BUFFER),
            "typed_extension_protocol_options": protocol_options(RegistryPort(0, "", UNSUPPORTED), None),
        }

    def _listener(self, port: _Port) -> Json:
        workload = self._scope.proxy.workload
        mode = self._scope.index.peer_authentications.mode(workload.namespace, workload.labels, port.number)
        chains = self._chains(port, mode)
        sniffed = port.protocol == UNSUPPORTED and mode != "STRICT"
        return {
            "name": self._scope.named(f"virtualInbound|{port.number}"),
            "address": {"pipe": {"path": self._scope.paths.inbound(self._scope.ip, port.number)}},
            "traffic_direction": "INBOUND",
            "listener_filters": _listener_filters(sniffed, tls=mode != "DISABLE"),
            "listener_filters_timeout": "0s" if sniffed else "15s",
            "filter_chains": chains,
        }

    def _other_ports(self) -> Json:
        """The port is in the connection's address."""
        scope = self._scope
        workload = scope.proxy.workload
        mode = scope.index.peer_authentications.mode(workload.namespace, workload.labels, 0)
        return {
            "name": scope.named("virtualInbound"),
            "address": {"pipe": {"path": scope.paths.inbound(scope.ip, "any")}},
            "traffic_direction": "INBOUND",
            "listener_filters": _listener_filters(True, tls=mode != "DISABLE"),
            "listener_filters_timeout": "0s",
            "filter_chains": self._chains(None, mode),
        }

    def _chains(self, port: _Port | None, mode: Literal["DISABLE", "PERMISSIVE", "STRICT"]) -> list[Json]:
        """For connections between proxies, and for all others as far as the mode lets them in."""
        protocol = port.protocol if port is not None else UNSUPPORTED
        found: list[Json] = []
        http, tcp = is_http(protocol) or protocol == UNSUPPORTED, not is_http(protocol)
        if mode != "DISABLE":
            if http:
                alpn: tuple[str, ...] = (*MTLS_HTTP, *(() if tcp else MTLS_TCP))
                found.append(
                    self._chain(
                        port, True, {"transport_protocol": "tls", "application_protocols": alpn}, tls=True
                    )
                )
            if tcp:
                alpn = (*(() if http else MTLS_HTTP), *MTLS_TCP)
                found.append(
                    self._chain(
                        port, False, {"transport_protocol": "tls", "application_protocols": alpn}, tls=True
                    )
                )
        if mode != "STRICT":
            if http and tcp:
                match = {"transport_protocol": "raw_buffer", "application_protocols": PLAIN_HTTP}
                found.append(self._chain(port, True, match))
            elif http:
                found.append(self._chain(port, True, {"transport_protocol": "raw_buffer"}))
            if tcp:
                found.append(self._chain(port, False, {}))
        return found

    def _chain(self, port: _Port | None, http: bool, match: Json, *, tls: bool = False) -> Json:
        number = port.number if port is not None else None
        filters = self._http_filters(port) if http else self._tcp_filters(port)
        chain: Json = {
            "name": "_".join(
                [str(number or "passthrough"), "http" if http else "tcp", "mtls" if tls else "plain"]
            ),
            "filters": filters,
        }
        if match:
            chain["filter_chain_match"] = {
                key: list(value) if isinstance(value, tuple) else value for key, value in match.items()
            }
        if tls:
            chain["transport_socket"] = self._server_tls
        return chain

    def _target(self, port: _Port | None) -> str:
        return self._scope.named(
            f"inbound|{port.number}||" if port is not None else "InboundPassthroughClusterIpv4"
        )

    def _local(self, port: _Port | None) -> str:
        """The address that connections came to: not that of the service, which is in the PROXY header."""
        return f"{self._scope.ip}:{port.number}" if port is not None else ""

    def _http_filters(self, port: _Port | None) -> list[Json]:
        scope = self._scope
        number = port.number if port is not None else None
        operation = f"{port.host}:{port.service_port}/*" if port is not None else ":0/*"
        host = {
            "name": f"inbound|http|{port.service_port if port is not None else 0}",
            "domains": ["*"],
            "routes": [default_route(self._target(port), operation)],
        }
        filters = [*self._jwt.filters, *self._authorization.http_filters(number)]
        if port is not None and port.protocol in ("grpc", "grpc-web"):
            filters.append(extension("grpc_stats", emit_filter_state=True, stats_for_all_methods=False))
        return [
            connection_manager(
                scope.index.config,
                scope.proxy,
                self._telemetry,
                "inbound",
                stat_prefix=f"inbound_0.0.0.0_{number or 0}",
                route_config={
                    "name": self._target(port),
                    "virtual_hosts": [host],
                    "validate_clusters": False,
                },
                filters=filters,
                local=self._local(port),
            )
        ]

    def _tcp_filters(self, port: _Port | None) -> list[Json]:
        number = port.number if port is not None else None
        log = self._telemetry.access_log("inbound", self._local(port))
        return [*self._authorization.network_filters(number), tcp_proxy(self._target(port), log)]


def _service_metadata(port: _Port) -> Json:
    if port.service is None:
        return {"host": port.host, "name": port.host, "namespace": port.host}
    service = port.service
    return {"host": service.hostname, "name": service.name, "namespace": service.namespace}


def _one_endpoint(name: str, pipe: str, address: str, pod: str) -> Json:
    local = f"127.0.0.6:{32768 + zlib.crc32(name.encode()) % 28000}"
    metadata = {"istio": {"pod": pod, "local": local, **({"address": address} if address else {})}}
    endpoint = {"endpoint": {"address": {"pipe": {"path": pipe}}}, "metadata": {"filter_metadata": metadata}}
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}


def _listener_filters(sniffed: bool, *, tls: bool) -> list[Json]:
    filters = [proxy_header_filter()]
    if tls or sniffed:
        filters.append(extension("tls_inspector"))
    if sniffed:
        filters.append(extension("http_inspector"))
    return filters
