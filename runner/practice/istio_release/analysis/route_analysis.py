"""VirtualServices, Gateways and DestinationRules: what they refer to, and what contradicts."""

from __future__ import annotations

from collections.abc import Iterator

from runner.practice.istio_release.analysis.analysis_messages import Finding
from runner.practice.istio_release.analysis.analyzed_objects import (
    AnalyzedObjects,
    Json,
    full_host,
    host_matches,
)

MESH = "mesh"


def _destinations(spec: Json) -> Iterator[tuple[Json, str]]:
    """(destination, how a missing host of it is called)"""
    for kind in ("http", "tcp", "tls"):
        for route in spec.get(kind) or ():
            for each in route.get("route") or ():
                if each.get("destination"):
                    yield each["destination"], "host"
            if route.get("mirror"):
                yield route["mirror"], "mirror host"
            for each in route.get("mirrors") or ():
                yield each["destination"], "mirror host"


def destination_hosts(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0101 for a host that nobody has, IST0112 for one with several ports."""
    for service in objects.reported("VirtualService"):
        namespace = service["metadata"].get("namespace", "")
        for destination, word in _destinations(service["spec"]):
            host = str(destination.get("host") or "")
            found, entry = objects.service(host, namespace), objects.entry(host, namespace)
            if found is None and entry is None:
                yield Finding("IST0101", service, (word, f'"{host}"'))
                continue
            ports = [
                port.get("port") or port.get("number")
                for port in ((found or entry or {})["spec"].get("ports") or ())
            ]
            if destination.get("port") is None and len(ports) > 1:
                yield Finding("IST0112", service, (host, f"[{' '.join(map(str, ports))}]"))


def subsets(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0101 for a subset that no DestinationRule of the host has."""
    rules: dict[str, set[str]] = {}
    for rule in objects.all("DestinationRule"):
        host = full_host(str(rule["spec"].get("host") or ""), rule["metadata"].get("namespace", ""))
        rules.setdefault(host, set()).update(
            str(each.get("name")) for each in rule["spec"].get("subsets") or ()
        )
    for service in objects.reported("VirtualService"):
        namespace = service["metadata"].get("namespace", "")
        for destination, _ in _destinations(service["spec"]):
            host, subset = str(destination.get("host") or ""), destination.get("subset")
            if subset and subset not in rules.get(full_host(host, namespace), set()):
                yield Finding("IST0101", service, ("host+subset in destinationrule", f'"{host}+{subset}"'))


def gateways(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0101 for a Gateway that is not there, IST0132 for hosts that it does not have."""
    for service in objects.reported("VirtualService"):
        meta = service["metadata"]
        namespace, hosts = (
            meta.get("namespace", ""),
            [str(host) for host in service["spec"].get("hosts") or ()],
        )
        for name in service["spec"].get("gateways") or ():
            if name == MESH:
                continue
            place, slash, short = str(name).rpartition("/")
            gateway = objects.find("Gateway", place if slash else namespace, short)
            if gateway is None:
                yield Finding("IST0101", service, ("gateway", f'"{name}"'))
            if gateway is None or not _shares_host(gateway, hosts, namespace):
                shown = f"[{' '.join(hosts)}]"
                yield Finding(
                    "IST0132",
                    service,
                    (shown, f"{namespace}/{meta['name']}", f"{place or namespace}/{short}"),
                )


def _shares_host(gateway: Json, hosts: list[str], namespace: str) -> bool:
    own = gateway["metadata"].get("namespace", "")
    for server in gateway["spec"].get("servers") or ():
        for each in server.get("hosts") or ():
            place, slash, name = str(each).rpartition("/")
            place = own if place == "." else place
            if slash and place not in ("*", namespace):
                continue
            if any(host_matches(name if slash else str(each), host) for host in hosts):
                return True
    return False


def gateway_selectors(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0101 for a selector without pods, IST0104 for a port that the pods' Services lack."""
    for gateway in objects.reported("Gateway"):
        selector = gateway["spec"].get("selector") or {}
        shown = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
        pods = objects.pods(selector)
        if not pods:
            yield Finding("IST0101", gateway, ("selector", f'"{shown}"'))
            continue
        ports: set[int | str] = set()
        for pod in pods:
            labels, namespace = pod["metadata"].get("labels") or {}, pod["metadata"].get("namespace")
            for service in objects.all("Service"):
                wanted = service["spec"].get("selector") or {}
                if (
                    wanted
                    and service["metadata"].get("namespace") == namespace
                    and wanted.items() <= labels.items()
                ):
                    for port in (
                        service["spec"].get("ports") or ()
                    ):  # newer releases take those of the pods, too
                        ports.update((port["port"], port.get("targetPort", port["port"])))
        for server in gateway["spec"].get("servers") or ():
            number = (server.get("port") or {}).get("number")
            if number is not None and number not in ports:
                yield Finding("IST0104", gateway, (shown, str(number)))


def same_hosts_in_the_mesh(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0109: two VirtualServices for one host, both for sidecars."""
    by_host: dict[str, list[Json]] = {}
    for service in objects.all("VirtualService"):
        if MESH in (service["spec"].get("gateways") or [MESH]):
            for host in service["spec"].get("hosts") or ():
                by_host.setdefault(full_host(str(host), service["metadata"].get("namespace", "")), []).append(
                    service
                )
    reported = {id(each) for each in objects.reported("VirtualService")}
    for host, services in by_host.items():
        if len(services) > 1:
            names = ",".join(
                f"{each['metadata'].get('namespace')}/{each['metadata']['name']}" for each in services
            )
            for service in services:
                if id(service) in reported:
                    yield Finding("IST0109", service, (names, host))


def servers_without_authority(objects: AnalyzedObjects) -> Iterator[Finding]:
    """IST0128: TLS to a host whose certificate nobody checks."""
    for rule in objects.reported("DestinationRule"):
        tls = (rule["spec"].get("trafficPolicy") or {}).get("tls") or {}
        if (
            tls.get("mode") in ("SIMPLE", "MUTUAL")
            and not tls.get("caCertificates")
            and not tls.get("credentialName")
        ):
            meta = rule["metadata"]
            yield Finding(
                "IST0128",
                rule,
                (meta["name"], meta.get("namespace", ""), tls["mode"], str(rule["spec"].get("host"))),
            )
