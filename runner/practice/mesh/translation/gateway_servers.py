"""The servers of all Gateways that select a gateway's pod, by the pod's port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.host_names import of_namespace
from runner.practice.mesh.translation.port_protocols import declared_protocol, is_http
from runner.practice.mesh.translation.proxy_scope import ProxyScope
from runner.practice.mesh.translation.virtual_services import age

PASSTHROUGH_MODES = ("PASSTHROUGH", "AUTO_PASSTHROUGH")


@dataclass(frozen=True, slots=True)
class GatewayServer:
    """One of `servers`."""

    gateway: str
    """"<namespace>/<name>"."""
    namespace: str
    obj: Json
    spec: Json
    number: int
    """Of its port, as the Gateway has it."""
    protocol: str
    hosts: tuple[str, ...]
    """As written: with or without a namespace."""

    @property
    def tls(self) -> Json | None:
        """None where there is none, or only a redirect to it."""
        tls: Json | None = self.spec.get("tls")
        return tls if tls and self.protocol in ("https", "tls") else None

    @property
    def name(self) -> str:
        """Of its port."""
        return str((self.spec.get("port") or {}).get("name") or "")

    def hosts_for(self, namespace: str) -> list[str]:
        """The hosts that VirtualServices of `namespace` may bind to."""
        return of_namespace(self.hosts, namespace, self.namespace)

    def host_names(self) -> list[str]:
        """Without namespaces, for SNI."""
        return list(dict.fromkeys(host.rpartition("/")[2] for host in self.hosts))


@dataclass
class GatewayPort:
    """A port of the pod."""

    number: int
    """In the pod."""
    servers: list[GatewayServer] = field(default_factory=list)

    @property
    def plain_http(self) -> bool:
        """Whether its servers speak HTTP without TLS: they share one filter chain."""
        return bool(self.servers) and is_http(self.servers[0].protocol)


def gateway_ports(scope: ProxyScope) -> list[GatewayPort]:
    """The ports of a gateway's pod at which servers listen, the oldest Gateway's first. A port speaks one kind of protocol:
    that of the first server."""
    ports: dict[int, GatewayPort] = {}
    workload = scope.proxy.workload
    targets = _target_ports(scope)
    hosts_of_tls: dict[int, set[str]] = {}
    for obj in sorted(scope.index.view.istio.get("Gateway", ()), key=age):
        if "networking.istio.io" not in str(obj.get("apiVersion", "networking.istio.io")):
            continue
        with scope.ineffective.guard(obj):
            spec = obj["spec"]
            selector: Mapping[str, str] = spec.get("selector") or {}
            if not selector.items() <= workload.labels.items():
                continue
            for item in spec["servers"]:
                server = _server(obj, item)
                port = ports.setdefault(
                    targets.get(server.number, server.number),
                    GatewayPort(targets.get(server.number, server.number)),
                )
                if why := _conflict(port, server, hosts_of_tls.setdefault(port.number, set())):
                    scope.ineffective.add(obj, why)
                else:
                    port.servers.append(server)
    return [port for port in ports.values() if port.servers]


def _server(obj: Json, spec: Json) -> GatewayServer:
    metadata = obj["metadata"]
    return GatewayServer(
        gateway=f"{metadata['namespace']}/{metadata['name']}",
        namespace=metadata["namespace"],
        obj=obj,
        spec=spec,
        number=int(spec["port"]["number"]),
        protocol=declared_protocol(spec["port"].get("protocol", "")),
        hosts=tuple(spec["hosts"]),
    )


def _conflict(port: GatewayPort, server: GatewayServer, tls_hosts: set[str]) -> str:
    """Why a server cannot join those of the port; empty if it can."""
    where = f"port {server.number}"
    if port.servers and port.plain_http != is_http(server.protocol):
        known, wanted = port.servers[0].protocol.upper(), server.protocol.upper()
        return f"{where} already has servers of protocol {known}: {wanted} is left out"
    if not port.plain_http and server.tls is None and any(other.tls is None for other in port.servers):
        return f"{where} already has a TCP server"
    if server.tls is not None:
        names = server.host_names()
        taken = [name for name in names if name in tls_hosts]
        if len(taken) == len(names):
            return f"another server at {where} already has the hosts {', '.join(taken)}"
        tls_hosts.update(names)
    return ""


def _target_ports(scope: ProxyScope) -> dict[int, int]:
    """What services in front of the pod make of their ports."""
    found: dict[int, int] = {}
    for number, _service, port in scope.index.service_ports.get(scope.ip, ()):
        found.setdefault(port.number, number)
    return found
