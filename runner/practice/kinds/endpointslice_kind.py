"""EndpointSlice: some of the addresses behind a Service."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.container_rules import PROTOCOLS
from runner.practice.kinds.default_values import fill
from runner.practice.kinds.ip_rules import outside
from runner.practice.machinery.kind import Conversion, Kind, Version
from runner.practice.machinery.tables.cells import UNSET, cut
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Problems


def set_defaults(obj: Object, minor: int) -> None:
    for port in obj.get("ports") or ():
        fill(port, name="", protocol="TCP")


SLICE_NODES_SINCE = 21


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    kind, known = obj.get("addressType", ""), ("FQDN", "IPv4", "IPv6")
    if not kind:
        problems.required("addressType")
    elif kind not in known:
        problems.unsupported("addressType", kind, known)
    if len(obj.get("endpoints") or ()) > 1000:
        problems.too_many("endpoints", len(obj["endpoints"]), 1000)
    for index, one in enumerate(obj.get("endpoints") or ()):
        _endpoint(problems, f"endpoints[{index}]", one, kind)
    _slice_ports(problems, obj)
    if old is not None:
        problems.immutable("addressType", kind, old.get("addressType"))


def _slice_ports(problems: Problems, obj: Object) -> None:
    seen: set[str] = set()
    if len(obj.get("ports") or ()) > 100:
        problems.too_many("ports", len(obj["ports"]), 100)
    for index, port in enumerate(obj.get("ports") or ()):
        at, name, protocol = f"ports[{index}]", port.get("name") or "", port.get("protocol")
        if name:
            names.check(problems, f"{at}.name", name, names.label(name))
        if name in seen:
            problems.duplicate(f"{at}.name", name)
        seen.add(name)
        if protocol is None:
            problems.required(f"{at}.protocol")
        elif protocol not in PROTOCOLS:
            problems.unsupported(f"{at}.protocol", protocol, PROTOCOLS)
        if port.get("appProtocol") is not None:
            names.check(
                problems, f"{at}.appProtocol", port["appProtocol"], names.qualified(port["appProtocol"])
            )


def _endpoint(problems: Problems, at: str, one: Object, kind: str) -> None:
    addresses = one.get("addresses") or ()
    if not addresses:
        problems.required(f"{at}.addresses", "must contain at least 1 address")
    if len(addresses) > 100:
        problems.too_many(f"{at}.addresses", len(addresses), 100)
    for number, text in enumerate(addresses):
        here = f"{at}.addresses[{number}]"
        if kind == "FQDN":
            names.check(problems, here, text, names.subdomain(text))
        elif kind in ("IPv4", "IPv6"):
            fits = names.is_ip(text) and (":" in text) == (kind == "IPv6")
            if not fits:
                problems.invalid(here, text, f"must be a valid {kind} address")
            else:
                outside(problems, here, text)
    if one.get("nodeName") is not None and problems.minor >= SLICE_NODES_SINCE:
        names.check(problems, f"{at}.nodeName", one["nodeName"], names.subdomain(one["nodeName"]))
    for key, value in sorted((one.get("deprecatedTopology") or {}).items()):
        names.check(problems, f"{at}.topology", key, names.qualified(key))
        names.check(problems, f"{at}.topology", value, names.label_value(value))
    if one.get("hostname") is not None:
        names.check(problems, f"{at}.hostname", one["hostname"], names.label(one["hostname"]))


def v1beta1_to_storage(obj: Object) -> Object:
    for endpoint in obj.get("endpoints") or ():
        topology = endpoint.pop("topology", None) or {}
        node = topology.pop("kubernetes.io/hostname", None)
        if node and "nodeName" not in endpoint:
            endpoint["nodeName"] = node
        zone = topology.pop("topology.kubernetes.io/zone", None)
        if zone:
            endpoint["zone"] = zone
        if topology:
            endpoint["deprecatedTopology"] = topology
    return obj


def v1beta1_from_storage(obj: Object) -> Object:
    for endpoint in obj.get("endpoints") or ():
        topology = endpoint.pop("deprecatedTopology", None) or {}
        if zone := endpoint.pop("zone", None):
            topology["topology.kubernetes.io/zone"] = zone
        if endpoint.get("nodeName"):
            topology["kubernetes.io/hostname"] = endpoint["nodeName"]
        if topology:
            endpoint["topology"] = topology
    return obj


def cells(obj: Object, view: View) -> list[Any]:
    ports = [str(port.get("port") or port.get("name") or "*") for port in obj.get("ports") or ()]
    members = [address for one in obj.get("endpoints") or () for address in one.get("addresses") or ()]
    return [
        obj["metadata"]["name"],
        obj.get("addressType", ""),
        cut(ports, empty=UNSET),
        cut(members, empty=UNSET),
        view.age(obj),
    ]


ENDPOINT_SLICE = Kind(
    group="discovery.k8s.io",
    name="EndpointSlice",
    plural="endpointslices",
    versions=(Version("v1", since=21), Version("v1beta1", until=24, deprecated=21)),
    conversions={"v1beta1": Conversion(v1beta1_to_storage, v1beta1_from_storage)},
    set_defaults=set_defaults,
    validate=validate,
    generation_since=0,
    printer=printer(cells, "Name", "AddressType", "Ports", "Endpoints", "Age"),
)
