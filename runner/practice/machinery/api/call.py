"""A request's path and query, read as the API server reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.practice.machinery.errors import method_not_allowed, no_such_resource
from runner.practice.machinery.request_attributes import VERBS, Attributes
from runner.practice.machinery.served_resources import Registry, Resource
from runner.practice.machinery.users import User
from runner.practice.machinery.webhook_calls import WebhookAnswers


@dataclass(frozen=True, slots=True)
class Call:
    """What one request targets. `namespace` is "" for cluster-scoped resources and for all namespaces."""

    verb: str  # get, list, watch, create, update, patch, delete, deletecollection
    resource: Resource
    version: str
    namespace: str
    name: str
    subresource: str
    rest: str  # the path behind a proxy
    query: Mapping[str, str]
    headers: Mapping[str, str]
    method: str
    user: User
    webhooks: WebhookAnswers = field(default_factory=WebhookAnswers)
    """The webhooks' answers so far."""

    @property
    def api_version(self) -> str:
        return self.resource.api_version(self.version)

    @property
    def key(self) -> str:
        """The key that names the resource in sentences: "pods", "deployments.apps"."""
        return self.resource.key

    def attributes(self, verb: str) -> Attributes:
        """What the right to do `verb` with the same object is asked for with."""
        resource = self.resource
        return Attributes(verb, resource.group, resource.plural, self.subresource, self.namespace, self.name)

    @property
    def dry_run(self) -> bool:
        return "dryRun" in self.query

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")


def read_call(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    registry: Registry,
    user: User,
) -> Call:
    """The call at `path` (below /api or /apis). Raises ApiError if nothing answers there."""
    group, version, parts = _group_version(path)
    namespace, plural, name, rest = _split(parts, registry.scope)
    resource = registry.find(group, version, plural)
    if resource is None or (namespace and not resource.namespaced):
        raise no_such_resource(known_group=any(one.group == group for one in registry))
    subresource, behind = (rest[0], "/".join(rest[1:])) if rest else ("", "")
    served = resource.subresource(subresource, version)
    if subresource and (served is None or (behind and not served.takes_path)):
        raise no_such_resource(known_group=True)
    if behind and path.endswith("/"):
        behind += "/"
    verb = _verb(method, name, query)
    if not subresource and (verb not in resource.verbs or (verb == "create" and name)):
        raise method_not_allowed()
    return Call(verb, resource, version, namespace, name, subresource, behind, query, headers, method, user)


def _group_version(path: str) -> tuple[str, str, list[str]]:
    parts = [part for part in path.split("/") if part]
    if parts[0] == "api" and len(parts) > 2:
        return "", parts[1], parts[2:]
    if parts[0] == "apis" and len(parts) > 3:
        return parts[1], parts[2], parts[3:]
    raise no_such_resource()


def _split(parts: list[str], scope: Resource | None) -> tuple[str, str, str, list[str]]:
    """(namespace, plural, name, what follows) of the path behind the version."""
    namespace = ""
    # /namespaces/x and /namespaces/x/status are the namespace itself; /namespaces/x/pods is what it holds.
    if scope and parts[0] == scope.plural and len(parts) > 2 and not scope.has(parts[2]):
        namespace, parts = parts[1], parts[2:]
    return namespace, parts[0], parts[1] if len(parts) > 1 else "", parts[2:]


def _verb(method: str, name: str, query: Mapping[str, str]) -> str:
    verb = VERBS.get(method)
    if verb is None:
        raise method_not_allowed()
    if verb == "get" and query.get("watch", "").lower() in ("1", "true"):
        return "watch"
    if not name:
        return {"get": "list", "delete": "deletecollection"}.get(verb, verb)
    return verb
