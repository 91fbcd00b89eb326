"""Custom resources: from a definition to a resource, and what its objects must look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.practice.machinery import structural_schema as schemas
from runner.practice.machinery.embedded_objects import embedded_problems
from runner.practice.machinery.errors import Cause, invalid
from runner.practice.machinery.expressions import cel_rules
from runner.practice.machinery.kind import Version
from runner.practice.machinery.served_resources import Resource
from runner.practice.machinery.validation.metadata_rules import metadata
from runner.practice.machinery.validation.name_rules import subdomain
from runner.practice.machinery.validation.problems import Problems

Object = dict[str, Any]

CUSTOM_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


def prune(resource: Resource, version: str, obj: Object) -> tuple[Object, list[str]]:
    """(a custom object without unknown fields, the names of those fields)."""
    served = resource.version(version)
    if served is None or served.schema is None:
        return obj, []
    pruned, problems = schemas.prune(obj, served.schema)
    return pruned, problems


def default(resource: Resource, version: str, obj: Object) -> Object:
    """A custom object with its schema's defaults."""
    served = resource.version(version)
    if served is None or served.schema is None:
        return obj
    filled: Object = schemas.fill_defaults(obj, served.schema)
    return filled


def validate(
    resource: Resource, version: str, obj: Object, old: Object | None = None, minor: int = 32
) -> None:
    """Raises ApiError (422) with every field that the schema does not allow, and every rule that does not hold.

    `old` is what the object replaces: some rules are about the change.
    """
    problems = Problems(minor)
    metadata(problems, "custom", _subdomain, obj, old)
    served = resource.version(version)
    if served is None or served.schema is None:
        if problems.causes:
            raise invalid(resource.kind, obj["metadata"]["name"], problems.causes, resource.group)
        return
    checked = {name: value for name, value in obj.items() if name != "metadata"}
    schema = {
        **served.schema,
        "required": [n for n in served.schema.get("required") or () if n != "metadata"],
    }
    causes = [*problems.causes, *_named(obj, served.schema), *schemas.problems_of(checked, schema)]
    causes += embedded_problems(checked, served.schema)
    if minor >= cel_rules.SINCE and cel_rules.has_rules(served.schema):
        if any(cause.reason in cel_rules.BLOCKING for cause in causes):
            causes = [*causes, cel_rules.NOT_CHECKED]
        else:
            causes = [*causes, *cel_rules.broken_rules(obj, served.schema, old)]
    if causes:
        raise invalid(resource.kind, obj["metadata"]["name"], causes, resource.group)


def _subdomain(name: str, minor: int) -> list[str]:
    return subdomain(name)


def _named(obj: Object, schema: Mapping[str, Any]) -> list[Cause]:
    """What a schema says of the name, the only part of the metadata that it may speak of."""
    known = (schema.get("properties") or {}).get("metadata") or {}
    found = {name: obj["metadata"][name] for name in ("name", "generateName") if obj["metadata"].get(name)}
    properties = {name: one for name, one in (known.get("properties") or {}).items() if name in found}
    return schemas.problems_of({"metadata": found}, {"properties": {"metadata": {"properties": properties}}})


def resource_of(definition: Object) -> Resource:
    """The resource that a definition (stored version) makes."""
    spec = definition["spec"]
    names = spec["names"]
    listed = [
        version for version in spec["versions"] if version.get("served", True) or version.get("storage")
    ]
    listed.sort(key=lambda version: not version.get("storage"))
    keep_unknown = bool(spec.get("preserveUnknownFields"))
    return Resource(
        group=spec["group"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names.get("singular") or names["kind"].lower(),
        namespaced=spec.get("scope") == "Namespaced",
        versions=tuple(_version(version, spec["group"], names["kind"], keep_unknown) for version in listed),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        verbs=CUSTOM_VERBS,
        has_generation=True,
        list_kind=names.get("listKind") or names["kind"] + "List",
    )


def _version(version: Object, group: str, kind: str, keep_unknown: bool) -> Version:
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    if keep_unknown:
        schema = {**(schema or {}), schemas.PRESERVE: True}
        schema = _open_all(schema)
    warning = ""
    if version.get("deprecated"):
        warning = version.get("deprecationWarning") or f"{group}/{version['name']} {kind} is deprecated"
    return Version(
        version["name"],
        until=-1 if version.get("served") is False else 999,
        schema=schema,
        columns=tuple(version.get("additionalPrinterColumns") or ()),
        subresources=version.get("subresources") or {},
        warning=warning,
    )


def _open_all(schema: Any) -> Any:
    """A schema of spec.preserveUnknownFields: it validates, and lets unknown fields be at every depth."""
    if not isinstance(schema, dict):
        return schema
    opened = {**schema, schemas.PRESERVE: True}
    if isinstance(schema.get("properties"), dict):
        opened["properties"] = {name: _open_all(inner) for name, inner in schema["properties"].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            opened[name] = _open_all(schema[name])
    return opened
