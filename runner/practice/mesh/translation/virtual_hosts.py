"""The virtual hosts that a sidecar's clients find at a port."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.host_names import DOMAIN, covers
from runner.practice.mesh.translation.port_protocols import UNSUPPORTED, is_http
from runner.practice.mesh.translation.proxy_scope import Egress, ProxyScope
from runner.practice.mesh.translation.route_action import default_route, http_routes
from runner.practice.mesh.translation.route_policies import hash_policy, retry_policy
from runner.practice.mesh.translation.service_registry import RegistryService
from runner.practice.mesh.translation.virtual_services import MESH, VirtualService

_SIDECARS = frozenset({MESH})


class _Domains:
    """A domain belongs to one virtual host of a route configuration: the first one that claims it."""

    def __init__(self, services: Iterable[RegistryService]) -> None:
        self._taken: set[str] = set()
        self._own_names = {service.hostname for service in services}

    def take(self, domains: Iterable[str], hostname: str) -> list[str]:
        """Those that are still free; a short form never takes what is another service's full name."""
        free = []
        for domain in domains:
            bare = domain.partition(":")[0]
            if domain not in self._taken and (bare == hostname or bare not in self._own_names):
                self._taken.add(domain)
                free.append(domain)
        return free


def virtual_hosts(scope: ProxyScope, egress: Egress, port: int) -> list[Json]:
    """Of all HTTP services at a port, those with VirtualServices first."""
    services = {
        service.hostname: service
        for service in egress.services
        if (found := service.port(port)) and (is_http(found.protocol) or found.protocol == UNSUPPORTED)
    }
    domains = _Domains(services.values())
    hosts: list[Json] = []
    without_rules = dict(services)
    # a rule for the host itself comes before one for many hosts, however old that is
    for rules in sorted(
        egress.virtual_services, key=lambda rules: any(host.startswith("*") for host in rules.hosts)
    ):
        if not rules.http:
            continue
        matching, names = _hosts_of(rules, services)
        if not matching and not (port == 80 and names and not _has_services(scope, egress, rules)):
            continue
        routes = http_routes(scope, rules, port, _SIDECARS)
        if not routes:
            continue
        before = len(hosts)
        for name in names:
            _append(hosts, name, port, domains.take((name, f"{name}:{port}"), name), routes)
        for service in matching:
            _append(
                hosts,
                service.hostname,
                port,
                domains.take(service_domains(scope, service, port), service.hostname),
                routes,
            )
            without_rules.pop(service.hostname, None)
        if len(hosts) == before:
            scope.ineffective.add(
                rules.obj,
                f"another VirtualService already has the routes of {', '.join(rules.hosts)} at port {port}",
            )
    for service in without_rules.values():
        free = domains.take(service_domains(scope, service, port), service.hostname)
        _append(hosts, service.hostname, port, free, [_service_route(scope, service, port)])
    return hosts


def _append(hosts: list[Json], name: str, port: int, domains: list[str], routes: list[Json]) -> None:
    if domains:
        hosts.append(
            {
                "name": f"{name}:{port}",
                "domains": domains,
                "routes": routes,
                "include_request_attempt_count": True,
            }
        )


def _hosts_of(
    rules: VirtualService, services: dict[str, RegistryService]
) -> tuple[list[RegistryService], list[str]]:
    """The services that a VirtualService names, and its hosts that are none."""
    matching: list[RegistryService] = []
    names: list[str] = []
    for host in rules.hosts:
        if host.startswith("*"):
            found = [service for name, service in services.items() if covers(host, name)]
        else:
            found = [services[host]] if host in services else []
        matching += found
        if not found:
            names.append(host)
    return matching, names


def _has_services(scope: ProxyScope, egress: Egress, rules: VirtualService) -> bool:
    """Whether the hosts of a VirtualService name services, at whatever port."""
    return any(covers(host, service.hostname) for host in rules.hosts for service in egress.services)


def _service_route(scope: ProxyScope, service: RegistryService, port: int) -> Json:
    """To a service without a VirtualService."""
    rule = scope.rule_for(service.hostname)
    hashed: Json | None = None
    if rule is not None:
        with scope.ineffective.guard(rule.obj):
            hashed = hash_policy(rule.traffic_policy("", port).get("loadBalancer"))
    cluster = scope.cluster(port, "", service.hostname)
    retry = retry_policy(None, scope.index.config.version)
    return default_route(cluster, f"{service.hostname}:{port}/*", retry, hashed)


def service_domains(scope: ProxyScope, service: RegistryService, port: int) -> Iterator[str]:
    """What clients of a proxy may call a service: its full name, shorter ones as DNS in their namespace would
    complete them, and its addresses, each with and without the port."""
    names = [service.hostname]
    suffix = f".svc.{DOMAIN}"
    if service.hostname.endswith(suffix):
        inner = service.hostname.removesuffix(suffix)
        name, _, namespace = inner.partition(".")
        if namespace == scope.namespace:
            names.append(name)
        if namespace:
            names += [inner, f"{inner}.svc"]
    for name in names:
        yield name
        yield f"{name}:{port}"
    if service.resolution == "headless":
        for name in names:
            yield f"*.{name}"
            yield f"*.{name}:{port}"
    for address in service.addresses:
        if "/" not in address or address.endswith("/32"):
            bare = address.removesuffix("/32")
            yield bare
            yield f"{bare}:{port}"


def catch_all_host(scope: ProxyScope) -> Json:
    """What no service is known for: to where the client meant it, or refused."""
    if scope.allows_any:
        return {
            "name": "allow_any",
            "domains": ["*"],
            "include_request_attempt_count": True,
            "routes": [
                {
                    "name": "allow_any",
                    "match": {"prefix": "/"},
                    "route": {"cluster": scope.named("PassthroughCluster"), "timeout": "0s"},
                }
            ],
        }
    return {
        "name": "block_all",
        "domains": ["*"],
        "include_request_attempt_count": True,
        "routes": [{"name": "block_all", "match": {"prefix": "/"}, "direct_response": {"status": 502}}],
    }
