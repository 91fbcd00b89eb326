"""Endpoints: the addresses behind a Service."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.container_rules import PROTOCOLS
from runner.practice.kinds.default_values import fill
from runner.practice.kinds.ip_rules import own_address
from runner.practice.machinery.kind import Kind, Version
from runner.practice.machinery.tables.cells import NONE, cut
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Problems


def set_defaults(obj: Object, minor: int) -> None:
    for subset in obj.get("subsets") or ():
        for port in subset.get("ports") or ():
            fill(port, protocol="TCP")


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    for index, subset in enumerate(obj.get("subsets") or ()):
        here = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            problems.required(here, "must specify `addresses` or `notReadyAddresses`")
        for field in ("addresses", "notReadyAddresses"):
            for number, address in enumerate(subset.get(field) or ()):
                at = f"{here}.{field}[{number}]"
                own_address(problems, f"{at}.ip", address.get("ip", ""))
                if address.get("hostname"):
                    names.check(
                        problems, f"{at}.hostname", address["hostname"], names.label(address["hostname"])
                    )
                if address.get("nodeName") is not None:
                    names.check(
                        problems, f"{at}.nodeName", address["nodeName"], names.subdomain(address["nodeName"])
                    )
        ports = subset.get("ports") or ()
        for number, port in enumerate(ports):
            at = f"{here}.ports[{number}]"
            if not port.get("name"):
                if len(ports) > 1:
                    problems.required(f"{at}.name")
            else:
                names.check(problems, f"{at}.name", port["name"], names.label(port["name"]))
            names.port(problems, f"{at}.port", port.get("port", 0))
            problems.one_of(f"{at}.protocol", port.get("protocol"), PROTOCOLS)
            if port.get("appProtocol"):
                names.check(
                    problems, f"{at}.appProtocol", port["appProtocol"], names.qualified(port["appProtocol"])
                )


def cells(obj: Object, view: View) -> list[Any]:
    members = []
    for subset in obj.get("subsets") or ():
        addresses = [address["ip"] for address in subset.get("addresses") or ()]
        ports = subset.get("ports") or ()
        if ports:
            members += [_joined(ip, port.get("port", 0)) for port in ports for ip in addresses]
        else:
            members += addresses
    return [obj["metadata"]["name"], cut(members, empty="" if obj.get("subsets") else NONE), view.age(obj)]


def _joined(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


ENDPOINTS = Kind(
    group="",
    name="Endpoints",
    plural="endpoints",
    versions=(
        Version(
            "v1",
            deprecated=33,
            warning="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
        ),
    ),
    short_names=("ep",),
    set_defaults=set_defaults,
    validate=validate,
    printer=printer(cells, "Name", "Endpoints", "Age"),
)
