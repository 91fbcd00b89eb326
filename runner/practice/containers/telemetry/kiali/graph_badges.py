"""The marks on nodes of the graph: VirtualService, circuit breaker, no sidecar."""

from __future__ import annotations

from typing import Any

from runner.practice.containers.telemetry.kiali.registry_hosts import full_host
from runner.practice.containers.telemetry.kiali.shown_objects import (
    MeshObjects,
    Object,
    has_sidecar,
    labels_of_object,
    namespace_of,
)
from runner.practice.containers.telemetry.kiali.traffic_graph import Node, TrafficGraph


def mark(graph: TrafficGraph, objects: MeshObjects) -> None:
    for node in graph.nodes.values():
        node.extra |= _marks(node, objects)


def _marks(node: Node, objects: MeshObjects) -> dict[str, Any]:
    if node.kind == "service":
        host = f"{node.name}.{node.namespace}.svc.cluster.local"
        found: dict[str, Any] = {"hasCB": True} if _breakers(objects, host) else {}
        services = [each for each in objects.istio_of("VirtualService") if host in hosts_of(each)]
        if services:
            found["hasVS"] = {
                "hostnames": sorted({name for each in services for name in each["spec"]["hosts"]})
            }
            found |= _route_marks(services)
        return found
    if node.kind not in ("app", "workload"):
        return {}
    pods = [
        pod
        for pod in objects.pods
        if namespace_of(pod) == node.namespace and labels_of_object(pod).get("app") == node.name
        and node.version in ("", labels_of_object(pod).get("version", "latest"))
    ]  # fmt: skip
    marks: dict[str, Any] = {"hasMissingSC": True} if pods and not all(map(has_sidecar, pods)) else {}
    hosts = [f"{name}.{node.namespace}.svc.cluster.local" for name in node.services]
    for rule in [rule for host in hosts for rule in _breakers(objects, host)]:
        if breaks(rule["spec"].get("trafficPolicy")) or any(
            breaks(subset.get("trafficPolicy"))
            and any((subset.get("labels") or {}).items() <= labels_of_object(pod).items() for pod in pods)
            for subset in rule["spec"].get("subsets") or ()
        ):
            marks["hasCB"] = True
    return marks


def hosts_of(virtual_service: Object) -> set[str]:
    namespace = namespace_of(virtual_service)
    named = {full_host(str(host), namespace) for host in virtual_service["spec"].get("hosts") or ()}
    routed = {
        full_host(str((each.get("destination") or {}).get("host", "")), namespace)
        for route in virtual_service["spec"].get("http") or ()
        for each in route.get("route") or ()
    }
    return named | routed


def _route_marks(services: list[Object]) -> dict[str, bool]:
    routes = [route for each in services for route in each["spec"].get("http") or ()]
    marks = {
        "hasFaultInjection": any("fault" in route for route in routes),
        "hasRequestTimeout": any("timeout" in route for route in routes),
        "hasMirroring": any("mirror" in route or "mirrors" in route for route in routes),
        "hasTrafficShifting": any(len(route.get("route") or ()) > 1 for route in routes),
        "hasRequestRouting": any("match" in route for route in routes),
    }
    return {name: True for name, holds in marks.items() if holds}


def _breakers(objects: MeshObjects, host: str) -> list[Object]:
    """The DestinationRules of a host that break circuits."""
    return [
        rule
        for rule in objects.istio_of("DestinationRule")
        if full_host(str(rule["spec"].get("host", "")), namespace_of(rule)) == host
        and (
            breaks(rule["spec"].get("trafficPolicy"))
            or any(breaks(subset.get("trafficPolicy")) for subset in rule["spec"].get("subsets") or ())
        )
    ]


def breaks(policy: Any) -> bool:
    return bool(policy) and ("connectionPool" in policy or "outlierDetection" in policy)
