"""Why requests within or into a mesh are answered otherwise than expected."""

from __future__ import annotations

from urllib.parse import urlsplit

from checks.base import Finding, Object, World
from checks.diagnosis.evidence import ref
from checks.diagnosis.gateway_causes import behind_gateway, gateway_causes
from checks.diagnosis.istio import has_sidecar
from checks.diagnosis.mesh_objects import MESH, SUFFIX, full_host, gateways_of, host_of, hosts, mesh_objects
from checks.diagnosis.mtls_causes import mtls_causes
from checks.diagnosis.routing_causes import routing_causes
from checks.diagnosis.rule import merged
from checks.object_fields import name_of
from checks.phrase import phrase


async def traffic_causes(
    world: World, service: Object, client: Object | None, host: str, path: str
) -> tuple[Finding, ...]:
    """The likeliest first. `client` is the pod that asks, None for this machine; `host` the Host header, "" for none."""
    if found := await mtls_causes(world, service, client) or await _client_outside(world, service, client):
        return (found,)
    if found := await gateway_causes(world, service, host, path):
        return (found,)
    return merged([*await routing_causes(world, service), *await behind_gateway(world, service)])


def service_meant(url: str, namespace: str) -> tuple[str, str] | None:
    """(name, namespace) of the Service that a URL names for a pod in `namespace`; None for any other host."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    full = full_host(host, namespace)
    if not full.endswith(f".{SUFFIX}") or host.replace(".", "").isdigit():
        return None
    name, home = full.split(".")[:2]
    return name, home


async def _client_outside(world: World, service: Object, client: Object | None) -> Finding | None:
    """Rules for requests between pods are carried out by the sidecar of the pod that asks."""
    if client is None or has_sidecar(client):
        return None
    objects = await mesh_objects(world)
    host = host_of(service)
    for each in objects.virtual_services if objects else ():
        if host in hosts(each) and MESH in gateways_of(each):
            return Finding(
                "client-outside-mesh",
                phrase(
                    "The pod that sends the requests has no sidecar; a VirtualService is carried out by the sender's sidecar"
                ),
                phrase(
                    "Enable injection for its namespace and recreate the pod, or send the requests from a pod with a sidecar."
                ),
                ref(client),
                f"pod {name_of(client)}: no istio-proxy; VirtualService {name_of(each)}: hosts {host}",
                "spec.containers",
            )
    return None
