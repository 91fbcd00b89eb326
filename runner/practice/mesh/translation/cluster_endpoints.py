"""Where the endpoints of a service are reached: pipes of proxies, of applications, or the way out of the mesh."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.translation.envoy_types import RAW_BUFFER, with_proxy_header
from runner.practice.mesh.translation.proxy_scope import ProxyScope
from runner.practice.mesh.translation.service_registry import RegistryEndpoint, RegistryPort

_MATCH = "envoy.transport_socket_match"


@dataclass(frozen=True, slots=True)
class Reached:
    """How one endpoint is reached."""

    pipe: str
    header: bool
    """Whether a PROXY header is understood there."""
    mutual_tls: bool = False
    """Whether the proxy there would take the mesh's TLS."""
    destination: str = ""
    """For the way out: "<host>:<port>"."""


def load_assignment(
    scope: ProxyScope, name: str, port: RegistryPort, endpoints: Iterable[RegistryEndpoint]
) -> tuple[Json, list[Reached]]:
    """The endpoints of a cluster, and how they are reached."""
    found: list[Json] = []
    ways: list[Reached] = []
    for endpoint in endpoints:
        number = endpoint.ports.get(port.name)
        if not number:
            continue
        way = _way(scope, endpoint, number)
        ways.append(way)
        address = f"{endpoint.address}:{number}"
        metadata: Json = {
            "istio": {
                "address": address,
                "local": f"{scope.ip}:{32768 + zlib.crc32(f'{scope.ip}>{address}'.encode()) % 28000}",
                **(
                    {"pod": f"{endpoint.workload.name}.{endpoint.workload.namespace}"}
                    if endpoint.workload
                    else {}
                ),
            },
            "envoy.lb": {"address": endpoint.address},
        }
        if match := _match(way):
            metadata[_MATCH] = match
        entry: Json = {
            "endpoint": {"address": {"pipe": {"path": way.pipe}}},
            "metadata": {"filter_metadata": metadata},
        }
        if endpoint.weight != 1:
            entry["load_balancing_weight"] = endpoint.weight
        found.append(entry)
    groups = [{"lb_endpoints": found}] if found else []
    return {"cluster_name": name, "endpoints": groups}, ways


def _way(scope: ProxyScope, endpoint: RegistryEndpoint, number: int) -> Reached:
    workload, paths = endpoint.workload, scope.paths
    if workload is None:
        return Reached(paths.passthrough, True, destination=f"{endpoint.address}:{number}")
    proxy = scope.index.sidecar_proxy(workload)
    if proxy is None:
        return Reached(paths.application(workload.ip, number), False)
    if proxy.type == "router":
        return Reached(paths.gateway(workload.ip, number), True)
    mode = scope.index.peer_authentications.mode(workload.namespace, workload.labels, number)
    return Reached(paths.inbound(workload.ip, number), True, mutual_tls=mode != "DISABLE")


def _match(way: Reached) -> Json:
    """What a transport socket is chosen by."""
    if way.destination:
        return {"destination": way.destination}
    if way.mutual_tls:
        return {"tlsMode": "istio"}
    return {"header": "true"} if way.header else {}


def transport_sockets(
    scope: ProxyScope, ways: Iterable[Reached], mesh_tls: Json | None, own_tls: Json | None
) -> Json:
    """The sockets of a cluster. `mesh_tls` is for endpoints whose proxies take it; `own_tls` is what a DestinationRule
    asks for, whatever the endpoint."""
    matches: dict[str, Json] = {}
    for way in ways:
        inner = own_tls or (mesh_tls if way.mutual_tls and mesh_tls else RAW_BUFFER)
        socket = (
            with_proxy_header(inner, peer=scope.proxy.uid, destination=way.destination)
            if way.header
            else inner
        )
        match = _match(way)
        if match:
            name = "tlsMode-istio" if way.mutual_tls else way.destination or "tlsMode-disabled"
            matches.setdefault(name, {"name": name, "match": match, "transport_socket": socket})
    found: Json = {"transport_socket_matches": list(matches.values())} if matches else {}
    if own_tls:
        found["transport_socket"] = own_tls
    return found
