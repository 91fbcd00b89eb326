"""Ingress: rules by which HTTP requests from outside reach Services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner.practice.kinds.external_addresses import addresses
from runner.practice.machinery.kind import FOREVER, STATUS, Conversion, Kind, Version
from runner.practice.machinery.tables.cells import NONE, SHOWN, cut
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Problems, Raw

Convert = Callable[[Object], Object]


def _old_backend(backend: Object) -> Object:
    service = backend.pop("service", None)
    if service:
        port = service.get("port", {})
        backend["serviceName"] = service.get("name", "")
        backend["servicePort"] = port.get("number") or port.get("name", 0)
    return backend


def _new_backend(backend: Object) -> Object:
    name, port = backend.pop("serviceName", None), backend.pop("servicePort", None)
    if name is not None:
        backend["service"] = {"name": name}
        if port is not None:
            backend["service"]["port"] = {"number" if isinstance(port, int) else "name": port}
    return backend


def _converted(convert: Convert, old: str, new: str) -> Convert:
    def change(obj: Object) -> Object:
        spec = obj.get("spec") or {}
        if old in spec:
            spec[new] = convert(spec.pop(old))
        for rule in spec.get("rules") or ():
            for path in (rule.get("http") or {}).get("paths") or ():
                if "backend" in path:
                    path["backend"] = convert(path["backend"])
        return obj

    return change


def v1beta1_to_storage(obj: Object) -> Object:
    obj = _converted(_new_backend, "backend", "defaultBackend")(obj)
    for rule in (obj.get("spec") or {}).get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            path.setdefault("pathType", "ImplementationSpecific")
    return obj


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
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


def cells(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    rules = spec.get("rules") or ()
    hosts = [rule["host"] for rule in rules if rule.get("host")]
    return [
        obj["metadata"]["name"],
        spec.get("ingressClassName") or NONE,
        cut(hosts[:SHOWN], empty="*", count=len(rules) if len(hosts) >= SHOWN else len(hosts)),
        ",".join(addresses(obj.get("status") or {})),
        "80, 443" if spec.get("tls") else "80",
        view.age(obj),
    ]


CONVERSION = Conversion(v1beta1_to_storage, _converted(_old_backend, "defaultBackend", "backend"))
"""The same for extensions/v1beta1."""

INGRESS_PRINTER = printer(cells, "Name", "Class", "Hosts", "Address", "Ports", "Age")

INGRESS = Kind(
    group="networking.k8s.io",
    name="Ingress",
    plural="ingresses",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    short_names=("ing",),
    subresources=(STATUS,),
    conversions={"v1beta1": CONVERSION},
    initial_status=lambda obj: {"loadBalancer": {}},
    validate=validate,
    generation_since=0,
    printer=INGRESS_PRINTER,
    required_in={("spec", "rules", "http", "paths", "pathType"): (22, FOREVER)},
)
