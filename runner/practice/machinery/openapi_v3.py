"""/openapi/v3: for each group version the operations that are served, and its kinds as schemas with descriptions.

kubectl explains kinds by them (since 1.27), leaves unknown fields to a server whose operations take `fieldValidation`,
and computes strategic patches by the merge keys of the fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from runner.practice.machinery.descriptions import OF_TYPE, described
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.openapi_types import (
    INT_OR_STRING,
    META,
    QUANTITY,
    built_in_definitions,
)
from runner.practice.machinery.served_resources import Registry, Resource
from runner.practice.machinery.validation.field_table import stored_type

Object = dict[str, Any]

V3_SINCE = 24
V2_REFERENCE, V3_REFERENCE = "#/definitions/", "#/components/schemas/"
OBJECT_META = f"{META}.ObjectMeta"
_ONE_OF: dict[str, Object] = {
    INT_OR_STRING: {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    QUANTITY: {"oneOf": [{"type": "string"}, {"type": "number"}]},
}
"""What v2 can't say in the schema's own words."""


def schemas_of(registry: Registry, group: str, version: str) -> Object:
    """The schemas of the kinds of one group version and of all that they are made of, by name."""
    found = dict(_built_in_schemas(registry.kinds, registry.minor, group, version))
    for resource in registry.in_version(group, version):
        if not resource.builtin:
            found[custom_name(resource, version)] = _custom_schema(registry, resource, version)
            found |= _closure(registry.kinds, registry.minor, (OBJECT_META,))
    return found


def index(registry: Registry) -> Object:
    """/openapi/v3: where the document of each group version is."""
    paths = {}
    for group, versions in registry.groups():
        for version in versions:
            name = f"apis/{group}/{version}" if group else f"api/{version}"
            kinds = len(registry.in_version(group, version))
            paths[name] = {"serverRelativeURL": f"/openapi/v3/{name}?hash={kinds:08X}{registry.minor:02X}"}
    return {"paths": paths}


def custom_name(resource: Resource, version: str) -> str:
    """com.example.v1.Brick of Brick in example.com/v1."""
    return f"{'.'.join(reversed(resource.group.split('.')))}.{version}.{resource.kind}"


@cache
def _built_in_schemas(kinds: tuple[Kind, ...], minor: int, group: str, version: str) -> Mapping[str, Object]:
    names = [
        name
        for name, schema in built_in_definitions(kinds, minor).items()
        for gvk in schema.get("x-kubernetes-group-version-kind", ())
        if (gvk["group"], gvk["version"]) == (group, version)
    ]
    return _closure(kinds, minor, tuple(names))


@cache
def _closure(kinds: tuple[Kind, ...], minor: int, names: tuple[str, ...]) -> Mapping[str, Object]:
    """The named definitions and all that they refer to, as v3 has them."""
    known, found = built_in_definitions(kinds, minor), {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _ONE_OF.get(name) or _of_v2(known[name])
            waiting += _references(known[name])
    return dict(sorted(found.items()))


def _references(schema: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(V2_REFERENCE)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), Mapping):
            yield from _references(schema[name])
    for inner in schema.get("properties", {}).values():
        yield from _references(inner)


def _of_v2(schema: Mapping[str, Any]) -> Object:
    """A schema of v2 as v3 has it: what stands beside a reference counts only where that is in `allOf`."""
    message = dict(schema)
    if "$ref" in message:
        name = message.pop("$ref").removeprefix(V2_REFERENCE)
        return {"allOf": [{"$ref": V3_REFERENCE + name}], **message}
    for name in ("items", "additionalProperties"):
        if isinstance(message.get(name), Mapping):
            message[name] = _of_v2(message[name])
    if "properties" in message:
        message["properties"] = {name: _of_v2(inner) for name, inner in message["properties"].items()}
    return message


def _custom_schema(registry: Registry, resource: Resource, version: str) -> Object:
    """What the definition says of the kind, with the fields that every object has."""
    served = resource.version(version)
    schema = dict(served.schema or {}) if served else {}
    words = (
        described(stored_type(registry.kinds[0]) or "") if registry.kinds else {}
    )  # the same for every kind
    meta = {
        "allOf": [{"$ref": V3_REFERENCE + OBJECT_META}],
        "description": words.get("metadata", described("V1ObjectMeta").get(OF_TYPE, "")),
    }
    common: Object = {
        name: {"type": "string", "description": words.get(name, "")} for name in ("apiVersion", "kind")
    }
    gvk = {"group": resource.group, "kind": resource.kind, "version": version}
    properties = {**common, "metadata": meta, **schema.get("properties", {})}
    properties["metadata"] = meta
    return {"type": "object", **schema, "properties": properties, "x-kubernetes-group-version-kind": [gvk]}
