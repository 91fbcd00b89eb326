"""What the API server allocates for Services: cluster IPs and node ports."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator

from runner.practice.cluster_shape import DEFAULT_ADDRESSES
from runner.practice.machinery.errors import Cause, internal, invalid
from runner.practice.machinery.kind import Lister, Object

NODE_PORTS = range(30000, 32768)

_random = random.SystemRandom()


def allocate(
    stored: Lister,
    service: Object,
    old: Object | None,
    *,
    families: bool = True,
    addresses: ipaddress.IPv4Network = DEFAULT_ADDRESSES,
) -> Object:
    """`service` with its cluster IP (one of `addresses`) and node ports, kept from `old` where it has them.

    `families` fills in ipFamilies and ipFamilyPolicy (Kubernetes 1.21 and later). What a Service has is
    free again as soon as it is gone: nothing is kept but in the Services themselves. Raises ApiError
    (invalid) where a wanted address or port is taken or out of range, (internal) where all addresses are taken.
    """
    spec = {**service["spec"], "ports": [dict(port) for port in service["spec"].get("ports") or ()]}
    if not spec["ports"]:
        del spec["ports"]
    spec.setdefault("type", "ClusterIP")
    result = {**service, "spec": spec}
    before = old["spec"] if old else {}
    others = [other for other in stored("services") if not _same(other, service)]
    if spec["type"] == "ExternalName":
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(name) == before.get(name):
                spec.pop(name, None)
    else:
        _cluster_ip(result, before, others, addresses, families=families)
    _node_ports(result, before, others)
    return result


def _same(one: Object, other: Object) -> bool:
    return all(one["metadata"].get(part) == other["metadata"].get(part) for part in ("namespace", "name"))


def _cluster_ip(
    service: Object,
    before: Object,
    others: list[Object],
    addresses: ipaddress.IPv4Network,
    *,
    families: bool,
) -> None:
    spec = service["spec"]
    wanted = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
    if not wanted and before.get("type") != "ExternalName":
        wanted = before.get("clusterIP", "")
    taken = {other["spec"].get("clusterIP") for other in others}
    if not wanted:
        wanted = _free_ip(taken, addresses)
    elif wanted != "None" and wanted != before.get("clusterIP"):
        _check_ip(service, wanted, taken, addresses)
    spec["clusterIP"], spec["clusterIPs"] = wanted, [wanted]
    if families:
        spec.setdefault("ipFamilies", before.get("ipFamilies") or ["IPv4"])
        spec.setdefault("ipFamilyPolicy", before.get("ipFamilyPolicy") or "SingleStack")


def _free_ip(taken: set[str | None], addresses: ipaddress.IPv4Network) -> str:
    """A random one; from the first ones, which people ask for by name, only where all others are taken."""
    last = addresses.num_addresses - 1
    reserved = min(max(16, addresses.num_addresses // 16), 256)
    for numbers in (range(reserved, last), range(1, min(reserved, last))):
        used = sum(_position(ip, addresses) in numbers for ip in taken)
        if used < len(numbers) // 2:
            while str(addresses[number := _random.choice(numbers)]) in taken:
                pass
            return str(addresses[number])
        if used < len(numbers):
            return _random.choice(
                [ip for ip in (str(addresses[number]) for number in numbers) if ip not in taken]
            )
    raise internal("failed to allocate a serviceIP: range is full")


def _position(ip: str | None, addresses: ipaddress.IPv4Network) -> int:
    """Which address of the range it is; -1 if it is none of it (headless Services have "None")."""
    try:
        found = ipaddress.IPv4Address(ip or "")
    except ValueError:
        return -1
    return int(found) - int(addresses.network_address) if found in addresses else -1


def _check_ip(service: Object, wanted: str, taken: set[str | None], addresses: ipaddress.IPv4Network) -> None:
    why = ""
    try:
        inside = ipaddress.ip_address(wanted) in addresses
    except ValueError:
        return  # validation says that it is no address
    if not inside:
        why = f"the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {addresses}"
    elif wanted in taken:
        why = "provided IP is already allocated"
    if why:
        message = f'Invalid value: []string{{"{wanted}"}}: failed to allocate IP {wanted}: {why}'
        raise invalid("Service", service["metadata"]["name"], [Cause("spec.clusterIPs", message)])


def _node_ports(service: Object, before: Object, others: list[Object]) -> None:
    spec = service["spec"]
    ports: list[Object] = spec.get("ports") or []
    if spec["type"] not in ("NodePort", "LoadBalancer"):
        if before.get("type") in ("NodePort", "LoadBalancer"):
            _forget_node_ports(ports, before)
        spec.pop("healthCheckNodePort", None)
        return
    kept = {_port_id(port): port.get("nodePort") for port in before.get("ports") or ()}
    taken = set(_taken_ports(others))
    if spec["type"] == "NodePort" or spec.get("allocateLoadBalancerNodePorts", True):
        for index, port in enumerate(ports):
            wanted = port.get("nodePort") or kept.get(_port_id(port))
            # TCP and UDP of one number may share a node port, so only the same protocol takes it.
            if wanted and wanted not in kept.values():
                _check_port(service, index, wanted, _protocol(port), taken)
            if not wanted:
                wanted = _free_port(_protocol(port), taken)
            port["nodePort"] = wanted
            taken.add((_protocol(port), wanted))
    if spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local":
        checked = spec.get("healthCheckNodePort") or before.get("healthCheckNodePort")
        spec["healthCheckNodePort"] = checked or _free_port("TCP", taken)
    else:
        spec.pop("healthCheckNodePort", None)


def _forget_node_ports(ports: list[Object], before: Object) -> None:
    """Node ports that a Service had are dropped with its type, unless the client names others."""
    had = {port.get("nodePort") for port in before.get("ports") or ()}
    for port in ports:
        if port.get("nodePort") in had:
            port.pop("nodePort", None)


def _protocol(port: Object) -> str:
    return str(port.get("protocol", "TCP"))


def _port_id(port: Object) -> tuple[str, int]:
    return _protocol(port), int(port["port"])


def _taken_ports(services: list[Object]) -> Iterator[tuple[str, int]]:
    for service in services:
        for port in service["spec"].get("ports") or ():
            if port.get("nodePort"):
                yield _protocol(port), port["nodePort"]
        if service["spec"].get("healthCheckNodePort"):
            yield "TCP", service["spec"]["healthCheckNodePort"]


def _free_port(protocol: str, taken: set[tuple[str, int]]) -> int:
    while True:
        port = _random.choice(NODE_PORTS)
        if (protocol, port) not in taken:
            return port


def _check_port(service: Object, index: int, wanted: int, protocol: str, taken: set[tuple[str, int]]) -> None:
    why = ""
    if wanted not in NODE_PORTS:
        valid = f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
        why = f"provided port is not in the valid range. The range of valid ports is {valid}"
    elif (protocol, wanted) in taken:
        why = "provided port is already allocated"
    if why:
        cause = Cause(f"spec.ports[{index}].nodePort", f"Invalid value: {wanted}: {why}")
        raise invalid("Service", service["metadata"]["name"], [cause])
