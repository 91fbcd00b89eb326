"""TCP and TLS rules of VirtualServices: which connections go where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.host_names import covers
from runner.practice.mesh.translation.proxy_scope import Egress, ProxyScope
from runner.practice.mesh.translation.route_action import destination_cluster
from runner.practice.mesh.translation.service_registry import RegistryPort, RegistryService
from runner.practice.mesh.translation.virtual_services import MESH, VirtualService


@dataclass(frozen=True, slots=True)
class TcpChain:
    """Connections that share their way."""

    target: str | dict[str, int]
    """A cluster, or several by weight."""
    subnets: tuple[str, ...] = ()
    server_names: tuple[str, ...] = ()


def weighted_target(
    scope: ProxyScope, rules: VirtualService, route: list[Json], port: int
) -> str | dict[str, int]:
    """Where a rule leads. Raises what malformed fields lead to."""
    chosen = [item for item in route if item.get("weight") or len(route) == 1]
    if not chosen:
        raise ValueError("a route has no destination with a weight")
    found: dict[str, int] = {}
    for item in chosen:
        name = destination_cluster(scope, item["destination"], rules.namespace, port)
        found[name] = found.get(name, 0) + int(item.get("weight") or 100)
    return next(iter(found)) if len(found) == 1 else found


def l4_match(
    match: Json, port: int, labels: Mapping[str, str], namespace: str, gateways: frozenset[str]
) -> bool:
    """What does not depend on the connection."""
    if match.get("gateways") and gateways.isdisjoint(match["gateways"]):
        return False
    if match.get("port") and match["port"] != port:
        return False
    wanted = match.get("sourceLabels") or {}
    return wanted.items() <= labels.items() and match.get("sourceNamespace", namespace) in ("", namespace)


_SIDECARS = frozenset({MESH})


def _rules_of(egress: Egress, service: RegistryService) -> list[VirtualService]:
    return [
        rules
        for rules in egress.virtual_services
        if any(covers(host, service.hostname) for host in rules.hosts)
    ]


def tcp_chains(
    scope: ProxyScope, egress: Egress, service: RegistryService, port: RegistryPort
) -> list[TcpChain]:
    """Of a service's port: as its VirtualService has it, or to its endpoints."""
    workload = scope.proxy.workload
    found: list[TcpChain] = []
    for rules in _rules_of(egress, service):
        for rule in rules.tcp:
            with scope.ineffective.guard(rules.obj):
                target = weighted_target(scope, rules, rule["route"], port.number)
                subnets: list[str] = []
                for match in rule.get("match") or [{}]:
                    if not l4_match(match, port.number, workload.labels, workload.namespace, _SIDECARS):
                        continue
                    if not match.get("destinationSubnets"):
                        return [*found, TcpChain(target)]
                    subnets += match["destinationSubnets"]
                if subnets:
                    found.append(TcpChain(target, tuple(subnets)))
    return [*found, TcpChain(scope.cluster(port.number, "", service.hostname))]


def tls_chains(
    scope: ProxyScope, egress: Egress, service: RegistryService, port: RegistryPort, *, named: bool
) -> list[TcpChain]:
    """Of a service's TLS port. `named`: only its name tells it from others at that port."""
    workload = scope.proxy.workload
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], TcpChain] = {}
    for rules in _rules_of(egress, service):
        for rule in rules.tls:
            with scope.ineffective.guard(rules.obj):
                target = weighted_target(scope, rules, rule["route"], port.number)
                for match in rule["match"]:
                    if l4_match(match, port.number, workload.labels, workload.namespace, _SIDECARS):
                        names, subnets = (
                            tuple(match["sniHosts"]),
                            tuple(match.get("destinationSubnets") or ()),
                        )
                        found.setdefault((names, subnets), TcpChain(target, subnets, names))
    if found:
        return list(found.values())
    names = (service.hostname,) if named else ()
    return [TcpChain(scope.cluster(port.number, "", service.hostname), (), names)]
