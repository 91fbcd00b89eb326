"""/openapi/v2 and /openapi/v3: which operations take `dryRun` and `fieldValidation`, and the kinds they are for.

kubectl asks this before `--dry-run=server` and before it leaves unknown fields to the server. Both documents hold the
fields of every kind as well, with what the API reference says of them: openapi_types.py and openapi_v3.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from runner.practice.machinery import openapi_protobuf as protobuf
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.openapi_paths import FIELD_VALIDATION_SINCE, paths
from runner.practice.machinery.openapi_types import (
    built_in_definitions,
    custom_definitions,
    definitions,
)
from runner.practice.machinery.openapi_v3 import schemas_of
from runner.practice.machinery.served_resources import Registry, Resource

Object = dict[str, Any]

QUERY_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")
PROTOBUF_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

MUTATING = ("create", "patch", "update")
METHODS = {"create": "post", "patch": "patch", "update": "put", "get": "get", "delete": "delete"}


def _parameters(registry: Registry) -> list[str]:
    known = registry.minor >= FIELD_VALIDATION_SINCE
    return [name for name in QUERY_PARAMETERS if known or name != "fieldValidation"]


def _paths(resource: Resource, version: str, scope: Resource | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(path, verbs) of a resource's collection and of one object."""
    root = f"/apis/{resource.group}/{version}" if resource.group else f"/api/{version}"
    home = f"/{scope.plural}/{{{scope.singular}}}" if scope and resource.namespaced else ""
    collection = f"{root}{home}/{resource.plural}"
    yield collection, tuple(verb for verb in ("create",) if verb in resource.verbs)
    yield (
        f"{collection}/{{name}}",
        tuple(v for v in ("patch", "update", "get", "delete") if v in resource.verbs),
    )


def _gvk(resource: Resource, version: str) -> Object:
    return {"group": resource.group, "kind": resource.kind, "version": version}


def _operations(registry: Registry) -> Iterator[tuple[str, str, Resource, str]]:
    """(path, verb, resource, version) of everything that is served."""
    for resource in registry:
        for version in registry.served_versions(resource):
            for path, verbs in _paths(resource, version.name, registry.scope):
                for verb in verbs:
                    yield path, verb, resource, version.name


def _info(version: str) -> Object:
    return {"title": "Kubernetes", "version": f"v{version}"}


_SECURITY: Object = {
    "securityDefinitions": {
        "BearerToken": {
            "description": "Bearer Token authentication",
            "type": "apiKey",
            "name": "authorization",
            "in": "header",
        }
    },
    "security": [{"BearerToken": []}],
}


def document_v2(registry: Registry, version: str) -> Object:
    """The Swagger 2.0 document as JSON."""
    found = definitions(registry)
    return {
        "swagger": "2.0",
        "info": _info(version),
        "paths": paths(registry, found),
        "definitions": found,
        **_SECURITY,
    }


def document_v3(registry: Registry, group: str, version: str, server: str) -> Object | None:
    """The OpenAPI 3.0 document of one group version; None if it is not served."""
    found: dict[str, Object] = {}
    for path, verb, resource, of_version in _operations(registry):
        if (resource.group, of_version) != (group, version):
            continue
        gvk = _gvk(resource, of_version)
        operation: Object = {
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-group-version-kind": gvk,
        }
        if verb in MUTATING:
            operation["parameters"] = [
                {"name": name, "in": "query", "schema": {"type": "string"}} for name in _parameters(registry)
            ]
        found.setdefault(path, {})[METHODS[verb]] = operation
    if not found:
        return None
    schemas = schemas_of(registry, group, version)
    return {"openapi": "3.0.0", "info": _info(server), "paths": found, "components": {"schemas": schemas}}


@cache
def _built_in_protobuf(kinds: tuple[Kind, ...], minor: int) -> bytes:
    return protobuf.definitions(built_in_definitions(kinds, minor))


def document_v2_protobuf(registry: Registry, version: str) -> bytes:
    """The same as protobuf (openapi.v2.Document of google/gnostic): its field numbers are the ones below."""
    info = protobuf.text(1, "Kubernetes") + protobuf.text(2, f"v{version}")
    built_in = _built_in_protobuf(registry.kinds, registry.minor)
    patches: list[bytes] = []
    for path, verb, resource, of_version in _operations(registry):
        if verb != "patch":  # kubectl looks at the patches alone
            continue
        parameters = b"".join(protobuf.part(8, _query_parameter(name)) for name in _parameters(registry))
        message = protobuf.extension(13, "x-kubernetes-group-version-kind", _gvk(resource, of_version))
        patches.append(protobuf.named(2, path, protobuf.part(8, parameters + message)))
    return (
        protobuf.text(1, "2.0")
        + protobuf.part(2, info)
        + protobuf.part(8, b"".join(patches))
        + protobuf.part(9, built_in + protobuf.definitions(custom_definitions(registry)))
    )


def _query_parameter(name: str) -> bytes:
    """ParametersItem.parameter.non_body_parameter.query_parameter_sub_schema{in, name, type}."""
    message = protobuf.text(2, "query") + protobuf.text(4, name) + protobuf.text(6, "string")
    return protobuf.part(1, protobuf.part(2, protobuf.part(3, message)))
