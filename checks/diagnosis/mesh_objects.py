"""Istio's routing objects of a cluster, and what their host names mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.base import CannotRead, Object, World
from checks.object_fields import at, mappings_at, name_of, text_at

NETWORKING, SECURITY = "networking.istio.io/v1beta1", "security.istio.io/v1beta1"
ROOT_NAMESPACE = "istio-system"
MESH = "mesh"
"""What a VirtualService calls the sidecars, as opposed to gateways."""
SUFFIX = "svc.cluster.local"


@dataclass(frozen=True, slots=True)
class MeshObjects:
    """All of a cluster's, in no order."""

    virtual_services: Sequence[Object]
    destination_rules: Sequence[Object]
    gateways: Sequence[Object]
    entries: Sequence[Object]
    """ServiceEntries."""


KINDS = ("VirtualService", "DestinationRule", "Gateway", "ServiceEntry")


async def mesh_objects(world: World) -> MeshObjects | None:
    """None where they may not be read. A cluster without Istio has none."""
    found: list[Sequence[Object]] = []
    for kind in KINDS:
        try:
            found.append(await world.cluster.list(NETWORKING, kind, None))
        except CannotRead as error:
            if error.reason != "unknown-kind":
                return None
            found.append(())
    return MeshObjects(*found)


def full_host(host: str, namespace: str) -> str:
    """`reviews` in `default` as `reviews.default.svc.cluster.local`; names with dots that are none of a Service's stay."""
    parts = host.split(".")
    if "*" in host or not host:
        return host
    if len(parts) == 1:
        return f"{host}.{namespace}.{SUFFIX}"
    if len(parts) == 2 or (len(parts) == 3 and parts[2] == "svc"):
        # Istio leaves `name.namespace` as it is written; the sidecars know a Service by that name too
        return f"{parts[0]}.{parts[1]}.{SUFFIX}"
    return host


def host_of(service: Object) -> str:
    return f"{name_of(service)}.{text_at(service, 'metadata', 'namespace')}.{SUFFIX}"


def namespace_of(obj: Object) -> str:
    return text_at(obj, "metadata", "namespace") or "default"


def hosts(obj: Object) -> list[str]:
    """A VirtualService's hosts in full."""
    written = at(obj, "spec", "hosts")
    return (
        [full_host(each, namespace_of(obj)) for each in written if isinstance(each, str)]
        if isinstance(written, list)
        else []
    )


def gateways_of(virtual_service: Object) -> list[str]:
    """`mesh`, or `namespace/name`; a VirtualService without any is one of the mesh."""
    written = at(virtual_service, "spec", "gateways")
    names = [each for each in written if isinstance(each, str)] if isinstance(written, list) else []
    home = namespace_of(virtual_service)
    return [each if each == MESH or "/" in each else f"{home}/{each}" for each in names] or [MESH]


def destinations(virtual_service: Object) -> Iterator[tuple[str, Object]]:
    """Each destination of its routes, with the path of its field."""
    for kind in ("http", "tls", "tcp"):
        for number, route in enumerate(mappings_at(virtual_service, "spec", kind)):
            for index, each in enumerate(mappings_at(route, "route")):
                destination = at(each, "destination")
                if isinstance(destination, dict):
                    yield f"spec.{kind}[{number}].route[{index}].destination", destination


def rule_for(objects: MeshObjects, host: str, namespace: str) -> list[Object]:
    """The DestinationRules for a host that a client in `namespace` may get: its own, the Service's, the root's."""
    homes = {namespace, ROOT_NAMESPACE, *host.split(".")[1:2]}
    return [
        each
        for each in objects.destination_rules
        if namespace_of(each) in homes
        and full_host(text_at(each, "spec", "host"), namespace_of(each)) == host
    ]
