"""Rules of services, endpoints, ingresses and network policies."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from runner.practice.kinds.container_rules import PROTOCOLS
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import selector
from runner.practice.machinery.validation.problems import Object, Problems, Raw

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")


def service(problems: Problems, obj: Object, old: Object | None) -> None:
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
            _outside(problems, at, one)
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


FAMILIES_SINCE = 21


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


def _outside(problems: Problems, at: str, text: str) -> None:
    """An address that is not the machine's own."""
    address = ipaddress.ip_address(text)
    for holds, why in (
        (address.is_unspecified, f"may not be unspecified ({text})"),
        (address.is_loopback, "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        (address.is_link_local, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
        (
            address.is_multicast and str(address).startswith(("224.0.0.", "ff02")),
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
        ),
    ):
        if holds:
            problems.invalid(at, text, why)


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
                told = Raw("[" + " ".join(ranges) + "]")
                why = "must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24"
                problems.invalid("spec.LoadBalancerSourceRanges", told, why)
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
            told = Raw(f'core.ServicePort{{Name:"", Protocol:"{pair[1]}", Port:{pair[0]}, NodePort:0}}')
            problems.duplicate(here, told)
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


def _own_address(problems: Problems, at: str, text: str) -> None:
    """An address of an endpoint."""
    if not names.is_ip(text):
        problems.invalid(at, text, names.IP_WORDS)
    else:
        _outside(problems, at, text)


def endpoints(problems: Problems, obj: Object, old: Object | None) -> None:
    for index, subset in enumerate(obj.get("subsets") or ()):
        here = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            problems.required(here, "must specify `addresses` or `notReadyAddresses`")
        for field in ("addresses", "notReadyAddresses"):
            for number, address in enumerate(subset.get(field) or ()):
                at = f"{here}.{field}[{number}]"
                _own_address(problems, f"{at}.ip", address.get("ip", ""))
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


SLICE_NODES_SINCE = 21


def endpoint_slice(problems: Problems, obj: Object, old: Object | None) -> None:
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
                _outside(problems, here, text)
    if one.get("nodeName") is not None and problems.minor >= SLICE_NODES_SINCE:
        names.check(problems, f"{at}.nodeName", one["nodeName"], names.subdomain(one["nodeName"]))
    for key, value in sorted((one.get("deprecatedTopology") or {}).items()):
        names.check(problems, f"{at}.topology", key, names.qualified(key))
        names.check(problems, f"{at}.topology", value, names.label_value(value))
    if one.get("hostname") is not None:
        names.check(problems, f"{at}.hostname", one["hostname"], names.label(one["hostname"]))


def ingress(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        why = "either `defaultBackend` or `rules` must be specified"
        problems.invalid("spec", Raw("[]networking.IngressRule(nil)"), why)
    if spec.get("defaultBackend") is not None:
        _backend(problems, "spec.defaultBackend", spec["defaultBackend"])
    _tls_and_class(problems, obj, old)
    for index, rule in enumerate(spec.get("rules") or ()):
        here, host = f"spec.rules[{index}]", rule.get("host")
        if host:
            if names.is_ip(host):
                problems.invalid(f"{here}.host", host, "must be a DNS name, not an IP address")
            words = names.wildcard(host) if "*" in host else names.subdomain(host)
            names.check(problems, f"{here}.host", host, words)
        paths = (rule.get("http") or {}).get("paths")
        if rule.get("http") is not None and not paths:
            problems.required(f"{here}.http.paths")
        for number, path in enumerate(paths or ()):
            _path(problems, f"{here}.http.paths[{number}]", path)


def _tls_and_class(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    for index, one in enumerate(spec.get("tls") or ()):
        for number, host in enumerate(one.get("hosts") or ()):
            words = names.wildcard(host) if "*" in host else names.subdomain(host)
            names.check(problems, f"spec.tls[{index}].hosts[{number}]", host, words)
        if one.get("secretName") and problems.version != "v1beta1":
            names.check(
                problems,
                f"spec.tls[{index}].secretName",
                one["secretName"],
                names.subdomain(one["secretName"]),
            )
    if spec.get("ingressClassName") is not None:
        names.check(
            problems,
            "spec.ingressClassName",
            spec["ingressClassName"],
            names.subdomain(spec["ingressClassName"]),
        )
        if old is None and (obj["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION) is not None:
            why = "can not be set when the class field is also set"
            problems.invalid(
                f"annotations.{CLASS_ANNOTATION}", obj["metadata"]["annotations"][CLASS_ANNOTATION], why
            )


def _path(problems: Problems, here: str, path: Object) -> None:
    kind, text = path.get("pathType"), path.get("path", "")
    known = ("Exact", "ImplementationSpecific", "Prefix")
    if kind is None:
        problems.required(f"{here}.pathType", "pathType must be specified")
    elif kind not in known:
        problems.unsupported(f"{here}.pathType", kind, known)
    elif not text.startswith("/") and (kind != "ImplementationSpecific" or text):
        problems.invalid(f"{here}.path", text, "must be an absolute path")
    elif kind != "ImplementationSpecific":
        for mark in ("//", "/./", "/../", "%2f", "%2F"):
            if mark in text:
                problems.invalid(f"{here}.path", text, f"must not contain '{mark}'")
        for end in ("/..", "/."):
            if text.endswith(end):
                problems.invalid(f"{here}.path", text, f"cannot end with '{end}'")
    _backend(problems, f"{here}.backend", path.get("backend") or {})


CLASS_ANNOTATION = "kubernetes.io/ingress.class"


def _backend(problems: Problems, here: str, found: Object) -> None:
    wanted, resource = found.get("service"), found.get("resource")
    old = problems.version == "v1beta1"
    at = here if old else f"{here}.service"
    if resource is not None and wanted is not None:
        problems.invalid(here, "", "cannot set both resource and service backends")
        return
    if resource is not None:
        _local_reference(problems, f"{here}.resource", resource)
        return
    name_at = f"{here}.serviceName" if old else f"{at}.name"
    wanted = wanted or {}
    if not wanted.get("name"):
        problems.required(name_at)
    else:
        names.check(problems, name_at, wanted["name"], names.dns_1035(wanted["name"]))
    port = wanted.get("port") or {}
    port_at = f"{here}.servicePort" if old else f"{at}.port"
    if port.get("name") and port.get("number"):
        problems.invalid(here, "", "cannot set both port name & port number")
    elif port.get("name"):
        names.check(
            problems, port_at if old else f"{port_at}.name", port["name"], names.port_name(port["name"])
        )
    elif port.get("number"):
        names.port(problems, port_at if old else f"{port_at}.number", port["number"])
    else:
        problems.required(here, "port name or number is required")


def _local_reference(problems: Problems, at: str, found: Object) -> None:
    """A TypedLocalObjectReference."""
    group = found.get("apiGroup")
    if group is not None:
        names.check(problems, f"{at}.apiGroup", group, names.subdomain(group))
    for field in ("kind", "name"):
        if not found.get(field):
            problems.required(f"{at}.{field}", f"{field} is required")
        else:
            names.check(problems, f"{at}.{field}", found[field], names.path_segment(found[field]))


def ingress_class(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    controller = spec.get("controller", "")
    if not controller:
        problems.required("spec.controller")
    elif len(controller) > 250:
        problems.too_long("spec.controller", 250)
    else:
        _domain_path(problems, "spec.controller", controller)
    if spec.get("parameters") is not None:
        _local_reference(problems, "spec.parameters", spec["parameters"])
    if old is not None:
        problems.immutable("spec.controller", controller, (old.get("spec") or {}).get("controller", ""))


def _domain_path(problems: Problems, at: str, text: str) -> None:
    """`example.com/path`."""
    domain, slash, path = text.partition("/")
    if not slash or not path:
        problems.invalid(at, text, 'must be a domain-prefixed path (such as "acme.io/foo")')
    else:
        names.check(problems, at, domain, names.subdomain(domain))
        if not re.fullmatch(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+", path):
            problems.invalid(
                at, path, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"
            )


def network_policy(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    selector(problems, "spec.podSelector", spec.get("podSelector"))
    for side, field in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(side) or ()):
            at = f"spec.{side}[{index}]"
            for number, port in enumerate(rule.get("ports") or ()):
                _policy_port(problems, f"{at}.ports[{number}]", port)
            for number, peer in enumerate(rule.get(field) or ()):
                _peer(problems, f"{at}.{field}[{number}]", peer)
    kinds = spec.get("policyTypes") or ()
    if len(kinds) > 2:
        problems.invalid("spec.policyTypes", list(kinds), "may not specify more than two policyTypes")
        return
    for index, kind in enumerate(kinds):
        if kind not in ("Ingress", "Egress"):
            problems.unsupported(f"spec.policyTypes[{index}]", kind, ("Egress", "Ingress"))


def _policy_port(problems: Problems, at: str, port: Object) -> None:
    if port.get("protocol") is not None and port["protocol"] not in PROTOCOLS:
        problems.unsupported(f"{at}.protocol", port["protocol"], PROTOCOLS)
    number, end = port.get("port"), port.get("endPort")
    if number is not None:
        names.port_or_name(problems, f"{at}.port", number)
    if end is not None and problems.minor >= 21:
        if not isinstance(number, int):
            why = "may not be specified when `port` is " + (
                "not specified" if number is None else "non-numeric"
            )
            problems.invalid(f"{at}.endPort", end, why)
        elif end < number:
            problems.invalid(f"{at}.endPort", end, "must be greater than or equal to `port`")


def _peer(problems: Problems, at: str, peer: Object) -> None:
    given = [name for name in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(name) is not None]
    for name in given:
        if name == "ipBlock":
            _block(problems, f"{at}.ipBlock", peer["ipBlock"])
        else:
            selector(problems, f"{at}.{name}", peer[name])
    if not given:
        problems.required(at, "must specify a peer")
    elif "ipBlock" in given and len(given) > 1:
        problems.forbidden(at, "may not specify both ipBlock and another peer")


def _block(problems: Problems, at: str, block: Object) -> None:
    text = block.get("cidr", "")
    if not text:
        problems.required(f"{at}.cidr")
        return
    whole = _network(text)
    if whole is None:
        problems.invalid(f"{at}.cidr", text, "not a valid CIDR")
        return
    for index, inner in enumerate(block.get("except") or ()):
        here, part = f"{at}.except[{index}]", _network(inner)
        if part is None:
            problems.invalid(here, inner, "not a valid CIDR")
        elif (
            part.version != whole.version
            or part.network_address not in whole
            or part.prefixlen <= whole.prefixlen
        ):
            problems.invalid(here, inner, "must be a strict subset of `cidr`")


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None
