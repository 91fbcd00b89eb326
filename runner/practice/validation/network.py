"""Rules of services, endpoints, ingresses and network policies."""

from __future__ import annotations

import ipaddress
from typing import Any

from runner.practice.kinds.container_rules import PROTOCOLS
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import selector
from runner.practice.machinery.validation.problems import Object, Problems, Raw

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")


def service(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    kind = spec.get("type")
    if not spec.get("ports") and spec.get("clusterIP") != "None" and kind != "ExternalName":
        problems.required("spec.ports")
    if kind == "LoadBalancer" and spec.get("clusterIP") == "None":
        why = "may not be set to 'None' for LoadBalancer services"
        problems.invalid("spec.clusterIP" if problems.minor < 20 else "spec.clusterIPs[0]", "None", why)
    if kind == "ExternalName":
        if not spec.get("externalName"):
            problems.required("spec.externalName")
        else:
            names.check(
                problems,
                "spec.externalName",
                spec["externalName"],
                names.subdomain(spec["externalName"].rstrip(".")),
            )
    names.labels(problems, "spec.selector", spec.get("selector"))
    problems.one_of("spec.sessionAffinity", spec.get("sessionAffinity"), ("ClientIP", "None"))
    problems.one_of("spec.type", kind, TYPES)
    _ports(problems, spec.get("ports") or ())
    for index, one in enumerate(spec.get("externalIPs") or ()):
        if not _is_ip(one):
            problems.invalid(f"spec.externalIPs[{index}]", one, _IP)
    if old is not None:
        _same_address(problems, spec, old.get("spec") or {})


_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _ports(problems: Problems, found: Any) -> None:
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
    if not old or new == old or (new is None and problems.minor >= 20):
        return
    if problems.minor >= 20:
        field, value = "spec.clusterIPs[0]", Raw(f'[]string{{"{new or ""}"}}')
        problems.invalid(field, value, "may not change once set")
    else:
        problems.invalid("spec.clusterIP", new or "", "field is immutable")


def endpoints(problems: Problems, obj: Object, old: Object | None) -> None:
    for index, subset in enumerate(obj.get("subsets") or ()):
        here = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            problems.required(here, "must specify `addresses` or `notReadyAddresses`")
        for number, address in enumerate(subset.get("addresses") or ()):
            if not _is_ip(address.get("ip", "")):
                problems.invalid(f"{here}.addresses[{number}].ip", address.get("ip", ""), _IP)
        for number, port in enumerate(subset.get("ports") or ()):
            names.port(problems, f"{here}.ports[{number}].port", port.get("port", 0))


def ingress(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        why = "either `defaultBackend` or `rules` must be specified"
        problems.invalid("spec", Raw("[]networking.IngressRule(nil)"), why)
    if spec.get("defaultBackend"):
        _backend(problems, "spec.defaultBackend", spec["defaultBackend"])
    for index, rule in enumerate(spec.get("rules") or ()):
        here, host = f"spec.rules[{index}]", rule.get("host")
        if host:
            words = names.wildcard(host) if "*" in host else names.subdomain(host)
            names.check(problems, f"{here}.host", host, words)
        paths = (rule.get("http") or {}).get("paths")
        if rule.get("http") is not None and not paths:
            problems.required(f"{here}.http.paths")
        for number, path in enumerate(paths or ()):
            _path(problems, f"{here}.http.paths[{number}]", path)


def _path(problems: Problems, here: str, path: Object) -> None:
    kind, text = path.get("pathType"), path.get("path", "")
    known = ("Exact", "ImplementationSpecific", "Prefix")
    if kind is None:
        problems.required(f"{here}.pathType", "pathType must be specified")
    elif kind not in known:
        problems.unsupported(f"{here}.pathType", kind, known)
    elif not text.startswith("/") and (kind != "ImplementationSpecific" or text):
        problems.invalid(f"{here}.path", text, "must be an absolute path")
    _backend(problems, f"{here}.backend", path.get("backend") or {})


def _backend(problems: Problems, here: str, found: Object) -> None:
    wanted = found.get("service")
    if wanted is None and found.get("resource") is None:
        problems.required(f"{here}.service.name")
        return
    if wanted is None:
        return
    if not wanted.get("name"):
        problems.required(f"{here}.service.name")
    else:
        names.check(problems, f"{here}.service.name", wanted["name"], names.dns_1035(wanted["name"]))
    port = wanted.get("port") or {}
    if port.get("name"):
        names.check(problems, f"{here}.service.port.name", port["name"], names.port_name(port["name"]))
    elif port.get("number"):
        names.port(problems, f"{here}.service.port.number", port["number"])
    else:
        problems.required(f"{here}", "port name or number is required")


def network_policy(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    selector(problems, "spec.podSelector", spec.get("podSelector"))
    for index, kind in enumerate(spec.get("policyTypes") or ()):
        if kind not in ("Ingress", "Egress"):
            problems.unsupported(f"spec.policyTypes[{index}]", kind, ("Egress", "Ingress"))
