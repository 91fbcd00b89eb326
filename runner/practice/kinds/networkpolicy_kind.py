"""NetworkPolicy: which traffic pods accept and send."""

from __future__ import annotations

import ipaddress
from typing import Any

from runner.practice.kinds.container_rules import PROTOCOLS
from runner.practice.kinds.default_values import fill
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.tables.cells import selector
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import selector as label_selector
from runner.practice.machinery.validation.problems import Problems


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, podSelector={})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for rule in [*(spec.get("ingress") or ()), *(spec.get("egress") or ())]:
        for port in rule.get("ports") or ():
            fill(port, protocol="TCP")


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    label_selector(problems, "spec.podSelector", spec.get("podSelector"))
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
            label_selector(problems, f"{at}.{name}", peer[name])
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


def cells(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], selector((obj.get("spec") or {}).get("podSelector")), view.age(obj)]


NETWORK_POLICY = Kind(
    group="networking.k8s.io",
    name="NetworkPolicy",
    plural="networkpolicies",
    short_names=("netpol",),
    set_defaults=set_defaults,
    validate=validate,
    generation_since=0,
    printer=printer(cells, "Name", "Pod-Selector", "Age"),
    required_in={("spec", "podSelector"): (0, 33)},
)
