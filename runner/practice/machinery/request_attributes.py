"""The authorization attributes of a request, from its path alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runner.practice.machinery.served_resources import Resource

VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Attributes:
    """`path` is set where the request names no resource, and then nothing else but the verb."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        """`pods`, `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def asked_for(method: str, path: str, query: Mapping[str, str], scope: Resource | None) -> Attributes:
    """As k8s.io/apiserver's `request.RequestInfo` reads a request: no resource needs to exist for it.

    `scope` is the resource whose objects others live in.
    """
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        group, parts = "", parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, parts = parts[1], parts[3:]
    else:
        return Attributes(method.lower(), path=path)
    verb, namespace = VERBS.get(method, ""), ""
    if scope and parts[0] == scope.plural and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and not scope.has(parts[2]):
            parts = parts[2:]
    name = parts[1] if len(parts) > 1 else ""
    subresource = parts[2] if len(parts) > 2 else ""
    if not name and verb == "get":
        verb = "watch" if query.get("watch", "").lower() in ("1", "true") else "list"
        name = _named_by(query.get("fieldSelector", ""))
    elif not name and verb == "delete":
        verb, name = "deletecollection", _named_by(query.get("fieldSelector", ""))
    return Attributes(verb, group, parts[0], subresource, namespace, name)


def _named_by(selector: str) -> str:
    """The one name that a field selector lets through; "" for any other."""
    for part in selector.split(","):
        field, _, name = part.replace("==", "=").partition("=")
        if field == "metadata.name" and "/" not in name:
            return name
    return ""
