"""The paths of /openapi/v2: every operation that is served, computed from the resources and their verbs.

In the form of a real API server's document: what may be asked, with which parameters, what is answered, and of which kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from runner.practice.machinery.descriptions import described
from runner.practice.machinery.kind import Subresource
from runner.practice.machinery.openapi_types import META, VERSION_INFO
from runner.practice.machinery.served_resources import Registry, Resource

Object = dict[str, Any]

FIELD_VALIDATION_SINCE = 25
STREAMS = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"]
PATCHES = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
]
MEDIA = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]
METHODS = {
    "get": "get", "list": "get", "watch": "get", "watchlist": "get", "post": "post", "put": "put",
    "patch": "patch", "delete": "delete", "deletecollection": "delete",
}  # fmt: skip
ACTIONS = {"create": "post", "update": "put"}
CONNECTS = ("delete", "get", "head", "options", "patch", "post", "put")
VERBS = {
    "get": "read", "post": "create", "put": "replace", "patch": "patch", "delete": "delete", "list": "list",
    "watch": "watch", "watchlist": "watch", "deletecollection": "delete", "connect": "connect",
}  # fmt: skip
USE_LIST = "deprecated: use the 'watch' parameter with a list operation instead"
OF_ONE = "filtered to a single item with the 'fieldSelector' parameter"
IN_LIST = (
    ("allowWatchBookmarks", "boolean", 0), ("continue", "string", 0), ("fieldSelector", "string", 0),
    ("labelSelector", "string", 0), ("limit", "integer", 0), ("resourceVersion", "string", 0),
    ("resourceVersionMatch", "string", 19), ("sendInitialEvents", "boolean", 27),
    ("timeoutSeconds", "integer", 0), ("watch", "boolean", 0),
)  # fmt: skip
OF_WATCH = ("allowWatchBookmarks", "watch")
IN_WRITE = (
    ("dryRun", "string", 0),
    ("fieldManager", "string", 0),
    ("fieldValidation", "string", FIELD_VALIDATION_SINCE),
)
IN_DELETE = (
    ("dryRun", "string", 0), ("gracePeriodSeconds", "integer", 0), ("orphanDependents", "boolean", 0),
    ("propagationPolicy", "string", 0),
)  # fmt: skip
IN_LOG = (
    ("container", "string", 0), ("follow", "boolean", 0), ("limitBytes", "integer", 0), ("previous", "boolean", 0),
    ("sinceSeconds", "integer", 0), ("stream", "string", 32), ("tailLines", "integer", 0), ("timestamps", "boolean", 0),
)  # fmt: skip


class Operation(NamedTuple):
    """One that is served. `action` is what x-kubernetes-action says; `all_namespaces`: across all of them."""

    path: str
    method: str
    action: str
    resource: Resource
    version: str
    subresource: Subresource | None = None
    all_namespaces: bool = False


def operations(registry: Registry) -> Iterator[Operation]:
    """All of them."""
    for resource in registry:
        for version in registry.served_versions(resource):
            yield from _of_resource(registry, resource, version.name)


def _of_resource(registry: Registry, resource: Resource, version: str) -> Iterator[Operation]:
    root = f"/apis/{resource.group}/{version}" if resource.group else f"/api/{version}"
    home = f"/{registry.scope.plural}/{{namespace}}" if registry.scope and resource.namespaced else ""
    everywhere, collection = f"{root}/{resource.plural}", f"{root}{home}/{resource.plural}"
    one, verbs = f"{collection}/{{name}}", resource.verbs

    def made(path: str, action: str, *, everywhere: bool = False) -> Operation:
        return Operation(path, METHODS[action], action, resource, version, None, everywhere)

    for verb, action in (("list", "list"), ("create", "post"), ("deletecollection", "deletecollection")):
        if verb in verbs:
            yield made(collection, action)
    for verb, action in (("get", "get"), ("update", "put"), ("patch", "patch"), ("delete", "delete")):
        if verb in verbs:
            yield made(one, action)
    if home and "list" in verbs:
        yield made(everywhere, "list", everywhere=True)
    if "watch" in verbs and resource.builtin:
        watched = f"{root}/watch{home}/{resource.plural}"
        yield made(watched, "watchlist")
        yield made(f"{watched}/{{name}}", "watch")
        if home:
            yield made(f"{root}/watch/{resource.plural}", "watchlist", everywhere=True)
    for subresource in resource.subresources_in(version):
        yield from _of_subresource(one, resource, version, subresource)


def _of_subresource(
    one: str, resource: Resource, version: str, subresource: Subresource
) -> Iterator[Operation]:
    path = f"{one}/{subresource.name}"
    methods = {METHODS[ACTIONS.get(verb, verb)] for verb in subresource.verbs}
    if not subresource.kind.endswith("Options"):
        for method in sorted(methods):
            yield Operation(path, method, method, resource, version, subresource)
        return
    for method in CONNECTS if subresource.takes_path else sorted(methods):
        yield Operation(path, method, "connect", resource, version, subresource)
        if subresource.takes_path:
            yield Operation(f"{path}/{{path}}", method, "connect", resource, version, subresource)


def paths(registry: Registry, definitions: Mapping[str, Object]) -> Object:
    """The `paths` of the document; `definitions` are those that stand beside them."""
    names = {
        (gvk["group"], gvk["version"], gvk["kind"]): name
        for name, schema in definitions.items()
        for gvk in schema.get("x-kubernetes-group-version-kind", ())
    }
    found: dict[str, Object] = dict(_roots(registry))
    for operation in operations(registry):
        at = found.setdefault(operation.path, {})
        at[operation.method] = _operation(operation, registry.minor, names)
        at.setdefault("parameters", _in_path(operation))
    return dict(sorted(found.items()))


def _roots(registry: Registry) -> Iterator[tuple[str, Object]]:
    def asked(description: str, answer: str) -> Object:
        operation = {"description": description, "consumes": MEDIA, "produces": MEDIA, "schemes": ["https"]}
        return {"get": {**operation, "responses": _responses({"200": _reference(answer)})}}

    yield "/api/", asked("get available API versions", f"{META}.APIVersions")
    yield "/apis/", asked("get available API versions", f"{META}.APIGroupList")
    yield "/version/", asked("get the code version", VERSION_INFO)
    for group, versions in registry.groups():
        built_in = [v for v in versions if any(one.builtin for one in registry.in_version(group, v))]
        if group and built_in:
            yield f"/apis/{group}/", asked("get information of a group", f"{META}.APIGroup")
        for version in built_in:
            path = f"/apis/{group}/{version}/" if group else f"/api/{version}/"
            yield path, asked("get available resources", f"{META}.APIResourceList")


def gvk_of(operation: Operation) -> Object:
    """The kind that the operation takes or gives."""
    resource, subresource = operation.resource, operation.subresource
    other = subresource is not None and (subresource.kind or subresource.group)
    if subresource is None or not other:
        return {"group": resource.group, "kind": resource.kind, "version": operation.version}
    group, version = (
        (subresource.group, subresource.version) if subresource.group else (resource.group, operation.version)
    )
    return {"group": group, "kind": subresource.kind or resource.kind, "version": version}


def _operation(operation: Operation, minor: int, names: Mapping[tuple[str, str, str], str]) -> Object:
    gvk, action = gvk_of(operation), operation.action
    name = names.get((gvk["group"], gvk["version"], gvk["kind"]), "")
    kind = _reference(name) if name else {"type": "object"}
    listed = names.get((gvk["group"], gvk["version"], operation.resource.kind_of_list), "")
    status, event = _reference(f"{META}.Status"), _reference(f"{META}.WatchEvent")
    builtin = operation.resource.builtin
    deleted = kind if builtin and builtin.returns_deleted else status
    answers = {
        "list": {"200": _reference(listed) if listed else {"type": "object"}},
        "get": {"200": kind},
        "post": {"200": kind, "201": kind, "202": kind},
        "put": {"200": kind, "201": kind},
        "patch": {"200": kind} if minor < 22 else {"200": kind, "201": kind},
        "delete": {"200": deleted, "202": deleted},
        "deletecollection": {"200": status},
        "watch": {"200": event},
        "watchlist": {"200": event},
        "connect": {"200": {"type": "string"}},
    }[action]
    if _is_log(operation):
        answers = {"200": {"type": "string"}}
    return {
        "description": _description(operation),
        "consumes": PATCHES if action == "patch" else ["*/*"],
        "produces": [*MEDIA, *(STREAMS if action in ("list", "watch", "watchlist") else ())],
        "schemes": ["https"],
        "tags": [f"{_camel(operation.resource.group, lower=True)}_{operation.version}"],
        "operationId": operation_id(operation),
        "parameters": list(_parameters(operation, minor, kind)),
        "responses": _responses(answers),
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": gvk,
    }


def _is_log(operation: Operation) -> bool:
    return operation.subresource is not None and operation.subresource.name == "log"


def _parameters(operation: Operation, minor: int, kind: Object) -> Iterator[Object]:
    action = operation.action
    if action in ("post", "put", "patch"):
        body = {"type": "object"} if action == "patch" else kind
        yield {"name": "body", "in": "body", "required": True, "schema": body}
        yield from _query("PatchOptions", IN_WRITE, minor)
        if action == "patch":
            yield from _query("PatchOptions", (("force", "boolean", 0),), minor)
    elif action in ("delete", "deletecollection"):
        yield {"name": "body", "in": "body", "schema": _reference(f"{META}.DeleteOptions")}
        yield from _query("DeleteOptions", IN_DELETE, minor)
        if action == "deletecollection":
            yield from _query("ListOptions", (one for one in IN_LIST if one[0] not in OF_WATCH), minor)
    elif action in ("list", "watch", "watchlist"):
        yield from _query("ListOptions", IN_LIST, minor)
    elif _is_log(operation):
        yield from _query("PodLogOptions", IN_LOG, minor)


def _query(options: str, names: Any, minor: int) -> Iterator[Object]:
    words = described(options)
    for name, kind, since in names:
        if since <= minor:
            message = {"description": words[name]} if name in words else {}
            yield {"uniqueItems": True, "type": kind, **message, "name": name, "in": "query"}


def _in_path(operation: Operation) -> list[Object]:
    words = {
        "name": f"name of the {operation.resource.kind}",
        "namespace": "object name and auth scope, such as for teams and projects",
        "path": "path to the resource",
    }
    found: list[Object] = [
        {
            "uniqueItems": True,
            "type": "string",
            "description": text,
            "name": name,
            "in": "path",
            "required": True,
        }
        for name, text in words.items()
        if f"{{{name}}}" in operation.path
    ]
    if operation.action != "connect":
        found += _query("ListOptions", (("pretty", "string", 0),), 0)
    return found


def _responses(answers: Mapping[str, Object]) -> Object:
    words = {"200": "OK", "201": "Created", "202": "Accepted"}
    given = {code: {"description": words[code], "schema": schema} for code, schema in answers.items()}
    return {**given, "401": {"description": "Unauthorized"}}


def _reference(name: str) -> Object:
    return {"$ref": f"#/definitions/{name}"}


def _description(operation: Operation) -> str:
    kind, method = operation.resource.kind, operation.method.upper()
    of = f"{operation.subresource.name} of " if operation.subresource else ""
    article = "" if kind.endswith("s") and not kind.endswith("ss") else "an " if kind[0] in "AEIOU" else "a "
    watches = "list or watch" if "watch" in operation.resource.verbs else "list"
    return {
        "get": f"read {of}the specified {kind}",
        "list": f"{watches} objects of kind {kind}",
        "post": f"create {of}{article}{kind}",
        "put": f"replace {of}the specified {kind}",
        "patch": f"partially update {of}the specified {kind}",
        "delete": f"delete {of}{article}{kind}",
        "deletecollection": f"delete collection of {kind}",
        "watch": f"watch changes to an object of kind {kind}. {USE_LIST}, {OF_ONE}.",
        "watchlist": f"watch individual changes to a list of {kind}. {USE_LIST}.",
        "connect": f"connect {method} requests to {of}{kind}",
    }[operation.action]


def operation_id(operation: Operation) -> str:
    """listCoreV1NamespacedPod, replaceAppsV1NamespacedDeploymentScale, watchCoreV1PodListForAllNamespaces."""
    resource, action = operation.resource, operation.action
    of = f"{_camel(resource.group)}{operation.version.capitalize()}"
    collection = "Collection" if action == "deletecollection" else ""
    method = operation.method.capitalize() if action == "connect" else ""
    scope = "Namespaced" if resource.namespaced and not operation.all_namespaces else ""
    sub = (
        "".join(part.capitalize() for part in operation.subresource.name.split("-"))
        if operation.subresource
        else ""
    )
    path = "WithPath" if "{path}" in operation.path else ""
    many = "List" if action == "watchlist" else ""
    everywhere = "ForAllNamespaces" if operation.all_namespaces else ""
    return f"{VERBS[action]}{of}{collection}{method}{scope}{resource.kind}{sub}{path}{many}{everywhere}"


def _camel(group: str, *, lower: bool = False) -> str:
    parts = (group.removesuffix(".k8s.io") or "core").split(".")
    joined = "".join(part.capitalize() for part in parts)
    return joined[0].lower() + joined[1:] if lower else joined
