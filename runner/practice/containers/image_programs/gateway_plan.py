"""What a Gateway routes where, by the rules of the Gateway API (gateway-api.sigs.k8s.io, HTTPRoute)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import re2

from runner.practice.containers.label_matching import selects
from runner.practice.containers.network_messages import Request

Object = Mapping[str, Any]
GROUP = "gateway.networking.k8s.io"
HTTP, HTTPS = "HTTP", "HTTPS"


@dataclass(frozen=True, slots=True)
class Backend:
    namespace: str
    name: str
    port: int
    weight: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of an HTTPRoute for one of its matches. `age` orders routes that fit equally well."""

    hostnames: tuple[str, ...]
    match: Object
    filters: Sequence[Object]
    backends: Sequence[Backend]
    age: tuple[str, str]

    def takes(self, request: Request) -> bool:
        path = self.match.get("path") or {}
        headers, query = (
            self.match.get("headers") or (),
            dict(parse_qsl(request.query, keep_blank_values=True)),
        )
        return (
            _path_fits(path.get("type", "PathPrefix"), path.get("value", "/"), request.path)
            and self.match.get("method") in (None, request.method)
            and all(_fits(each, request.header(each["name"]) or None) for each in headers)
            and all(_fits(each, query.get(each["name"])) for each in self.match.get("queryParams") or ())
        )

    @property
    def rank(self) -> tuple[Any, ...]:
        """The smallest goes first: exact paths, the longest prefix, a method, most headers, most parameters, the oldest."""
        path = self.match.get("path") or {}
        kind, value = path.get("type", "PathPrefix"), path.get("value", "/")
        return (
            kind != "Exact",
            -len(value),
            "method" not in self.match,
            -len(self.match.get("headers") or ()),
            -len(self.match.get("queryParams") or ()),
            self.age,
        )


@dataclass(slots=True)
class PlannedListener:
    """One listener of a Gateway, with what was found of it."""

    name: str
    port: int
    protocol: str
    hostname: str
    secret: tuple[str, str] | None = None
    """(namespace, name) of the certificate's Secret."""
    routes: int = 0
    rules: list[Rule] = field(default_factory=list)
    problem: tuple[str, str] | None = None
    """(reason, message) why it does not work."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What else there is. `services` by (namespace, name) with the numbers of their ports; `namespaces` with labels."""

    services: Mapping[tuple[str, str], Sequence[int]]
    namespaces: Mapping[str, Mapping[str, str]]
    grants: Sequence[Object] = ()
    """ReferenceGrants."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What becomes of a route at one of its parents: each (reason, message)."""

    parent: Object
    accepted: tuple[str, str] = ("Accepted", "The Route is accepted")
    resolved: tuple[str, str] = ("ResolvedRefs", "All references are resolved")


def planned_listeners(gateway: Object) -> list[PlannedListener]:
    """Those of a Gateway, without routes."""
    found: list[PlannedListener] = []
    for each in gateway["spec"].get("listeners") or ():
        made = PlannedListener(each["name"], each["port"], each["protocol"], each.get("hostname", ""))
        if made.protocol not in (HTTP, HTTPS):
            made.problem = ("UnsupportedProtocol", f"Protocol {made.protocol} is not supported here")
        elif made.protocol == HTTPS:
            references = (each.get("tls") or {}).get("certificateRefs") or ()
            if references:
                home = references[0].get("namespace") or gateway["metadata"]["namespace"]
                made.secret = (home, references[0]["name"])
            else:
                made.problem = ("InvalidCertificateRef", "certificateRefs must name a Secret")
        for other in found:
            same = (other.port, other.hostname) == (made.port, made.hostname)
            if same or (other.port == made.port and other.protocol != made.protocol):
                made.problem = (
                    "HostnameConflict" if same else "ProtocolConflict",
                    "Another listener has this port",
                )
        found.append(made)
    return found


def attach(
    gateway: Object, listeners: Sequence[PlannedListener], route: Object, cluster: Cluster
) -> list[Attached]:
    """Put an HTTPRoute's rules onto the listeners that take them; gives what becomes of it at each parent of this Gateway."""
    found = []
    home, meta = route["metadata"]["namespace"], gateway["metadata"]
    for parent in route["spec"].get("parentRefs") or ():
        named = (parent.get("namespace") or home, parent["name"])
        is_gateway = parent.get("kind", "Gateway") == "Gateway" and parent.get("group", GROUP) == GROUP
        if not is_gateway or named != (meta["namespace"], meta["name"]):
            continue
        meant = [
            each
            for each in listeners
            if parent.get("sectionName") in (None, each.name) and parent.get("port") in (None, each.port)
        ]
        found.append(_at_parent(gateway, parent, meant, route, cluster))
    return found


def _at_parent(
    gateway: Object, parent: Object, meant: Sequence[PlannedListener], route: Object, cluster: Cluster
) -> Attached:
    if not meant:
        return Attached(parent, ("NoMatchingParent", "No listener of the Gateway has that name or port"))
    allowing = [each for each in meant if _allows(gateway, each.name, route, cluster)]
    if not allowing:
        return Attached(
            parent, ("NotAllowedByListeners", "The Gateway's listeners don't allow Routes of this namespace")
        )
    written = route["spec"].get("hostnames") or ()
    backends_problem = None
    taken = False
    for listener in allowing:
        hostnames = _common(listener.hostname, written)
        if hostnames is None or listener.problem:
            continue
        taken = True
        listener.routes += 1
        for rule in route["spec"].get("rules") or ():
            backends, problem = _backends(rule, route, cluster)
            backends_problem = backends_problem or problem
            matches: Sequence[Object] = rule.get("matches") or ({},)
            for match in matches:
                age = (str(route["metadata"].get("creationTimestamp", "")), route["metadata"]["name"])
                listener.rules.append(Rule(hostnames, match, rule.get("filters") or (), backends, age))
    if not taken:
        return Attached(parent, ("NoMatchingListenerHostname", "No hostname of the Route fits a listener's"))
    return Attached(parent, resolved=backends_problem) if backends_problem else Attached(parent)


def _allows(gateway: Object, name: str, route: Object, cluster: Cluster) -> bool:
    listener = next(each for each in gateway["spec"]["listeners"] if each["name"] == name)
    allowed = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
    home = route["metadata"]["namespace"]
    if allowed.get("from", "Same") == "All":
        return True
    if allowed.get("from") == "Selector":
        return selects(allowed.get("selector") or {}, cluster.namespaces.get(home, {}))
    return bool(home == gateway["metadata"]["namespace"])


def _common(listener: str, written: Sequence[str]) -> tuple[str, ...] | None:
    """The hostnames that both have; () for any; None if there is none."""
    if not written:
        return (listener,) if listener else ()
    if not listener:
        return tuple(written)
    found = tuple(
        each if _covers(listener, each) else listener
        for each in written
        if _covers(listener, each) or _covers(each, listener)
    )
    return found or None


def _covers(pattern: str, name: str) -> bool:
    return pattern == name or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _backends(rule: Object, route: Object, cluster: Cluster) -> tuple[list[Backend], tuple[str, str] | None]:
    home = route["metadata"]["namespace"]
    found, problem = [], None
    for each in rule.get("backendRefs") or ():
        namespace = each.get("namespace") or home
        if each.get("kind", "Service") != "Service":
            problem = ("InvalidKind", f"The kind {each['kind']} is not supported")
            continue
        if namespace != home and not _granted(home, namespace, each["name"], cluster.grants):
            problem = ("RefNotPermitted", f"No ReferenceGrant allows the Service {namespace}/{each['name']}")
            continue
        if (namespace, each["name"]) not in cluster.services:
            problem = ("BackendNotFound", f"The Service {namespace}/{each['name']} does not exist")
        found.append(Backend(namespace, each["name"], int(each.get("port") or 0), int(each.get("weight", 1))))
    return found, problem


def _granted(home: str, namespace: str, name: str, grants: Iterable[Object]) -> bool:
    return any(
        each["metadata"]["namespace"] == namespace
        and any(
            a.get("kind") == "HTTPRoute" and a.get("namespace") == home
            for a in each["spec"].get("from") or ()
        )
        and any(
            a.get("kind") == "Service" and a.get("name") in (None, name) for a in each["spec"].get("to") or ()
        )
        for each in grants
    )


def find_rule(listeners: Iterable[PlannedListener], port: int, host: str, request: Request) -> Rule | None:
    """The rule for a request: the most specific hostname first, then `Rule.rank`."""
    name = re.sub(r":\d+$", "", host).lower()
    on_port = [each for each in listeners if each.port == port and not each.problem]
    fitting = [
        (_host_rank(rule.hostnames, name), rule.rank, number, rule)
        for each in on_port
        for number, rule in enumerate(each.rules)
        if _host_rank(rule.hostnames, name) is not None and rule.takes(request)
    ]
    return min(fitting, key=lambda one: one[:3])[3] if fitting else None


def _host_rank(hostnames: tuple[str, ...], name: str) -> int | None:
    """Less for a better fit; None if none fits."""
    if not hostnames:
        return 0
    ranks = [
        -1000 if each.lower() == name else -len(each) for each in hostnames if _covers(each.lower(), name)
    ]
    return min(ranks) if ranks else None


def _path_fits(kind: str, value: str, path: str) -> bool:
    if kind == "Exact":
        return path == value
    if kind == "RegularExpression":
        return _is_like(value, path)
    below = value.rstrip("/")
    return path == below or path.startswith(f"{below}/")


def _fits(match: Object, value: str | None) -> bool:
    if value is None:
        return False
    if match.get("type") == "RegularExpression":
        return _is_like(match["value"], value)
    return bool(value == match["value"])


def _is_like(pattern: str, text: str) -> bool:
    """In linear time: the pattern is a manifest's. One that is none fits nothing."""
    try:
        return re2.fullmatch(pattern, text) is not None
    except re2.error:
        return False
