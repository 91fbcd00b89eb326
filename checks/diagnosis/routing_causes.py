"""Why Istio's routing rules for a Service do not do what they should: unknown hosts and subsets, rules that nobody reads."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

from checks.base import Finding, Object, World
from checks.diagnosis.evidence import ref
from checks.diagnosis.likeness import nearest
from checks.diagnosis.mesh_objects import (
    MESH,
    SUFFIX,
    MeshObjects,
    destinations,
    full_host,
    gateways_of,
    host_of,
    hosts,
    mesh_objects,
    namespace_of,
    rule_for,
)
from checks.object_fields import as_selector, at, is_going, mappings_at, name_of, text_at
from checks.patterns import quotation
from checks.phrase import phrase

HTTP_NAMES = ("http", "http2", "grpc", "grpc-web")
"""Port names, or what stands before their first hyphen, that make Istio read a port's traffic as HTTP (istio.io,
Protocol Selection). A port without a name, or with a name that is no protocol's, is looked at as it comes."""
OTHER_NAMES = ("tcp", "tls", "https", "mongo", "mysql", "redis", "udp")


async def routing_causes(world: World, service: Object) -> tuple[Finding, ...]:
    """Why requests to a Service do not go as the VirtualServices for it say; the likeliest causes first."""
    objects = await mesh_objects(world)
    if objects is None:
        return ()
    host = host_of(service)
    mine = [each for each in objects.virtual_services if host in hosts(each) and not is_going(each)]
    found = [finding for each in mine for finding in await route_problems(world, objects, each)]
    if not found:
        found = [
            each for each in (_shadowed(mine), _for_gateways_only(mine), _not_http(service, mine)) if each
        ]
    return tuple(found) or tuple(filter(None, [_elsewhere(objects, service)]))


async def route_problems(world: World, objects: MeshObjects, virtual_service: Object) -> list[Finding]:
    """What is wrong with a VirtualService's own routes."""
    found = [
        await _no_service(world, objects, virtual_service),
        _unknown_subset(objects, virtual_service),
        await _empty_subset(world, objects, virtual_service),
        _behind_catch_all(virtual_service),
    ]
    return [each for each in found if each is not None]


async def _no_service(world: World, objects: MeshObjects, virtual_service: Object) -> Finding | None:
    home = namespace_of(virtual_service)
    known = {
        host
        for entry in objects.entries
        for host in at(entry, "spec", "hosts") or ()
        if isinstance(host, str)
    }
    for path, destination in destinations(virtual_service):
        host = full_host(text_at(destination, "host"), home)
        if not host.endswith(f".{SUFFIX}") or host in known:
            continue
        name, namespace = host.split(".")[:2]
        if await world.cluster.get("v1", "Service", name, namespace) is not None:
            continue
        names = [name_of(each) for each in await world.cluster.list("v1", "Service", namespace)]
        meant = nearest(name, names)
        remedy = (
            phrase("Correct the host of the route to {host}, or create the Service.", host=meant)
            if meant
            else phrase("Create the Service {name} in {namespace}, or correct the host of the route.",
                        name=name, namespace=namespace)
        )  # fmt: skip
        return Finding(
            "route-to-no-service",
            phrase("The VirtualService sends requests to a Service that does not exist: {host} (status 503)", host=host),
            remedy,
            ref(virtual_service),
            f"host: {text_at(destination, 'host')}",
            f"{path}.host",
        )  # fmt: skip
    return None


def _unknown_subset(objects: MeshObjects, virtual_service: Object) -> Finding | None:
    home = namespace_of(virtual_service)
    for path, destination in destinations(virtual_service):
        subset = text_at(destination, "subset")
        host = full_host(text_at(destination, "host"), home)
        rules = rule_for(objects, host, home)
        known = [text_at(each, "name") for rule in rules for each in mappings_at(rule, "spec", "subsets")]
        if not subset or subset in known:
            continue
        if not rules:
            remedy = phrase(
                "Create a DestinationRule for {host} that has the subset {subset}.", host=host, subset=subset
            )
        elif meant := nearest(subset, known):
            remedy = phrase("Correct the name: the DestinationRule calls it {subset}.", subset=meant)
        else:
            remedy = phrase(
                "Add the subset {subset} to the DestinationRule; it has: {known}",
                subset=subset,
                known=", ".join(known) or "-",
            )
        return Finding(
            "subset-unknown",
            phrase("No DestinationRule defines the subset {subset} of {host} (status 503)", subset=subset, host=host),
            remedy,
            ref(virtual_service),
            f"subset: {subset}",
            f"{path}.subset",
        )  # fmt: skip
    return None


async def _empty_subset(world: World, objects: MeshObjects, virtual_service: Object) -> Finding | None:
    """A subset whose labels no pod of the Service has."""
    home = namespace_of(virtual_service)
    for _, destination in destinations(virtual_service):
        subset = text_at(destination, "subset")
        host = full_host(text_at(destination, "host"), home)
        if not subset or not host.endswith(f".{SUFFIX}"):
            continue
        name, namespace = host.split(".")[:2]
        service = await world.cluster.get("v1", "Service", name, namespace)
        selector = at(service, "spec", "selector")
        if not isinstance(selector, dict):
            continue
        for rule in rule_for(objects, host, home):
            for index, each in enumerate(mappings_at(rule, "spec", "subsets")):
                labels = at(each, "labels")
                if text_at(each, "name") != subset or not isinstance(labels, dict):
                    continue
                pods = await world.cluster.list("v1", "Pod", namespace, as_selector({**selector, **labels}))
                if any(not is_going(pod) for pod in pods):
                    continue
                command = (
                    f"kubectl get pods -n {namespace} -l {shlex.quote(as_selector(selector))} --show-labels"
                )
                return Finding(
                    "subset-without-pods",
                    phrase("No pod of {host} has the labels of the subset {subset} (status 503)", host=host, subset=subset),
                    phrase("Compare the subset's labels with those of the pods: {command}", command=command),
                    ref(rule),
                    quotation(f"labels: {as_selector(labels)}"),
                    f"spec.subsets[{index}].labels",
                )  # fmt: skip
    return None


def _behind_catch_all(virtual_service: Object) -> Finding | None:
    """A route that matches everything stands before others, which are never reached."""
    routes = mappings_at(virtual_service, "spec", "http")
    for number, route in enumerate(routes[:-1]):
        if route.get("match") and all(_narrows(each) for each in mappings_at(route, "match")):
            continue
        return Finding(
            "route-behind-catch-all",
            phrase("Routes are tried in their order, and an earlier one takes every request: those behind it have no effect"),
            phrase("Move the route without a match to the end of spec.http."),
            ref(virtual_service),
            f"spec.http[{number}] of {len(routes)}",
            f"spec.http[{number}]",
        )  # fmt: skip
    return None


def _narrows(match: Object) -> bool:
    """Whether it leaves out some request."""
    prefix = at(match, "uri", "prefix")
    others = [key for key in match if key not in ("name", "uri", "ignoreUriCase")]
    return bool(others) or ("uri" in match and prefix != "/")


def _shadowed(mine: Sequence[Object]) -> Finding | None:
    """Two VirtualServices of the mesh for one host: the sidecars read the older one only."""
    inside = sorted((each for each in mine if MESH in gateways_of(each)), key=_age)
    if len(inside) < 2:
        return None
    first, second = inside[0], inside[1]
    return Finding(
        "virtual-service-shadowed",
        phrase("Two VirtualServices are for the same host: sidecars take the older one, {name}, and ignore this one",
               name=f"{namespace_of(first)}/{name_of(first)}"),
        phrase("Delete one of them, or put their routes together: {command}",
               command=f"kubectl get virtualservice -n {namespace_of(second)}"),
        ref(second),
        quotation(f"hosts: {', '.join(hosts(second))}"),
        "spec.hosts",
    )  # fmt: skip


def _age(obj: Object) -> tuple[str, str, str]:
    return text_at(obj, "metadata", "creationTimestamp"), namespace_of(obj), name_of(obj)


def _for_gateways_only(mine: Sequence[Object]) -> Finding | None:
    if not mine or any(MESH in gateways_of(each) for each in mine):
        return None
    return Finding(
        "virtual-service-for-gateways",
        phrase("The VirtualService names gateways only, so it has no effect on requests between pods"),
        phrase("Add mesh to spec.gateways if requests from inside the mesh are meant too."),
        ref(mine[0]),
        quotation(f"gateways: {', '.join(gateways_of(mine[0]))}"),
        "spec.gateways",
    )


def _not_http(service: Object, mine: Sequence[Object]) -> Finding | None:
    """HTTP routes for a port that Istio takes for another protocol."""
    if not any(mappings_at(each, "spec", "http") for each in mine):
        return None
    for index, port in enumerate(mappings_at(service, "spec", "ports")):
        name = text_at(port, "name")
        protocol = text_at(port, "appProtocol") or name.partition("-")[0]
        if protocol in OTHER_NAMES:
            return Finding(
                "port-not-http",
                phrase("Istio takes port {port} for {protocol} by its name, so HTTP routes have no effect on it",
                       port=port.get("port") or "-", protocol=protocol),
                phrase("Name the port http, or http-NAME: {command}",
                       command=f"kubectl edit service {name_of(service)} -n {namespace_of(service)}"),
                ref(service),
                f"name: {name}",
                f"spec.ports[{index}].name",
            )  # fmt: skip
    return None


def _elsewhere(objects: MeshObjects, service: Object) -> Finding | None:
    """No VirtualService is for it, but one in another namespace has its short name, which means another Service."""
    name, home = name_of(service), namespace_of(service)
    is_it: Callable[[Object], bool] = lambda each: name in (at(each, "spec", "hosts") or ())  # noqa: E731
    other = next(
        (each for each in objects.virtual_services if namespace_of(each) != home and is_it(each)), None
    )
    if other is None:
        return None
    return Finding(
        "virtual-service-elsewhere",
        phrase("The host {name} means the Service of the VirtualService's own namespace {namespace}, not this one",
               name=name, namespace=namespace_of(other)),
        phrase("Write the host in full ({host}), or apply the VirtualService in {namespace}.",
               host=host_of(service), namespace=home),
        ref(other),
        f"hosts: {name}",
        "spec.hosts",
    )  # fmt: skip
