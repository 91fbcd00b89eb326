"""Why an Istio gateway answers with 404, or not at all: no Gateway for its pods, no route for the host or the path."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.endpoint_causes import nobody_behind, pods_behind
from checks.diagnosis.evidence import ref
from checks.diagnosis.likeness import nearest
from checks.diagnosis.mesh_objects import (
    MESH,
    MeshObjects,
    destinations,
    full_host,
    gateways_of,
    mesh_objects,
    namespace_of,
)
from checks.diagnosis.mtls_causes import mtls_causes
from checks.diagnosis.routing_causes import route_problems
from checks.diagnosis.rule import merged
from checks.object_fields import as_selector, at, mappings_at, name_of, text_at
from checks.patterns import quotation
from checks.phrase import phrase


async def gateway_causes(world: World, service: Object, host: str, path: str) -> Finding | None:
    """For a page of a gateway's Service that is 404, or a port of it that nothing listens on.

    `host` is the Host header, without its port; "" or an address where the request named none of its own. None if the
    Service is no gateway's.
    """
    try:
        pods = await pods_behind(world, service)
    except CannotRead:
        return None
    if not any(_is_gateway(pod) for pod in pods) or (objects := await mesh_objects(world)) is None:
        return None
    labels = at(pods[0], "metadata", "labels")
    mine = [each for each in objects.gateways if _selects(each, labels)]
    if not mine:
        return _nothing_selects(service, objects, pods[0])
    names = {f"{namespace_of(each)}/{name_of(each)}" for each in mine}
    bound = [each for each in objects.virtual_services if names & set(gateways_of(each))]
    if not bound:
        return _nothing_bound(objects, mine[0], names)
    for_host = [each for each in bound if _takes(each, host)]
    if not for_host:
        return _other_host(bound[0], host)
    return _other_path(for_host, path)


async def behind_gateway(world: World, service: Object) -> tuple[Finding, ...]:
    """For a page of a gateway's Service that is 503: what is wrong with the Services that its routes lead to."""
    pods = await pods_behind(world, service)
    if not any(_is_gateway(pod) for pod in pods) or (objects := await mesh_objects(world)) is None:
        return ()
    found: list[Finding] = []
    for each in objects.virtual_services:
        if gateways_of(each) == [MESH]:
            continue
        found += await route_problems(world, objects, each)
        for _, destination in destinations(each):
            name, _, rest = full_host(text_at(destination, "host"), namespace_of(each)).partition(".")
            to = await world.cluster.get("v1", "Service", name, rest.partition(".")[0])
            if to is not None:
                found += await nobody_behind(world, to)
                found += filter(None, [await mtls_causes(world, to)])
    return merged(found)


def _is_gateway(pod: Object) -> bool:
    """Whether its only proxy is a router: a gateway has no application beside it."""
    containers = mappings_at(pod, "spec", "containers")
    arguments = at(containers[0], "args") if len(containers) == 1 else None
    return isinstance(arguments, list) and "router" in arguments


def _selects(gateway: Object, labels: object) -> bool:
    selector = at(gateway, "spec", "selector")
    return isinstance(selector, dict) and isinstance(labels, dict) and selector.items() <= labels.items()


def _nothing_selects(service: Object, objects: MeshObjects, pod: Object) -> Finding:
    labels = at(pod, "metadata", "labels")
    known = f"istio: {labels.get('istio', '-')}" if isinstance(labels, dict) else "-"
    if not objects.gateways:
        return Finding(
            "no-gateway",
            phrase("There is no Gateway resource, so this gateway listens on no port for requests"),
            phrase(
                "Apply a Gateway whose selector has the label of the gateway's pods: {label}", label=known
            ),
            ref(service),
            "0",
            source="gateways.networking.istio.io",
        )
    gateway = objects.gateways[0]
    selector = at(gateway, "spec", "selector")
    return Finding(
        "gateway-selects-nothing",
        phrase("The Gateway's selector does not match the gateway's pods"),
        phrase("Correct spec.selector of the Gateway; the pods have: {label}", label=known),
        ref(gateway),
        quotation(f"selector: {as_selector(selector)}"),
        "spec.selector",
    )


def _nothing_bound(objects: MeshObjects, gateway: Object, names: set[str]) -> Finding:
    for each in objects.virtual_services:
        for written in gateways_of(each):
            meant = nearest(written, names)
            same_name = {written.partition("/")[2]} & {name.partition("/")[2] for name in names}
            if written != MESH and (meant or same_name):
                return Finding(
                    "gateway-unknown",
                    phrase(
                        "The VirtualService names a Gateway that does not exist: {gateway}", gateway=written
                    ),
                    phrase("Write it as namespace/name: {gateway}", gateway=meant or sorted(names)[0]),
                    ref(each),
                    quotation(f"gateways: {', '.join(gateways_of(each))}"),
                    "spec.gateways",
                )
    return Finding(
        "nothing-behind-gateway",
        phrase("No VirtualService belongs to the Gateway, so every path is 404"),
        phrase("Apply a VirtualService that has {gateway} in spec.gateways.", gateway=sorted(names)[0]),
        ref(gateway),
        quotation(f"Gateway: {', '.join(sorted(names))}"),
        source="virtualservices.networking.istio.io",
    )


def _takes(virtual_service: Object, host: str) -> bool:
    written = at(virtual_service, "spec", "hosts")
    listed = [each for each in written if isinstance(each, str)] if isinstance(written, list) else []
    return any(each in ("*", host) or (each.startswith("*.") and host.endswith(each[1:])) for each in listed)


def _other_host(virtual_service: Object, host: str) -> Finding:
    written = ", ".join(each for each in at(virtual_service, "spec", "hosts") or () if isinstance(each, str))
    first = written.partition(",")[0]
    if host and not _is_address(host):
        rule, cause = (
            "other-host",
            phrase(
                "No route is for the host {host}: the VirtualService is for {hosts}", host=host, hosts=written
            ),
        )
    else:
        rule, cause = (
            "host-wanted",
            phrase("The request named no host, and the VirtualService is for {hosts} only", hosts=written),
        )
    return Finding(
        rule,
        cause,
        phrase(
            'Send the host that it is for (curl -H "Host: {host}"), or write "*" in hosts of Gateway and VirtualService.',
            host=first,
        ),
        ref(virtual_service),
        quotation(f"hosts: {written}"),
        "spec.hosts",
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _other_path(virtual_services: Sequence[Object], path: str) -> Finding | None:
    """Its routes are for other paths. None where one takes every path: then the application itself answered 404."""
    routes = [route for each in virtual_services for route in mappings_at(each, "spec", "http")]
    matches = [match for route in routes for match in mappings_at(route, "match")]
    if not routes or any(not route.get("match") for route in routes):
        return None
    if any("uri" not in match or _fits(at(match, "uri"), path) for match in matches):
        return None
    known = ", ".join(
        next((f"{how} {text}" for how, text in uri.items() if isinstance(text, str)), "")
        for match in matches
        if isinstance(uri := at(match, "uri"), dict)
    )
    return Finding(
        "other-path",
        phrase("No route of the VirtualService is for the path {path}", path=path),
        phrase("Add a match for it, or use a path that it has: {paths}", paths=quotation(known)),
        ref(virtual_services[0]),
        quotation(f"uri: {known}"),
        "spec.http",
    )


def _fits(uri: object, path: str) -> bool:
    """Regular expressions are not tried: such a route may take it."""
    plain = path.partition("?")[0]
    return (
        text_at(uri, "exact") == plain
        or bool(text_at(uri, "prefix") and plain.startswith(text_at(uri, "prefix")))
        or bool(text_at(uri, "regex"))
    )
