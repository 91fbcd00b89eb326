"""The virtual hosts of a gateway's HTTP servers."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.gateway_servers import GatewayServer
from runner.practice.mesh.translation.host_names import intersection
from runner.practice.mesh.translation.proxy_scope import ProxyScope
from runner.practice.mesh.translation.route_action import http_routes
from runner.practice.mesh.translation.route_match import is_catch_all
from runner.practice.mesh.translation.virtual_services import VirtualService


def gateway_routes(scope: ProxyScope, name: str, servers: list[GatewayServer]) -> Json:
    """The route configuration of servers that share a filter chain. Where no VirtualService is bound, everything is 404."""
    hosts: dict[str, Json] = {}
    made: dict[tuple[str, int], list[Json]] = {}
    for server in servers:
        redirects = bool((server.spec.get("tls") or {}).get("httpsRedirect"))
        for rules in bound_to(scope, server):
            meeting = intersection(server.hosts_for(rules.namespace), rules.hosts)
            if not meeting:
                continue
            key = (server.gateway, id(rules))
            if key not in made:
                made[key] = http_routes(scope, rules, server.number, frozenset({server.gateway}))
            for host in meeting if made[key] else ():
                entry = hosts.setdefault(host, _virtual_host(host, server.number))
                entry["routes"] = [*entry["routes"], *made[key]]
                if redirects:
                    entry["require_tls"] = "ALL"
        for host in server.host_names() if redirects else ():
            hosts.setdefault(host, _virtual_host(host, server.number))["require_tls"] = "ALL"
    if not hosts:
        blackhole = {"name": f"blackhole:{servers[0].number}", "domains": ["*"], "routes": []}
        return {"name": name, "virtual_hosts": [blackhole], "validate_clusters": False}
    for entry in hosts.values():
        entry["routes"] = _catch_all_last(entry["routes"])
    return {"name": name, "virtual_hosts": list(hosts.values()), "validate_clusters": False}


def bound_to(scope: ProxyScope, server: GatewayServer) -> Iterable[VirtualService]:
    """The VirtualServices that name a server's Gateway."""
    return [
        rules
        for rules in scope.index.virtual_services
        if server.gateway in rules.gateways and rules.visible_in(scope.namespace)
    ]


def _virtual_host(host: str, port: int) -> Json:
    # a client names the port that it connected to, which need not be that of the Gateway
    domains = ["*"] if host == "*" else [host, f"{host}:*" if not host.startswith("*") else f"{host}:{port}"]
    return {
        "name": f"{host}:{port}",
        "domains": domains,
        "routes": [],
        "include_request_attempt_count": True,
    }


def _catch_all_last(routes: list[Json]) -> list[Json]:
    """Of several VirtualServices for a host, what takes everything comes after the others."""
    unique = list({id(route): route for route in routes}.values())
    return sorted(unique, key=lambda route: is_catch_all(route["match"]))
