"""ServiceEntries, WorkloadEntries and Sidecars (istio 1.11.3, pkg/config/validation)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runner.practice.containers.istiod import validation_problems as check
from runner.practice.containers.istiod.gateway_validation import PROTOCOLS
from runner.practice.containers.istiod.validation_problems import Json, Problems, items, mapping

LOCAL = ("127.0.0.1", "0.0.0.0", "[::1]", "[::]")  # noqa: S104 (not bound)


def service_entry(spec: Json, problems: Problems) -> None:
    hosts, resolution = [str(host) for host in spec.get("hosts") or ()], spec.get("resolution", "NONE")
    endpoints = items(spec.get("endpoints"))
    if spec.get("workloadSelector") is not None and endpoints:
        problems.add("only one of WorkloadSelector or Endpoints is allowed in Service Entry")
    _hosts(hosts, problems)
    _addresses(spec.get("addresses") or (), resolution, problems)
    names = _ports(items(spec.get("ports")), problems)
    if resolution == "NONE" and endpoints:
        problems.add("no endpoints should be provided for resolution type none")
    if resolution == "DNS" and not endpoints:
        for host in hosts:
            if check.fqdn(host):
                problems.add("hosts must be FQDN if no endpoints are provided for resolution mode DNS")
    for endpoint in endpoints:
        _endpoint(endpoint, resolution, names, problems)


def _hosts(hosts: list[str], problems: Problems) -> None:
    if not hosts:
        problems.add("service entry must have at least one host")
    for host in hosts:
        problems.add("invalid host *" if host == "*" else check.wildcard_domain(host))


def _addresses(addresses: Iterable[Any], resolution: str, problems: Problems) -> None:
    for address in addresses:
        problems.add(check.cidr_or_ip(str(address)))
        if "/" in str(address) and resolution not in ("NONE", "STATIC"):
            problems.add("CIDR addresses are allowed only for NONE/STATIC resolution types")


def _endpoint(endpoint: Json, resolution: str, names: set[str], problems: Problems) -> None:
    address = str(endpoint.get("address") or "")
    if resolution == "STATIC" and not address.startswith("unix://") and not check.is_ip(address):
        problems.add(f"{address} is not a valid IP")
    if resolution == "DNS" and not check.is_ip(address) and check.fqdn(address):
        problems.add(f'endpoint address "{address}" is not a valid FQDN or an IP address')
    for name, number in mapping(endpoint.get("ports")).items():
        if name not in names:
            problems.add(f"endpoint port {name} is not defined by the service entry")
        problems.add(check.port(number))
    problems.add(check.labels(endpoint.get("labels")))


def _ports(ports: list[Json], problems: Problems) -> set[str]:
    """Their names."""
    names: set[str] = set()
    numbers: set[int] = set()
    for port in ports:
        name, number = str(port.get("name") or ""), port.get("number", 0)
        if name in names:
            problems.add(f'service entry port name "{name}" already defined')
        if number in numbers:
            problems.add(f"service entry port {number} already defined")
        names.add(name)
        numbers.add(number)
        if not name or check.subset_name(name):
            problems.add(f"invalid port name: {name}")
        if str(port.get("protocol") or "").upper() not in PROTOCOLS:
            problems.add(f"unsupported protocol: {port.get('protocol', '')}")
        problems.add(check.port(number))
    return names


def workload_entry(spec: Json, problems: Problems) -> None:
    address = str(spec.get("address") or "")
    if not address:
        problems.add("address must be set")
    elif not address.startswith("unix://") and not check.is_ip(address) and check.fqdn(address):
        problems.add(f'endpoint address "{address}" is not a valid FQDN or an IP address')
    problems.add(check.labels(spec.get("labels")))


def sidecar(spec: Json, problems: Problems) -> None:
    problems.add(*check.workload_selector(mapping(spec.get("workloadSelector")), "labels"))
    if not any(
        spec.get(field) is not None
        for field in ("egress", "ingress", "outboundTrafficPolicy", "inboundConnectionPool")
    ):
        problems.add("sidecar: empty configuration provided")
    for listener in items(spec.get("ingress")):
        port = listener.get("port")
        if not isinstance(port, dict):
            problems.add("sidecar: port is required for ingress listeners")
            continue
        problems.add(check.port(port.get("number", 0)))
        problems.add(_default_endpoint(str(listener.get("defaultEndpoint") or "")))
    for listener in items(spec.get("egress")):
        if not listener.get("hosts"):
            problems.add("sidecar: egress listener must contain at least one host")
        problems.add(*(_egress_host(str(host)) for host in listener.get("hosts") or ()))


def _default_endpoint(end: str) -> str | None:
    if not end or end.startswith("unix://"):
        return None
    address, colon, number = end.rpartition(":")
    if not colon or address not in LOCAL:
        return "sidecar: defaultEndpoint must be of form 127.0.0.1:<port>, 0.0.0.0:<port>, unix://filepath, or unset"
    return None if number.isdigit() else f"sidecar: defaultEndpoint port ({number}) is not a number"


def _egress_host(host: str) -> str | None:
    namespace, slash, name = host.partition("/")
    if not slash:
        return "host must be of form namespace/dnsName"
    if not namespace or not name:
        return "config namespace and dnsName in host entry cannot be empty"
    return "short names (non FQDN) are not allowed" if name != "*" and "." not in name else None
