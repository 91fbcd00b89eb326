"""Tables of services and what stands before and behind them."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.tables.cells import NONE, SHOWN, UNSET, cut, labels, selector
from runner.practice.machinery.tables.columns import Object, Printer, View, printer


def service(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    ips = spec.get("clusterIPs") or [spec.get("clusterIP")]
    ports = ",".join(_port(port) for port in spec.get("ports") or ()) or NONE
    return [
        obj["metadata"]["name"],
        spec.get("type", ""),
        ips[0] or NONE,
        _external(spec, obj.get("status") or {}),
        ports,
        view.age(obj),
        labels(spec.get("selector")),
    ]


def _port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port', 0)}{node}/{port.get('protocol', 'TCP')}"


def _external(spec: Object, status: Object) -> str:
    own = list(spec.get("externalIPs") or ())
    kind = spec.get("type")
    if kind == "ExternalName":
        return str(spec.get("externalName", ""))
    if kind == "LoadBalancer":
        given = _addresses(status)
        return ",".join([*given, *own]) or "<pending>"
    return ",".join(own) or NONE


def _addresses(status: Object) -> list[str]:
    found = (status.get("loadBalancer") or {}).get("ingress") or ()
    return sorted({one.get("ip") or one.get("hostname") or "" for one in found} - {""})


def ingress(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    rules = spec.get("rules") or ()
    hosts = [rule["host"] for rule in rules if rule.get("host")]
    return [
        obj["metadata"]["name"],
        spec.get("ingressClassName") or NONE,
        cut(hosts[:SHOWN], empty="*", count=len(rules) if len(hosts) >= SHOWN else len(hosts)),
        ",".join(_addresses(obj.get("status") or {})),
        "80, 443" if spec.get("tls") else "80",
        view.age(obj),
    ]


def ingress_class(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    found, told = spec.get("parameters"), NONE
    if found:
        group = f".{found['apiGroup']}" if found.get("apiGroup") else ""
        told = f"{found.get('kind', '')}{group}/{found.get('name', '')}"
    return [obj["metadata"]["name"], spec.get("controller", ""), told, view.age(obj)]


def endpoints(obj: Object, view: View) -> list[Any]:
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


def endpoint_slice(obj: Object, view: View) -> list[Any]:
    ports = [str(port.get("port") or port.get("name") or "*") for port in obj.get("ports") or ()]
    members = [address for one in obj.get("endpoints") or () for address in one.get("addresses") or ()]
    return [
        obj["metadata"]["name"],
        obj.get("addressType", ""),
        cut(ports, empty=UNSET),
        cut(members, empty=UNSET),
        view.age(obj),
    ]


def network_policy(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], selector((obj.get("spec") or {}).get("podSelector")), view.age(obj)]


def service_cidr(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], ",".join((obj.get("spec") or {}).get("cidrs") or ()), view.age(obj)]


def ip_address(obj: Object, view: View) -> list[Any]:
    parent = (obj.get("spec") or {}).get("parentRef") or {}
    place = [parent.get(field) for field in ("group", "resource", "namespace", "name")]
    resource = ".".join(part for part in (place[1], place[0]) if part)
    return [obj["metadata"]["name"], "/".join(str(p) for p in (resource, *place[2:]) if p), view.age(obj)]


PRINTERS: dict[str, Printer] = {
    "services": printer(
        service, "Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", wide=("Selector",)
    ),
    "ingresses.networking.k8s.io": printer(ingress, "Name", "Class", "Hosts", "Address", "Ports", "Age"),
    "ingressclasses.networking.k8s.io": printer(ingress_class, "Name", "Controller", "Parameters", "Age"),
    "endpoints": printer(endpoints, "Name", "Endpoints", "Age"),
    "endpointslices.discovery.k8s.io": printer(
        endpoint_slice, "Name", "AddressType", "Ports", "Endpoints", "Age"
    ),
    "networkpolicies.networking.k8s.io": printer(network_policy, "Name", "Pod-Selector", "Age"),
    "servicecidrs.networking.k8s.io": printer(service_cidr, "Name", "CIDRs", "Age"),
    "ipaddresses.networking.k8s.io": printer(ip_address, "Name", "ParentRef", "Age"),
}
