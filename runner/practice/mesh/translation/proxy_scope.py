"""What one proxy knows of the mesh: everything that is exported to its namespace, or what its Sidecar lets it know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from runner.practice.mesh.mesh_view import Json, MeshProxy
from runner.practice.mesh.proxy_config import MeshPaths
from runner.practice.mesh.translation.destination_rules import DestinationRule
from runner.practice.mesh.translation.host_names import covers
from runner.practice.mesh.translation.ineffective import Ineffective
from runner.practice.mesh.translation.mesh_index import MeshIndex
from runner.practice.mesh.translation.port_protocols import declared_protocol
from runner.practice.mesh.translation.service_registry import RegistryService
from runner.practice.mesh.translation.virtual_services import MESH, VirtualService, age


@dataclass(frozen=True, slots=True)
class Egress:
    """What a proxy may call: at one port, or at all of them."""

    port: int | None
    protocol: str
    services: tuple[RegistryService, ...]
    virtual_services: tuple[VirtualService, ...]


@dataclass
class ProxyScope:
    """Of one proxy; what it is translated with."""

    index: MeshIndex
    proxy: MeshProxy
    paths: MeshPaths
    egress: tuple[Egress, ...]
    allows_any: bool
    """Whether it lets through what no service is known for."""
    ingress: tuple[Json, ...] = ()
    """Of its Sidecar."""
    ineffective: Ineffective = field(default_factory=Ineffective)
    _rules: dict[str, DestinationRule | None] = field(default_factory=dict)

    @property
    def ip(self) -> str:
        """Of its pod."""
        return self.proxy.workload.ip

    @property
    def namespace(self) -> str:
        """Of its pod."""
        return self.proxy.workload.namespace

    @property
    def services(self) -> dict[str, RegistryService]:
        """All that it may call, by host."""
        return {service.hostname: service for egress in self.egress for service in egress.services}

    def named(self, name: str) -> str:
        """The name of a resource of this proxy."""
        return f"{self.ip};{name}"

    def cluster(self, port: int, subset: str, host: str) -> str:
        """The name of an outbound cluster."""
        return f"{self.ip};outbound|{port}|{subset}|{host}"

    def find(self, host: str) -> RegistryService | None:
        """The service that `host` names for this proxy, also one that its Sidecar leaves out."""
        return self.index.registry.find(host, self.namespace)

    def rule_for(self, host: str) -> DestinationRule | None:
        """The DestinationRule that it follows for a host."""
        if host not in self._rules:
            workload = self.proxy.workload
            self._rules[host] = self.index.destination_rules.rule_for(
                self.find(host), host, workload.namespace, workload.labels
            )
        return self._rules[host]


def proxy_scope(index: MeshIndex, proxy: MeshProxy, paths: MeshPaths) -> ProxyScope:
    """Of a proxy."""
    namespace = proxy.workload.namespace
    services = tuple(index.registry.visible(namespace))
    rules = tuple(
        rule for rule in index.virtual_services if MESH in rule.gateways and rule.visible_in(namespace)
    )
    default = Egress(None, "", services, rules)
    policy = index.config.settings.get("outboundTrafficPolicy") or {}
    allows_any = policy.get("mode", "ALLOW_ANY") != "REGISTRY_ONLY"
    scope = ProxyScope(index, proxy, paths, (default,), allows_any)
    scope.ineffective.extend(index.ineffective)
    if proxy.type == "sidecar" and (sidecar := _sidecar(index, proxy)) is not None:
        with scope.ineffective.guard(sidecar):
            spec = sidecar.get("spec") or {}
            if spec.get("egress"):
                scope.egress = tuple(_egress(item, default, namespace) for item in spec["egress"])
            if "outboundTrafficPolicy" in spec:
                scope.allows_any = (spec["outboundTrafficPolicy"] or {}).get("mode") == "ALLOW_ANY"
            scope.ingress = tuple(spec.get("ingress") or ())
    return scope


def _sidecar(index: MeshIndex, proxy: MeshProxy) -> Json | None:
    """The Sidecar of a pod: one that selects it, its namespace's, the mesh's."""
    workload = proxy.workload
    own: Json | None = None
    general: Json | None = None
    root: Json | None = None
    for obj in sorted(index.view.istio.get("Sidecar", ()), key=age):
        labels = (((obj.get("spec") or {}).get("workloadSelector")) or {}).get("labels")
        namespace = obj["metadata"]["namespace"]
        if labels:
            if namespace == workload.namespace and labels.items() <= workload.labels.items():
                own = own or obj
        elif namespace == workload.namespace:
            general = general or obj
        elif namespace == index.config.root_namespace:
            root = root or obj
    return own or general or root


def _egress(item: Json, everything: Egress, namespace: str) -> Egress:
    """One of `egress`."""
    port = item.get("port") or {}
    hosts = [_egress_host(host, namespace) for host in item["hosts"]]
    return Egress(
        int(port["number"]) if port.get("number") else None,
        declared_protocol(port.get("protocol", "")) if port else "",
        tuple(
            service
            for service in everything.services
            if _selected(hosts, service.namespace, (service.hostname,))
        ),
        tuple(rule for rule in everything.virtual_services if _selected(hosts, rule.namespace, rule.hosts)),
    )


def _egress_host(host: str, namespace: str) -> tuple[str, str]:
    """(namespace, host) of "ns/host", "./host", "*/host", "~/*"."""
    place, _, name = host.partition("/")
    return (namespace if place == "." else place, name)


def _selected(hosts: list[tuple[str, str]], namespace: str, names: Iterable[str]) -> bool:
    """Whether an object of `namespace` with those host names is among `hosts`."""
    names = tuple(names)
    return any(
        place in ("*", namespace) and any(covers(host, name) or covers(name, host) for name in names)
        for place, host in hosts
    )
