"""Service: one address for a set of pods."""

from __future__ import annotations

import ipaddress
from fractions import Fraction
from ipaddress import IPv4Network
from typing import Any

from runner.practice.kinds.container_rules import PROTOCOLS
from runner.practice.kinds.default_values import fill
from runner.practice.kinds.external_addresses import addresses
from runner.practice.kinds.ip_rules import outside
from runner.practice.kinds.quota_usage import ONE
from runner.practice.kinds.service_addresses import allocate
from runner.practice.kinds.service_type_change import drop_unused_fields
from runner.practice.machinery.kind import STATUS, Kind, Lister, SelectableField, Subresource
from runner.practice.machinery.patch.list_types import keyed
from runner.practice.machinery.tables.cells import NONE, labels
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Problems, Raw


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, sessionAffinity="None", type="ClusterIP")
    kind = spec["type"]
    if spec["sessionAffinity"] == "ClientIP":
        fill(spec, sessionAffinityConfig={})
        fill(spec["sessionAffinityConfig"], clientIP={})
        fill(spec["sessionAffinityConfig"]["clientIP"], timeoutSeconds=10800)
    else:
        spec.pop("sessionAffinityConfig", None)
    for port in spec.get("ports") or ():
        fill(port, protocol="TCP", targetPort=port.get("port"))
        if port["targetPort"] in (0, ""):
            port["targetPort"] = port.get("port")
    if kind in ("NodePort", "LoadBalancer"):
        fill(spec, externalTrafficPolicy="Cluster")
    if minor >= 22 and kind != "ExternalName":
        fill(spec, internalTrafficPolicy="Cluster")
    if minor >= 22 and kind == "LoadBalancer":
        fill(spec, allocateLoadBalancerNodePorts=True)


TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    kind, address = spec.get("type"), spec.get("clusterIP")
    if not spec.get("ports") and address != "None" and kind != "ExternalName":
        problems.required("spec.ports")
    if kind in ("LoadBalancer", "NodePort") and address == "None":
        why = "may not be set to 'None' for LoadBalancer services"
        if kind == "NodePort":
            why = "may not be set to 'None' for NodePort services"
        problems.invalid("spec.clusterIP" if problems.minor < 20 else "spec.clusterIPs[0]", "None", why)
    if kind == "ExternalName":
        if address not in (None, "") and problems.minor >= 20:
            problems.forbidden("spec.clusterIPs", "may not be set for ExternalName services")
        _external_name(problems, spec.get("externalName", ""))
    names.labels(problems, "spec.selector", spec.get("selector"))
    affinity = spec.get("sessionAffinity")
    problems.one_of("spec.sessionAffinity", affinity, ("ClientIP", "None"))
    _session(problems, affinity, spec.get("sessionAffinityConfig"))
    problems.one_of("spec.type", kind, TYPES)
    _ports(problems, spec.get("ports") or (), kind)
    for index, one in enumerate(spec.get("externalIPs") or ()):
        at = f"spec.externalIPs[{index}]"
        if not names.is_ip(one):
            problems.invalid(at, one, names.IP_WORDS)
        else:
            outside(problems, at, one)
    _cluster_addresses(problems, address or "", spec.get("clusterIPs") or ())
    _balanced(problems, spec, kind, (obj["metadata"].get("annotations") or {}))
    policies = ("PreferDualStack", "RequireDualStack", "SingleStack")
    if (
        spec.get("ipFamilyPolicy") is not None
        and spec["ipFamilyPolicy"] not in policies
        and problems.minor >= FAMILIES_SINCE
    ):
        problems.invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], "")
    if spec.get("internalTrafficPolicy") not in (None, "Cluster", "Local") and problems.minor >= 22:
        problems.unsupported(
            "spec.internalTrafficPolicy", spec["internalTrafficPolicy"], ("Cluster", "Local")
        )
    if old is not None:
        _same_address(problems, spec, old.get("spec") or {})


def _external_name(problems: Problems, name: str) -> None:
    if not name:
        problems.required("spec.externalName")
    else:
        names.check(problems, "spec.externalName", name, names.subdomain(name.removesuffix(".")))


def _session(problems: Problems, affinity: Any, config: Any) -> None:
    at = "spec.sessionAffinityConfig"
    if affinity == "ClientIP":
        client = (config or {}).get("clientIP")
        seconds = (client or {}).get("timeoutSeconds")
        if client is None or seconds is None:
            why = f"when session affinity type is {affinity}"
            problems.required(f"{at}.clientIP" if client is None else f"{at}.clientIP.timeoutSeconds", why)
        elif not 0 < seconds <= 86400:
            why = "must be greater than 0 and less than 86400"
            problems.invalid(f"{at}.clientIP.timeoutSeconds", seconds, why)


def _cluster_addresses(problems: Problems, address: str, more: Any) -> None:
    old = problems.minor < 20
    if more and not address:
        problems.invalid("spec.clusterIPs", list(more), "must be empty when clusterIP is empty")
    elif more and more[0] != address:
        problems.invalid("spec.clusterIPs", list(more), "element [0] must match clusterIP")
    if len(more) > 2:
        problems.invalid("spec.clusterIPs", list(more), "may only hold up to 2 values")
    for index, one in enumerate(more or ([address] if address else ())):
        if one != "None" and not names.is_ip(one):
            problems.invalid("spec.clusterIP" if old else f"spec.clusterIPs[{index}]", one, names.IP_WORDS)


def _balanced(problems: Problems, spec: Object, kind: Any, annotations: Object) -> None:
    """What only services of a load balancer or of node ports may say."""
    ranges = spec.get("loadBalancerSourceRanges")
    if ranges:
        if kind != "LoadBalancer":
            problems.forbidden(
                "spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'"
            )
        for one in ranges:
            try:
                ipaddress.ip_network(one.strip(), strict=False)
                if "/" not in one:
                    raise ValueError(one)
            except ValueError:
                message = Raw("[" + " ".join(ranges) + "]")
                why = "must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24"
                problems.invalid("spec.LoadBalancerSourceRanges", message, why)
                break
    policy, port = spec.get("externalTrafficPolicy"), spec.get("healthCheckNodePort", 0)
    external = kind in ("LoadBalancer", "NodePort")
    if policy and not external:
        why = "ExternalTrafficPolicy can only be set on NodePort and LoadBalancer service"
        problems.invalid("spec.externalTrafficPolicy", policy, why)
    if policy and policy not in ("Cluster", "Local"):
        why = "ExternalTrafficPolicy must be empty, Cluster or Local"
        problems.invalid("spec.externalTrafficPolicy", policy, why)
    if port < 0:
        problems.invalid("spec.healthCheckNodePort", port, "HealthCheckNodePort must be not less than 0")
    elif port and not (kind == "LoadBalancer" and policy == "Local"):
        why = "HealthCheckNodePort can only be set on LoadBalancer service with ExternalTrafficPolicy=Local"
        problems.invalid("spec.healthCheckNodePort", port, why)


def _ports(problems: Problems, found: Any, kind: Any) -> None:
    seen: set[str] = set()
    used: set[tuple[Any, Any]] = set()
    for index, port in enumerate(found):
        here, name = f"spec.ports[{index}]", port.get("name", "")
        if not name:
            if len(found) > 1:
                problems.required(f"{here}.name")
        elif words := names.label(name):
            names.check(problems, f"{here}.name", name, words)
        elif name in seen:
            problems.duplicate(f"{here}.name", name)
        seen.add(name)
        names.port(problems, f"{here}.port", port.get("port", 0))
        problems.one_of(f"{here}.protocol", port.get("protocol"), PROTOCOLS)
        names.port_or_name(problems, f"{here}.targetPort", port.get("targetPort", port.get("port", 0)))
        if port.get("appProtocol"):
            names.check(
                problems, f"{here}.appProtocol", port["appProtocol"], names.qualified(port["appProtocol"])
            )
        if port.get("nodePort") and kind in ("ClusterIP", "ExternalName"):
            why = f"may not be used when `type` is '{kind}'"
            problems.forbidden(f"{here}.nodePort", why)
        pair = (port.get("port"), port.get("protocol"))
        if pair in used:
            message = Raw(f'core.ServicePort{{Name:"", Protocol:"{pair[1]}", Port:{pair[0]}, NodePort:0}}')
            problems.duplicate(here, message)
        used.add(pair)


def _same_address(problems: Problems, spec: Object, before: Object) -> None:
    """A cluster IP stays as long as the service has one."""
    if "ExternalName" in (spec.get("type"), before.get("type")):
        return
    new, old = spec.get("clusterIP"), before.get("clusterIP")
    if not old or new == old or (not new and problems.minor > 20):
        return
    if not new and problems.minor == 20:
        problems.invalid("spec.clusterIPs[0]", Raw("[]string(nil)"), "primary clusterIP can not be unset")
        return
    if problems.minor >= 20:
        field, value = "spec.clusterIPs[0]", Raw(f'[]string{{"{new or ""}"}}')
        problems.invalid(field, value, "may not change once set")
    else:
        problems.invalid("spec.clusterIP", new or "", "field is immutable")


def cells(obj: Object, view: View) -> list[Any]:
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
        given = addresses(status)
        return ",".join([*given, *own]) or "<pending>"
    return ",".join(own) or NONE


LABEL_NAMES_SINCE = 34
FAMILIES_SINCE = 21
"""The minor since which a Service has its IP families in its spec."""


def name_rule(name: str, minor: int) -> list[str]:
    return names.label(name) if minor >= LABEL_NAMES_SINCE else names.dns_1035(name)


def allocate_addresses(
    stored: Lister, obj: Object, old: Object | None, minor: int, addresses: IPv4Network
) -> Object:
    return allocate(stored, obj, old, families=minor >= FAMILIES_SINCE, addresses=addresses)


def quota_usage(obj: Object) -> dict[str, Fraction]:
    """Node ports are counted one by one, but for those that a load balancer does without."""
    spec = obj.get("spec") or {}
    kind, ports = spec.get("type"), len(spec.get("ports") or ())
    found = {"services": ONE, "services.nodeports": Fraction(0), "services.loadbalancers": Fraction(0)}
    if kind == "NodePort" or (
        kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False
    ):
        found["services.nodeports"] = Fraction(ports)
    if kind == "LoadBalancer":
        found["services.loadbalancers"] = ONE
    return found


SERVICE = Kind(
    group="",
    name="Service",
    plural="services",
    quota_usage=quota_usage,
    short_names=("svc",),
    categories=("all",),
    collections_since=23,
    subresources=(
        Subresource(
            "proxy",
            verbs=("create", "delete", "get", "patch", "update"),
            kind="ServiceProxyOptions",
            takes_path=True,
        ),
        STATUS,
    ),
    set_defaults=set_defaults,
    initial_status=lambda obj: {"loadBalancer": {}},
    name_rule=name_rule,
    prepare_for_update=drop_unused_fields,
    validate=validate,
    versioned_updates_until=20,
    allocate=allocate_addresses,
    printer=printer(cells, "Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", wide=("Selector",)),
    selectable_fields=(SelectableField("spec.clusterIP"), SelectableField("spec.type")),
    list_types={("spec", "ports"): keyed("port", "protocol", protocol="TCP")},
)
