"""Which Service an Ingress sends a request to, by the rules of ingress-nginx."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import re2

from runner.practice.containers.network_messages import Request

Ingress = Mapping[str, Any]
PREFIX = "nginx.ingress.kubernetes.io/"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
ANY_HOST = "_"


@dataclass(frozen=True, slots=True)
class Location:
    """One path of an Ingress, and the Service behind it."""

    path: str
    kind: Literal["Exact", "Prefix", "ImplementationSpecific"]
    ingress: Ingress
    service: str
    port: int | str
    tls: bool = False

    @property
    def namespace(self) -> str:
        return str(self.ingress["metadata"]["namespace"])

    def annotation(self, name: str, default: str = "") -> str:
        return str((self.ingress["metadata"].get("annotations") or {}).get(PREFIX + name, default))

    @property
    def is_regex(self) -> bool:
        return self.annotation("use-regex") == "true" or bool(self.annotation("rewrite-target"))

    def fits(self, path: str, *, regex: bool) -> bool:
        if regex:
            return _match(self.path, path) is not None
        if self.kind == "Exact":
            return path == self.path
        if self.kind == "Prefix":
            below = self.path.rstrip("/")
            return path == below or path.startswith(f"{below}/")
        return path.startswith(self.path)

    def rewritten(self, path: str) -> str:
        """The path that the Service gets: with rewrite-target that one, with what the groups of the path caught."""
        target = self.annotation("rewrite-target")
        found = _match(self.path, path) if target else None
        if found is None:
            return path
        groups = found.groups()

        def caught(number: re.Match[str]) -> str:
            at = int(number[1])
            return (groups[at - 1] or "") if at <= len(groups) else ""

        return re.sub(r"\$(\d)", caught, target)


@dataclass(slots=True)
class Server:
    """The locations of a host."""

    locations: list[Location] = field(default_factory=list)
    canaries: list[Location] = field(default_factory=list)
    fallback: Location | None = None
    """Of an Ingress' defaultBackend."""

    def find(self, request: Request) -> Location | None:
        """As nginx chooses: regular expressions by length; else exact ones, then the longest."""
        regex = any(each.is_regex for each in self.locations)
        exact_first = sorted(
            self.locations, key=lambda each: (regex or each.kind != "Exact", -len(each.path))
        )
        found = next((each for each in exact_first if each.fits(request.path, regex=regex)), self.fallback)
        for canary in self.canaries:
            if found and (canary.path, canary.kind) == (found.path, found.kind) and _takes(canary, request):
                return canary
        return found


def servers(
    ingresses: Iterable[Ingress],
    classes: Sequence[Mapping[str, Any]],
    controller: str,
    class_name: str,
    *,
    any_class: bool,
) -> dict[str, Server]:
    """By host, for the Ingresses of that controller's classes; "_" for any. The oldest Ingress wins a path."""
    found: dict[str, Server] = {ANY_HOST: Server()}
    ours = {each["metadata"]["name"] for each in classes if each["spec"].get("controller") == controller}
    chosen = [each for each in ingresses if is_ours(each, ours, class_name, any_class=any_class)]
    for ingress in sorted(chosen, key=lambda each: str(each["metadata"].get("creationTimestamp", ""))):
        spec = ingress["spec"]
        secured = {host for each in spec.get("tls") or () for host in each.get("hosts") or ()}
        default = _location("/", "Prefix", ingress, spec.get("defaultBackend") or {}, tls=False)
        hosts = [rule.get("host") or ANY_HOST for rule in spec.get("rules") or ()] or [ANY_HOST]
        for host in hosts:
            server = found.setdefault(host, Server())
            server.fallback = server.fallback or default
        for rule in spec.get("rules") or ():
            host = rule.get("host") or ANY_HOST
            for path in (rule.get("http") or {}).get("paths") or ():
                kind = path.get("pathType") or "ImplementationSpecific"
                made = _location(path.get("path") or "/", kind, ingress, path["backend"], tls=host in secured)
                if made is not None:
                    _add(found[host], made)
    return found


def _add(server: Server, made: Location) -> None:
    kept = server.canaries if made.annotation("canary") == "true" else server.locations
    if all((each.path, each.kind) != (made.path, made.kind) for each in kept):
        kept.append(made)


def is_ours(ingress: Ingress, classes: set[str], class_name: str, *, any_class: bool) -> bool:
    """Whether a controller serves it: by its class, or the annotation from before there were classes."""
    named = ingress["spec"].get("ingressClassName")
    annotated = (ingress["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
    if annotated:
        return bool(annotated == class_name)
    return named in classes if named else any_class


def server_of(found: Mapping[str, Server], host: str) -> Server:
    """The server of a Host header: its own, a wildcard's, or that of any host."""
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    if name.lower() in found:
        return found[name.lower()]
    parts = name.lower().split(".")
    for at in range(1, len(parts)):
        if wild := found.get(".".join(["*", *parts[at:]])):
            return wild
    return found[ANY_HOST]


def _location(
    path: str, kind: Any, ingress: Ingress, backend: Mapping[str, Any], *, tls: bool
) -> Location | None:
    service = backend.get("service") or {}
    port = service.get("port") or {}
    if not service:
        return None
    return Location(path, kind, ingress, service["name"], port.get("number") or port.get("name", ""), tls)


def _takes(canary: Location, request: Request) -> bool:
    """Whether a canary gets the request: by its header first, then by its weight."""
    name, wanted = canary.annotation("canary-by-header"), canary.annotation("canary-by-header-value")
    given = request.header(name) if name else ""
    if given and (given == wanted if wanted else given == "always"):
        return True
    if given == "never" and not wanted:
        return False
    weight = canary.annotation("canary-weight", "0")
    total = canary.annotation("canary-weight-total", "100")
    return random.random() * float(total or 100) < float(weight or 0)  # noqa: S311 (a share, no secret)


def _match(pattern: str, path: str) -> re.Match[str] | None:
    """In linear time: the pattern is a manifest's. One that is none fits nothing."""
    try:
        found: re.Match[str] | None = re2.match(f"(?i){pattern}", path)
    except re2.error:
        return None
    return found
