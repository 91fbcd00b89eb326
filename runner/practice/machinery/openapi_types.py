"""The definitions of /openapi/v2: what kubectl validates manifests with on clusters before 1.25, and explains.

Built-in kinds come from the committed tables of fields and descriptions, custom ones from their schema. They carry
the merge keys by which kubectl computes patches. /openapi/v3 has the same as schemas, in openapi_v3.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from runner.practice.machinery.descriptions import OF_TYPE, described
from runner.practice.machinery.kind import FOREVER, Kind
from runner.practice.machinery.patch.list_types import BY_TYPE, METADATA_LISTS, Path
from runner.practice.machinery.served_resources import Registry, Resource
from runner.practice.machinery.validation.field_table import (
    Field,
    Fields,
    fields_of,
    go_name,
    stored_type,
    type_named,
    type_of,
)

Object = dict[str, Any]

META = "io.k8s.apimachinery.pkg.apis.meta.v1"
FIELDS_V1 = f"{META}.FieldsV1"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
VERSION_INFO = "io.k8s.apimachinery.pkg.version.Info"
RAW = "io.k8s.apimachinery.pkg.runtime.RawExtension"
_META_TYPES = {
    "V1APIGroup",
    "V1APIGroupList",
    "V1APIResource",
    "V1APIResourceList",
    "V1APIVersions",
    "V1DeleteOptions",
    "V1GroupVersionForDiscovery",
    "V1ListMeta",
    "V1Preconditions",
    "V1ServerAddressByClientCIDR",
    "V1ShardInfo",
    "V1Status",
    "V1StatusCause",
    "V1StatusDetails",
    "V1WatchEvent",
    "V1Condition",
    "V1LabelSelector",
    "V1LabelSelectorRequirement",
    "V1ManagedFieldsEntry",
    "V1ObjectMeta",
    "V1OwnerReference",
}
_ANSWERS = (
    "V1APIGroupList",
    "V1APIResourceList",
    "V1APIVersions",
    "V1DeleteOptions",
    "V1Status",
    "V1WatchEvent",
)
_PACKAGES = {
    "": "io.k8s.api.core",
    "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    "apiregistration.k8s.io": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
}
_SCALARS: dict[str, Object] = {
    "string": {"type": "string"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "float64": {"type": "number", "format": "double"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "format": "byte"},
    "time": {"$ref": f"#/definitions/{META}.Time"},
    "microtime": {"$ref": f"#/definitions/{META}.MicroTime"},
    "intstr": {"$ref": f"#/definitions/{INT_OR_STRING}"},
    "quantity": {"$ref": f"#/definitions/{QUANTITY}"},
    "any": {},
}
_SHARED: dict[str, Object] = {
    f"{META}.Time": {"type": "string", "format": "date-time"},
    FIELDS_V1: {"type": "object"},
    f"{META}.MicroTime": {"type": "string", "format": "date-time"},
    INT_OR_STRING: {"type": "string", "format": "int-or-string"},
    QUANTITY: {"type": "string"},
    f"{META}.Patch": {"type": "object"},
    RAW: {"type": "object"},
}


_OVERRIDES: dict[tuple[str, str], Object] = {
    ("ManagedFieldsEntry", "fieldsV1"): {"$ref": f"#/definitions/{FIELDS_V1}"},
    ("WatchEvent", "object"): {"$ref": f"#/definitions/{RAW}"},
}
"""Fields whose type is not in the table of fields."""


def definitions(registry: Registry) -> dict[str, Object]:
    """Every kind that `registry` serves and all that it is made of, by the name that the real server has."""
    return built_in_definitions(registry.kinds, registry.minor) | custom_definitions(registry)


@cache
def built_in_definitions(kinds: tuple[Kind, ...], minor: int) -> dict[str, Object]:
    """Those of the built-in kinds of that minor. Not to be changed: all who ask get the same."""
    return _collected(kinds, minor).found


def type_names(kinds: tuple[Kind, ...], minor: int) -> dict[str, str]:
    """For each definition of a struct its type in the table of fields: "io.k8s.api.core.v1.Pod" is V1Pod."""
    return _collected(kinds, minor).types


def _collected(kinds: tuple[Kind, ...], minor: int) -> _BuiltIn:
    registry = Registry(f"1.{minor}", kinds)
    built_in = _BuiltIn(registry)
    for resource in registry:
        for version in registry.served_versions(resource):
            if resource.builtin:
                built_in.add_kind(resource.builtin, version.name, listed="list" in resource.verbs)
    built_in.add_answers(registry)
    return built_in


def custom_definitions(registry: Registry) -> dict[str, Object]:
    """Those of the kinds that CustomResourceDefinitions added."""
    found: dict[str, Object] = {}
    for resource in registry:
        if not resource.builtin:
            for version in registry.served_versions(resource):
                name, schema = _custom(resource, version.name, version.schema or {})
                found[name] = schema
                found[f"{name.rpartition('.')[0]}.{resource.kind_of_list}"] = _custom_list(
                    resource, version.name, name
                )
    return found


def _gvk(group: str, kind: str, version: str) -> Object:
    """As the definition of a kind says which kind it is."""
    return {"x-kubernetes-group-version-kind": [{"group": group, "kind": kind, "version": version}]}


class _BuiltIn:
    """Collects the definitions of built-in kinds in `found`."""

    def __init__(self, registry: Registry) -> None:
        self._minor = registry.minor
        self._homes = _homes(registry.kinds)
        self._notes = _notes(registry.kinds)
        self.found: dict[str, Object] = dict(_SHARED)
        self.types: dict[str, str] = {}

    def add_kind(self, kind: Kind, version: str, *, listed: bool) -> None:
        """The kind, and where there is one its list."""
        type_name = type_of(kind, kind.api_version(version))
        if type_name is None:
            return
        name = self._add(type_name, kind.group, version)
        self.found[name] = {**self.found[name], **_gvk(kind.group, kind.name, version)}
        if listed:
            self.found[f"{name}List"] = {
                **self._list(name, described(f"{type_name}List")),
                **_gvk(kind.group, f"{kind.name}List", version),
            }

    def _list(self, name: str, words: Mapping[str, str]) -> Object:
        of_object: Mapping[str, Object] = self.found[name].get("properties", {})
        meta = {"$ref": f"#/definitions/{self._add('V1ListMeta', '', 'v1')}"}
        items = {"type": "array", "items": {"$ref": f"#/definitions/{name}"}}
        properties = {
            **{field: of_object[field] for field in ("apiVersion", "kind") if field in of_object},
            "items": {**items, **_words(words, "items")},
            "metadata": {**meta, **_words(words, "metadata")},
        }
        return {"type": "object", **_words(words, OF_TYPE), "required": ["items"], "properties": properties}

    def add_answers(self, registry: Registry) -> None:
        """What requests and answers are made of beside the kinds."""
        for type_name in _ANSWERS:
            name = self._add(type_name, "", "v1")
            self.found[name] = {**self.found[name], **_gvk("", go_name(type_name), "v1")}
        self.found[VERSION_INFO] = self.found.pop(self._add("VersionInfo", "", "v1"))
        self.types.pop(next(name for name, one in self.types.items() if one == "VersionInfo"))
        for resource in registry:
            for one in resource.subresources:
                taken = type_named(f"{one.group}/{one.version}", one.kind) if one.group else None
                if taken is not None:
                    name = self._add(taken, one.group, one.version)
                    self.found[name] = {**self.found[name], **_gvk(one.group, one.kind, one.version)}

    def _add(self, type_name: str, group: str, version: str) -> str:
        """Add a struct and what is in it; returns its name. Types of the kind's own group share its version."""
        home = self._homes.get(type_name, group)
        if home != group or type_name == "V1JobSpec":  # of a cron job, whatever its own version
            version = "v1"
        package = META if type_name in _META_TYPES else f"{_package(home)}.{version}"
        owner = go_name(type_name)
        name = f"{package}.{owner}"
        if name in self.found:
            return name
        self.found[name] = {}
        self.types[name] = type_name
        words = described(type_name)
        fields: Fields = fields_of(type_name) or {}
        properties = {
            field: {
                **(_OVERRIDES.get((owner, field)) or self._schema(described.type, home, version)),
                **self._notes.patches.get((owner, field), {}),
                **_words(words, field),
            }
            for field, described in fields.items()
        }
        required = [
            field
            for field, described in fields.items()
            if self._required(owner, field, described) and (version, owner, field) not in self._notes.optional
        ]
        self.found[name] = {"type": "object", **_words(words, OF_TYPE), "properties": properties}
        if required:
            self.found[name]["required"] = required
        return name

    def _required(self, owner: str, field: str, described: Field) -> bool:
        since, until = self._notes.required.get((owner, field), (0, FOREVER if described.required else -1))
        return since <= self._minor <= until

    def _schema(self, type_name: str, group: str, version: str) -> Object:
        if type_name.startswith("[]"):
            return {"type": "array", "items": self._schema(type_name[2:], group, version)}
        if type_name.startswith("{}"):
            return {"type": "object", "additionalProperties": self._schema(type_name[2:], group, version)}
        if "|" in type_name:  # one type or the other: no type is given
            return {}
        if type_name in _SCALARS:
            return _SCALARS[type_name]
        return {"$ref": f"#/definitions/{self._add(type_name, group, version)}"}


def _words(words: Mapping[str, str], field: str) -> Object:
    return {"description": words[field]} if field in words else {}


class _Notes(NamedTuple):
    """What kinds say of fields, by struct and field: ("LabelSelector", "matchLabels")."""

    patches: dict[tuple[str, str], Object]
    required: dict[tuple[str, str], tuple[int, int]]
    optional: set[tuple[str, str, str]]  # with the version before them


@cache
def _notes(kinds: tuple[Kind, ...]) -> _Notes:
    notes = _Notes({}, {}, set())
    for kind in kinds:
        root = stored_type(kind)
        if root is None:
            continue
        lists = {**METADATA_LISTS, ("status", "conditions"): BY_TYPE, **kind.list_types}
        for path, rule in lists.items():
            if (place := _place(root, path)) and (not rule.keys or rule.patch_key):
                notes.patches.setdefault(place, _patch_note("merge", rule.patch_key))
        for path in kind.retain_keys:
            if place := _place(root, path):
                merges = place in notes.patches
                key = notes.patches.get(place, {}).get("x-kubernetes-patch-merge-key", "")
                notes.patches[place] = _patch_note("merge,retainKeys" if merges else "retainKeys", key)
        for path, minors in kind.required_in.items():
            if place := _place(root, path):
                notes.required[place] = minors
        for version, paths in kind.optional_in.items():
            notes.optional.update((version, *place) for path in paths if (place := _place(root, path)))
    return notes


def _patch_note(strategy: str, key: str) -> Object:
    note = {"x-kubernetes-patch-strategy": strategy}
    return {**note, "x-kubernetes-patch-merge-key": key} if key else note


def _place(type_name: str, path: Path) -> tuple[str, str] | None:
    """(struct, field) at the end of a path through a kind's types; None if the table does not know it."""
    owner = type_name
    for name in path[:-1]:
        found = (fields_of(owner) or {}).get(name)
        if found is None:
            return None
        owner = found.type.lstrip("[]{}")
    return (go_name(owner), path[-1]) if path[-1] in (fields_of(owner) or {}) else None


def _package(group: str) -> str:
    return _PACKAGES.get(group) or f"io.k8s.api.{group.split('.', maxsplit=1)[0]}"


@cache
def _homes(kinds: tuple[Kind, ...]) -> dict[str, str]:
    """The group in whose package each type lives: the first that uses it, core before all others."""
    homes = {"V1TopologySelectorTerm": "", "V1TopologySelectorLabelRequirement": ""}
    for kind in sorted(kinds, key=lambda kind: kind.group != ""):
        for api_version in kind.api_versions():
            type_name = type_of(kind, api_version)
            for one in _reached(type_name) if type_name else ():
                homes.setdefault(one, kind.group)
    return homes


def _reached(type_name: str) -> Iterator[str]:
    waiting, seen = [type_name], set()
    while waiting:
        one = waiting.pop().lstrip("[]{}")
        fields = fields_of(one)
        if fields is None or one in seen:
            continue
        seen.add(one)
        yield one
        waiting += [field.type for field in fields.values()]


def _custom(resource: Resource, version: str, schema: Mapping[str, Any]) -> tuple[str, Object]:
    domain = ".".join(reversed(resource.group.split(".")))
    described = _structural(schema)
    if described.get("properties"):
        scalar = {"type": "string"}
        meta = {"$ref": f"#/definitions/{META}.ObjectMeta"}
        described["properties"] = {
            **described["properties"],
            "apiVersion": scalar,
            "kind": scalar,
            "metadata": meta,
        }
    return f"{domain}.{version}.{resource.kind}", {
        **described,
        **_gvk(resource.group, resource.kind, version),
    }


def _custom_list(resource: Resource, version: str, name: str) -> Object:
    kind = resource.kind_of_list
    scalar = {"type": "string"}
    items = {"type": "array", "items": {"$ref": f"#/definitions/{name}"}}
    meta = {"$ref": f"#/definitions/{META}.ListMeta"}
    properties = {"apiVersion": scalar, "kind": scalar, "items": items, "metadata": meta}
    words = {"description": f"{kind} is a list of {resource.kind}"}
    schema = {"type": "object", **words, "required": ["items"], "properties": properties}
    return {**schema, **_gvk(resource.group, kind, version)}


_KEPT = ("type", "format", "required", "description")


def _structural(schema: Mapping[str, Any]) -> Object:
    """The part of an OpenAPI v3 schema that v2 can say; where it leaves fields open, nothing is said of them."""
    if schema.get("x-kubernetes-int-or-string") or schema.get("nullable"):
        return {}
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return {"type": "object"} if schema.get("type") == "object" else {}
    described: Object = {name: schema[name] for name in _KEPT if name in schema}
    if isinstance(schema.get("properties"), Mapping):
        described["properties"] = {name: _structural(inner) for name, inner in schema["properties"].items()}
    if isinstance(schema.get("items"), Mapping):
        described["items"] = _structural(schema["items"])
    if isinstance(schema.get("additionalProperties"), Mapping):
        described["additionalProperties"] = _structural(schema["additionalProperties"])
    if described.get("type") == "array" and "items" not in described:
        return {}
    return described
