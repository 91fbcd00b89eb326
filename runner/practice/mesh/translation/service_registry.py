"""Every service that proxies may call, be it a Service of Kubernetes or a host of a ServiceEntry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from runner.practice.mesh.mesh_view import MeshService, MeshView, MeshWorkload
from runner.practice.mesh.translation.host_names import DOMAIN
from runner.practice.mesh.translation.port_protocols import port_protocol

Resolution = Literal["vip", "headless", "static", "dns", "none"]
"""vip, static: its endpoints are known. headless: the client has an endpoint's address. dns: by name. none: whatever the
client's address is."""


@dataclass(frozen=True, slots=True)
class RegistryPort:
    """A port of a service."""

    number: int
    name: str
    protocol: str
    """As port_protocol has it."""


@dataclass(frozen=True, slots=True)
class RegistryEndpoint:
    """An address behind a service."""

    address: str
    """An IP or, for dns, a name."""
    ports: Mapping[str, int]
    """By the name of the service's port."""
    labels: Mapping[str, str]
    workload: MeshWorkload | None = None
    weight: int = 1


@dataclass(frozen=True, eq=False)
class RegistryService:
    """A host with its ports."""

    hostname: str
    namespace: str
    name: str
    ports: tuple[RegistryPort, ...]
    addresses: tuple[str, ...]
    """Virtual addresses, as single IPs or as CIDRs."""
    resolution: Resolution
    endpoints: tuple[RegistryEndpoint, ...] = ()
    external: bool = False
    kubernetes: bool = True
    export_to: frozenset[str] = frozenset({"*"})
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    """When its object was made: the older one comes first."""
    accounts: tuple[str, ...] = ()
    """`subjectAltNames` of a ServiceEntry."""

    def port(self, number: int) -> RegistryPort | None:
        """The port with that number."""
        return self._by_number.get(number)

    @cached_property
    def _by_number(self) -> dict[int, RegistryPort]:
        return {port.number: port for port in reversed(self.ports)}

    def visible_in(self, namespace: str) -> bool:
        """Whether proxies of `namespace` know of it."""
        return exported_to(self.export_to, self.namespace, namespace)


def exported_to(export_to: frozenset[str], own: str, namespace: str) -> bool:
    """What `exportTo` of an object in the namespace `own` means for `namespace`."""
    return "*" in export_to or namespace in export_to or ("." in export_to and own == namespace)


class ServiceRegistry:
    """The services of a view, those of Kubernetes first, then the older ones."""

    def __init__(self, services: list[RegistryService]) -> None:
        self.services = sorted(
            services, key=lambda service: (not service.kubernetes, service.created, service.hostname)
        )
        self._by_host: dict[str, list[RegistryService]] = defaultdict(list)
        for service in self.services:
            self._by_host[service.hostname].append(service)

    def find(self, hostname: str, namespace: str) -> RegistryService | None:
        """The service that a proxy or an object of `namespace` means: its own namespace's first."""
        found = [service for service in self._by_host.get(hostname, ()) if service.visible_in(namespace)]
        return next(
            (service for service in found if service.namespace == namespace), found[0] if found else None
        )

    def visible(self, namespace: str) -> Iterator[RegistryService]:
        """One service a host, as proxies of `namespace` see it."""
        for hostname in self._by_host:
            if (service := self.find(hostname, namespace)) is not None:
                yield service


def kubernetes_services(view: MeshView) -> list[RegistryService]:
    """The Services of the cluster."""
    return [_service(service) for service in view.services]


def _service(service: MeshService) -> RegistryService:
    """One of them."""
    ports = tuple(
        RegistryPort(
            port.port, port.name, port_protocol(port.name, port.port, port.protocol, port.app_protocol)
        )
        for port in service.ports
        if port.protocol in ("TCP", "UDP")
    )
    external = service.type == "ExternalName"
    export_to = service.annotations.get("networking.istio.io/exportTo", "*")
    return RegistryService(
        hostname=f"{service.name}.{service.namespace}.svc.{DOMAIN}",
        namespace=service.namespace,
        name=service.name,
        ports=tuple(port for port in ports if port.protocol != "udp"),
        addresses=service.cluster_ips,
        resolution="dns" if external else "vip" if service.cluster_ips else "headless",
        endpoints=(
            (RegistryEndpoint(service.external_name, {port.name: port.number for port in ports}, {}),)
            if external
            else tuple(
                RegistryEndpoint(
                    endpoint.ip,
                    endpoint.ports,
                    endpoint.workload.labels if endpoint.workload else {},
                    endpoint.workload,
                )
                for endpoint in service.endpoints
            )
        ),
        external=external,
        export_to=frozenset(part.strip() for part in export_to.split(",") if part.strip())
        or frozenset({"*"}),
        labels=service.labels,
        created=service.created,
    )
