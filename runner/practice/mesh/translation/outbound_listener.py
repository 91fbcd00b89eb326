"""What clients in a pod with a sidecar connect to: one listener whose filter chains are Istio's outbound listeners."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.envoy_types import (
    address_range,
    extension,
    is_address,
    proxy_header_filter,
    server_names,
    tcp_proxy,
)
from runner.practice.mesh.translation.http_connections import connection_manager
from runner.practice.mesh.translation.inbound import PLAIN_HTTP
from runner.practice.mesh.translation.port_protocols import UNSUPPORTED, is_http, is_tls
from runner.practice.mesh.translation.proxy_scope import Egress, ProxyScope
from runner.practice.mesh.translation.service_registry import RegistryPort, RegistryService
from runner.practice.mesh.translation.tcp_routes import tcp_chains, tls_chains
from runner.practice.mesh.translation.telemetry import ProxyTelemetry
from runner.practice.mesh.translation.virtual_hosts import catch_all_host, virtual_hosts


class OutboundConfig:
    """Of one sidecar."""

    def __init__(self, scope: ProxyScope, telemetry: ProxyTelemetry) -> None:
        self._scope, self._telemetry = scope, telemetry
        self._chains: dict[tuple[object, ...], Json] = {}
        self._inspected: set[int] = set()
        self._hosts_at: dict[int, list[Json]] = {}
        self.routes: dict[str, Json] = {}
        special = frozenset(egress.port for egress in scope.egress if egress.port is not None)
        for egress in scope.egress:
            self._add(egress, special if egress.port is None else frozenset())
        self.listener = self._listener()

    def _add(self, egress: Egress, left_out: frozenset[int]) -> None:
        """The chains of one part of what the proxy may call; `left_out` are ports that another part has."""
        http_ports: dict[int, list[RegistryService]] = {}
        for service in egress.services:
            for port in service.ports:
                if port.number in left_out or (egress.port is not None and port.number != egress.port):
                    continue
                if is_http(port.protocol):
                    http_ports.setdefault(port.number, []).append(service)
                elif port.protocol == UNSUPPORTED:
                    self._sniffed(egress, service, port)
                else:
                    self._tcp(egress, service, port)
        for number, services in sorted(http_ports.items()):
            headless = any(service.resolution == "headless" for service in services)
            match = {
                "destination_port": number,
                "transport_protocol": "raw_buffer",
                "application_protocols": list(PLAIN_HTTP),
            }
            self._route_config(str(number), egress, number)
            self._take(match, self._http(str(number), f"outbound_0.0.0.0_{number}", by_address=headless))
            self._inspected.add(number)

    def _take(self, match: Json, filters: list[Json], name: str = "") -> None:
        """Envoy refuses a listener with two chains for the same connections: the first one stays."""
        key = tuple((field, str(match[field])) for field in sorted(match))
        chain: Json = {"filters": filters, "filter_chain_match": match}
        if name:
            chain["name"] = name
        self._chains.setdefault(key, chain)

    def _addresses(self, service: RegistryService, port: RegistryPort) -> list[str]:
        """What connections to a service go to; empty for anything, at that port."""
        if service.resolution == "headless":
            own = self._scope.ip
            found = [
                endpoint.address
                for endpoint in service.endpoints
                if endpoint.ports.get(port.name) == port.number
            ]
            return [address for address in found if is_address(address) and address != own]
        return [address for address in service.addresses if is_address(address)]

    def _sniffed(self, egress: Egress, service: RegistryService, port: RegistryPort) -> None:
        """A port of which nobody says what it speaks: HTTP is routed as such, anything else as TCP."""
        addresses = self._addresses(service, port)
        self._inspected.add(port.number)
        if service.resolution == "headless" and not addresses:
            return
        base: Json = {"destination_port": port.number}
        if addresses:
            base["prefix_ranges"] = [address_range(address) for address in addresses]
        name = f"{service.hostname}:{port.number}" if addresses else str(port.number)
        match = {**base, "transport_protocol": "raw_buffer", "application_protocols": list(PLAIN_HTTP)}
        self._route_config(name, egress, port.number)
        headless = service.resolution == "headless"
        self._take(match, self._http(name, f"outbound_{name}", by_address=headless, sniffed=True))
        self._tcp(egress, service, port)

    def _tcp(self, egress: Egress, service: RegistryService, port: RegistryPort) -> None:
        """Connections that are passed on as they are; TLS by the name that the client asks for."""
        addresses = self._addresses(service, port)
        if service.resolution == "headless" and not addresses:
            return
        log = self._telemetry.access_log("outbound")
        groups = [[address] for address in addresses] if service.resolution == "headless" else [addresses]
        for group in groups:
            base: Json = {"destination_port": port.number}
            if group:
                base["prefix_ranges"] = [address_range(address) for address in group]
            if is_tls(port.protocol):
                chains = tls_chains(
                    self._scope, egress, service, port, named=not group or any("/" in one for one in group)
                )
            else:
                chains = tcp_chains(self._scope, egress, service, port)
            extra: Json = {}
            if service.resolution == "headless":
                extra["metadata_match"] = {"filter_metadata": {"envoy.lb": {"address": group[0]}}}
            for chain in chains:
                match = {**base}
                if chain.subnets:
                    match["prefix_ranges"] = [address_range(subnet) for subnet in chain.subnets]
                if names := server_names(chain.server_names):
                    match |= {"server_names": names, "transport_protocol": "tls"}
                    self._inspected.add(port.number)
                filters = [tcp_proxy(chain.target, log, **extra)]
                if port.protocol == "mongo":
                    filters.insert(0, extension("mongo_proxy", stat_prefix=str(port.number)))
                self._take(match, filters)

    def _route_config(self, name: str, egress: Egress, port: int) -> None:
        """The virtual hosts at a port; of a single service, only its own."""
        full = self._scope.named(name)
        if full in self.routes:
            return
        hosts = self._hosts_at.get(port)
        if hosts is None:
            hosts = self._hosts_at[port] = virtual_hosts(self._scope, egress, port)
        if ":" in name:
            chosen = [host for host in hosts if name in host["domains"]] or hosts
        else:
            chosen = [*hosts, catch_all_host(self._scope)]
        self.routes[full] = {"name": full, "virtual_hosts": chosen, "validate_clusters": False}

    def _http(
        self, name: str, stat_prefix: str, *, by_address: bool = False, sniffed: bool = False
    ) -> list[Json]:
        filters: list[Json] = []
        if by_address:
            filters += _by_address()
        if sniffed:
            filters.append(_known_as_http())
        scope = self._scope
        return [
            connection_manager(
                scope.index.config,
                scope.proxy,
                self._telemetry,
                "outbound",
                stat_prefix=stat_prefix,
                rds=scope.named(name),
                filters=filters,
            )
        ]

    def _listener(self) -> Json:
        scope = self._scope
        cluster = scope.named("PassthroughCluster" if scope.allows_any else "BlackHoleCluster")
        listener: Json = {
            "name": scope.named("virtualOutbound"),
            "address": {"pipe": {"path": scope.paths.outbound(scope.ip)}},
            "traffic_direction": "OUTBOUND",
            "listener_filters": [proxy_header_filter()],
            "listener_filters_timeout": "0s",
            "default_filter_chain": {
                "name": "PassthroughFilterChain" if scope.allows_any else "BlackHoleFilterChain",
                "filters": [tcp_proxy(cluster, self._telemetry.access_log("outbound"))],
            },
        }
        if self._chains:
            listener["filter_chains"] = list(self._chains.values())
        if self._inspected:
            disabled = _all_ports_but(sorted(self._inspected))
            listener["listener_filters"] += [
                {**extension("tls_inspector"), "filter_disabled": disabled},
                {**extension("http_inspector"), "filter_disabled": disabled},
            ]
        return listener


def _all_ports_but(ports: Iterable[int]) -> Json:
    """Where inspectors do not look: a server that speaks first would wait for them for ever."""
    inspected = [{"destination_port_range": {"start": port, "end": port + 1}} for port in ports]
    return {"not_match": inspected[0] if len(inspected) == 1 else {"or_match": {"rules": inspected}}}


def _by_address() -> list[Json]:
    """Clients of a headless service mean the endpoint whose address they connected to."""
    header = "x-labgate-endpoint"
    return [
        extension(
            "header_mutation",
            mutations={
                "request_mutations": [
                    {
                        "append": {
                            "header": {"key": header, "value": "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%"},
                            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                        }
                    }
                ]
            },
        ),
        extension(
            "header_to_metadata",
            request_rules=[
                {
                    "header": header,
                    "on_header_present": {"metadata_namespace": "envoy.lb", "key": "address"},
                    "remove": True,
                }
            ],
        ),
    ]


def _known_as_http() -> Json:
    """What was found to be HTTP is HTTP for the server's proxy as well, which looks at the ALPN."""
    return extension(
        "http_filter_state",
        on_request_headers=[
            {
                "object_key": "envoy.network.application_protocols",
                "format_string": {"text_format_source": {"inline_string": "istio-http/1.1,istio,http/1.1"}},
                "shared_with_upstream": "ONCE",
            }
        ],
    )
