"""The listeners of a gateway's pod."""

from __future__ import annotations

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.authorization import ProxyAuthorization
from runner.practice.mesh.translation.envoy_types import (
    extension,
    proxy_header_filter,
    server_names,
    tcp_proxy,
)
from runner.practice.mesh.translation.gateway_routes import bound_to, gateway_routes
from runner.practice.mesh.translation.gateway_servers import (
    PASSTHROUGH_MODES,
    GatewayPort,
    GatewayServer,
    gateway_ports,
)
from runner.practice.mesh.translation.host_names import covers, intersection
from runner.practice.mesh.translation.http_connections import connection_manager
from runner.practice.mesh.translation.proxy_scope import ProxyScope
from runner.practice.mesh.translation.request_authentication import jwt_filters
from runner.practice.mesh.translation.tcp_routes import l4_match, weighted_target
from runner.practice.mesh.translation.telemetry import ProxyTelemetry
from runner.practice.mesh.translation.tls_contexts import MTLS_HTTP, MTLS_TCP, Secrets, server_tls


class GatewayConfig:
    """Of one gateway."""

    def __init__(self, scope: ProxyScope, secrets: Secrets, telemetry: ProxyTelemetry) -> None:
        self._scope, self._secrets, self._telemetry = scope, secrets, telemetry
        self._authorization = ProxyAuthorization(scope.index, scope.proxy, scope.ineffective)
        self._jwt = jwt_filters(scope)
        self.clusters = self._jwt.clusters
        self.routes: dict[str, Json] = {}
        made = (self._listener(port) for port in gateway_ports(scope))
        self.listeners = [listener for listener in made if listener is not None]

    def _listener(self, port: GatewayPort) -> Json | None:
        """Of a port; None if nothing there leads anywhere."""
        chains = [self._plain(port)] if port.plain_http else self._by_name(port)
        if not chains:
            return None
        filters = [proxy_header_filter()]
        if not port.plain_http:
            filters.append(extension("tls_inspector"))
        return {
            "name": self._scope.named(f"0.0.0.0_{port.number}"),
            "address": {"pipe": {"path": self._scope.paths.gateway(self._scope.ip, port.number)}},
            "traffic_direction": "OUTBOUND",
            "listener_filters": filters,
            "filter_chains": chains,
        }

    def _plain(self, port: GatewayPort) -> Json:
        """HTTP: one chain for all servers."""
        number = port.number if self._scope.index.config.version >= (1, 12) else port.servers[0].number
        return {"filters": self._http(f"http.{number}", port.servers, port.number)}

    def _by_name(self, port: GatewayPort) -> list[Json]:
        """TLS and TCP: a chain for each server, or for each rule of what is passed through."""
        found: dict[tuple[str, ...], Json] = {}
        for server in port.servers:
            with self._scope.ineffective.guard(server.obj):
                for names, chain in self._chains(server, port.number):
                    free = [name for name in names if (name,) not in found]
                    if names and not free:
                        continue
                    key = tuple(free)
                    if not free and () in found:
                        continue
                    found.update({(name,): chain for name in free} if free else {(): chain})
                    match = chain.setdefault("filter_chain_match", {})
                    if "*" not in key and (chosen := server_names(key)):
                        match["server_names"] = chosen
                    if not match:
                        del chain["filter_chain_match"]
        unique = list({id(chain): chain for chain in found.values()}.values())
        return _distinct(unique)

    def _chains(self, server: GatewayServer, number: int) -> list[tuple[list[str], Json]]:
        """(server names, chain). Raises what malformed fields lead to."""
        tls = server.tls
        if tls is None:
            target = self._tcp_target(server)
            return [([], {"filters": self._tcp(target, number)})] if target else []
        mode = tls.get("mode") or "SIMPLE"
        if mode == "AUTO_PASSTHROUGH":
            return self._auto_passthrough(server, number)
        if mode in PASSTHROUGH_MODES:
            return self._passthrough(server, number)
        socket = server_tls(self._secrets, self._scope.proxy, tls, self._scope.index.config.trust_domain)
        if server.protocol == "https":
            owner = server.spec.get("name") or server.gateway.partition("/")[2]
            name = f"https.{server.number}.{server.name}.{owner}.{server.namespace}"
            return [
                (
                    server.host_names(),
                    {"filters": self._http(name, [server], number), "transport_socket": socket},
                )
            ]
        target = self._tcp_target(server)
        return (
            [(server.host_names(), {"filters": self._tcp(target, number), "transport_socket": socket})]
            if target
            else []
        )

    def _http(self, name: str, servers: list[GatewayServer], number: int) -> list[Json]:
        scope = self._scope
        full = scope.named(name)
        self.routes[full] = gateway_routes(scope, full, servers)
        return [
            connection_manager(
                scope.index.config,
                scope.proxy,
                self._telemetry,
                "gateway",
                stat_prefix=f"outbound_0.0.0.0_{number}",
                rds=full,
                filters=[*self._jwt.filters, *self._authorization.http_filters(number)],
            )
        ]

    def _tcp(self, target: str | dict[str, int], number: int) -> list[Json]:
        return [
            *self._authorization.network_filters(number),
            tcp_proxy(target, self._telemetry.access_log("gateway")),
        ]

    def _tcp_target(self, server: GatewayServer) -> str | dict[str, int] | None:
        """Where the first TCP rule leads that is bound to a server."""
        workload = self._scope.proxy.workload
        gateways = frozenset({server.gateway})
        for rules in bound_to(self._scope, server):
            if not intersection(server.hosts_for(rules.namespace), rules.hosts):
                continue
            for rule in rules.tcp:
                for match in rule.get("match") or [{}]:
                    if l4_match(match, server.number, workload.labels, workload.namespace, gateways):
                        return weighted_target(self._scope, rules, rule["route"], server.number)
        return None

    def _passthrough(self, server: GatewayServer, number: int) -> list[tuple[list[str], Json]]:
        """TLS that the destination ends: by the names of TLS rules."""
        workload = self._scope.proxy.workload
        gateways = frozenset({server.gateway})
        found: list[tuple[list[str], Json]] = []
        for rules in bound_to(self._scope, server):
            if not intersection(server.hosts_for(rules.namespace), rules.hosts):
                continue
            for rule in rules.tls:
                with self._scope.ineffective.guard(rules.obj):
                    target = weighted_target(self._scope, rules, rule["route"], server.number)
                    for match in rule["match"]:
                        if l4_match(match, server.number, workload.labels, workload.namespace, gateways):
                            found.append((list(match["sniHosts"]), {"filters": self._tcp(target, number)}))
        return found

    def _auto_passthrough(self, server: GatewayServer, number: int) -> list[tuple[list[str], Json]]:
        """The mesh's own TLS from elsewhere: its SNI is a cluster's name."""
        found: list[tuple[list[str], Json]] = []
        for service in self._scope.services.values():
            if service.external or not any(covers(host, service.hostname) for host in server.host_names()):
                continue
            rule = self._scope.rule_for(service.hostname)
            for port in service.ports:
                for subset in ("", *(rule.subsets if rule is not None else ())):
                    match = {"application_protocols": [*MTLS_TCP, *MTLS_HTTP]}
                    target = self._scope.cluster(port.number, subset, service.hostname)
                    chain = {"filters": self._tcp(target, number), "filter_chain_match": match}
                    found.append(([f"outbound_.{port.number}_.{subset}_.{service.hostname}"], chain))
        return found


def _distinct(chains: list[Json]) -> list[Json]:
    """Envoy refuses a listener with two chains for the same connections."""
    found: dict[str, Json] = {}
    for chain in chains:
        found.setdefault(str(chain.get("filter_chain_match")), chain)
    return list(found.values())
