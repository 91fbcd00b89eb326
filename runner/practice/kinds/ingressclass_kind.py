"""IngressClass: which controller serves an Ingress."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.machinery.kind import Kind, Version
from runner.practice.machinery.tables.cells import NONE
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Problems


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


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
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


def cells(obj: Object, view: View) -> list[Any]:
    spec = obj.get("spec") or {}
    found, shown = spec.get("parameters"), NONE
    if found:
        group = f".{found['apiGroup']}" if found.get("apiGroup") else ""
        shown = f"{found.get('kind', '')}{group}/{found.get('name', '')}"
    return [obj["metadata"]["name"], spec.get("controller", ""), shown, view.age(obj)]


INGRESS_CLASS = Kind(
    group="networking.k8s.io",
    name="IngressClass",
    plural="ingressclasses",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    namespaced=False,
    validate=validate,
    generation_since=0,
    printer=printer(cells, "Name", "Controller", "Parameters", "Age"),
)
