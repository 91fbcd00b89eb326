"""VirtualServices with full names, and with what they delegate to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runner.practice.mesh.mesh_view import Json, MeshConfig
from runner.practice.mesh.translation.host_names import full_name
from runner.practice.mesh.translation.ineffective import Ineffective
from runner.practice.mesh.translation.service_registry import exported_to

MESH = "mesh"
"""The gateway that stands for all sidecars."""


@dataclass(frozen=True, slots=True)
class HttpRule:
    """One of `http`, its gateways named in full."""

    spec: Json
    namespace: str
    """Of the VirtualService that it is written in: destinations are named from there."""


@dataclass(frozen=True, eq=False)
class VirtualService:
    """One that has hosts."""

    obj: Json
    name: str
    namespace: str
    hosts: tuple[str, ...]
    gateways: frozenset[str]
    http: tuple[HttpRule, ...]
    tcp: tuple[Json, ...]
    tls: tuple[Json, ...]
    export_to: frozenset[str]

    def visible_in(self, namespace: str) -> bool:
        """Whether it says anything to proxies of `namespace`."""
        return exported_to(self.export_to, self.namespace, namespace)


def virtual_services(
    objects: Iterable[Json], config: MeshConfig, ineffective: Ineffective
) -> list[VirtualService]:
    """Those with hosts, the oldest first."""
    ordered = sorted(objects, key=age)
    delegates = {
        (obj["metadata"]["namespace"], obj["metadata"]["name"]): obj
        for obj in ordered
        if not (obj.get("spec") or {}).get("hosts")
    }
    default: list[str] = config.settings.get("defaultVirtualServiceExportTo") or ["*"]
    found = []
    for obj in ordered:
        with ineffective.guard(obj):
            spec = obj.get("spec") or {}
            if spec.get("hosts"):
                found.append(_virtual_service(obj, spec, delegates, default, ineffective))
    return found


def age(obj: Json) -> tuple[str, str, str]:
    """What decides between two objects that say different things: the older one, then by name."""
    metadata = obj["metadata"]
    return (metadata.get("creationTimestamp") or "", metadata.get("name", ""), metadata.get("namespace", ""))


def _virtual_service(
    obj: Json,
    spec: Json,
    delegates: dict[tuple[str, str], Json],
    default: list[str],
    ineffective: Ineffective,
) -> VirtualService:
    """Of one object."""
    namespace = obj["metadata"]["namespace"]
    rules: list[HttpRule] = []
    for rule in spec.get("http") or []:
        delegate = rule.get("delegate")
        if delegate:
            rules += _delegated(obj, rule, delegate, delegates, default, ineffective)
        else:
            rules.append(HttpRule(_with_gateways(rule, namespace), namespace))
    return VirtualService(
        obj=obj,
        name=obj["metadata"]["name"],
        namespace=namespace,
        hosts=tuple(full_name(host, namespace) for host in spec["hosts"]),
        gateways=frozenset(gateway_name(gateway, namespace) for gateway in spec.get("gateways") or [MESH]),
        http=tuple(rules),
        tcp=tuple(_with_gateways(rule, namespace) for rule in spec.get("tcp") or []),
        tls=tuple(_with_gateways(rule, namespace) for rule in spec.get("tls") or []),
        export_to=frozenset(spec.get("exportTo") or default),
    )


def gateway_name(name: str, namespace: str) -> str:
    """As "<namespace>/<name>"; "mesh" stays."""
    if name == MESH or "/" in name:
        return name if not name.startswith("./") else f"{namespace}/{name[2:]}"
    parts = name.split(".")
    return f"{parts[1]}/{parts[0]}" if len(parts) > 1 else f"{namespace}/{name}"


def _with_gateways(rule: Json, namespace: str) -> Json:
    """The rule with the gateways of its matches in full."""
    matches = rule.get("match") or []
    if not any(match.get("gateways") for match in matches):
        return rule
    named = [
        {**match, "gateways": [gateway_name(gateway, namespace) for gateway in match["gateways"]]}
        if match.get("gateways")
        else match
        for match in matches
    ]
    return {**rule, "match": named}


def _delegated(
    root: Json,
    rule: Json,
    delegate: Json,
    delegates: dict[tuple[str, str], Json],
    default: list[str],
    ineffective: Ineffective,
) -> list[HttpRule]:
    """The rules of the VirtualService that `rule` names, each as far as `rule` lets it."""
    own = root["metadata"]["namespace"]
    namespace = delegate.get("namespace") or own
    found = delegates.get((namespace, delegate["name"]))
    if found is None:
        ineffective.add(root, f"delegate virtual service {namespace}/{delegate['name']} not found")
        return []
    spec = found.get("spec") or {}
    if not exported_to(frozenset(spec.get("exportTo") or default), namespace, own):
        ineffective.add(
            root, f"delegate virtual service {namespace}/{delegate['name']} is not exported to {own}"
        )
        return []
    rules = []
    for inner in spec.get("http") or []:
        matches = _merged_matches(rule.get("match") or [], inner.get("match") or [])
        if matches is None:
            ineffective.add(found, f"a route conflicts with the match of {own}/{root['metadata']['name']}")
            continue
        merged = {key: rule[key] for key in _INHERITED if key in rule} | inner
        names = [name for name in (rule.get("name"), inner.get("name")) if name]
        merged |= {"match": matches, **({"name": "-".join(names)} if names else {})}
        rules.append(HttpRule(_with_gateways(merged, namespace), namespace))
    return rules


_INHERITED = (
    "rewrite",
    "timeout",
    "retries",
    "fault",
    "mirror",
    "mirrorPercent",
    "mirrorPercentage",
    "mirrors",
    "corsPolicy",
    "headers",
)
"""What a delegate's route takes from the route that leads to it, where it has none."""

_MAPS = ("headers", "withoutHeaders", "queryParams")


def _merged_matches(outer: list[Json], inner: list[Json]) -> list[Json] | None:
    """Every inner match within each outer one that it does not contradict; None if one fits nowhere."""
    if not outer or not inner:
        return outer or inner
    merged = []
    for match in inner:
        fitting = [_merged_match(wider, match) for wider in outer if not _contradict(wider, match)]
        if not fitting:
            return None
        merged += fitting
    return merged


def _merged_match(outer: Json, inner: Json) -> Json:
    """Both."""
    merged: dict[str, Any] = {**outer, **inner}
    for key in (*_MAPS, "sourceLabels"):
        if outer.get(key) or inner.get(key):
            merged[key] = {**(outer.get(key) or {}), **(inner.get(key) or {})}
    names = [name for name in (outer.get("name"), inner.get("name")) if name]
    if names:
        merged["name"] = "-".join(names)
    return merged


def _contradict(outer: Json, inner: Json) -> bool:
    """Whether nothing can meet both."""
    pairs = [(outer.get(key), inner.get(key)) for key in ("uri", "scheme", "method", "authority")]
    for key in _MAPS:
        known = outer.get(key) or {}
        pairs += [(known.get(name), value) for name, value in (inner.get(key) or {}).items()]
    if any(_strings_contradict(wide, narrow) for wide, narrow in pairs):
        return True
    if bool(outer.get("ignoreUriCase")) != bool(inner.get("ignoreUriCase")):
        return True
    if outer.get("port") and inner.get("port") and outer["port"] != inner["port"]:
        return True
    if outer.get("sourceNamespace") and inner.get("sourceNamespace") != outer["sourceNamespace"]:
        return True
    labels = outer.get("sourceLabels") or {}
    if any(labels.get(name, value) != value for name, value in (inner.get("sourceLabels") or {}).items()):
        return True
    gateways = outer.get("gateways")
    return bool(gateways and inner.get("gateways") and not set(inner["gateways"]) <= set(gateways))


def _strings_contradict(wide: Json | None, narrow: Json | None) -> bool:
    """Whether `narrow` is no part of `wide`: a prefix may be narrowed; nothing is known of regular expressions."""
    if not wide or not narrow:
        return False
    if "regex" in wide or "regex" in narrow:
        return True
    if "exact" in wide:
        return bool(narrow.get("exact") != wide["exact"])
    value = str(narrow.get("exact") or narrow.get("prefix") or "")
    return not value.startswith(str(wide.get("prefix", "")))
