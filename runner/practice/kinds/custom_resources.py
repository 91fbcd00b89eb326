"""CustomResourceDefinitions: from the object to a live resource, and what its objects must look like."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from runner.practice.kinds import definition_rules
from runner.practice.kinds.embedded_objects import embedded_problems
from runner.practice.machinery import structural_schema as schemas
from runner.practice.machinery.errors import Cause, invalid
from runner.practice.machinery.expressions import cel_rules
from runner.practice.machinery.served_resources import Registry, Resource, Version
from runner.practice.machinery.store import Change, Key, Store, timestamp
from runner.practice.machinery.validation.metadata_rules import common, metadata
from runner.practice.machinery.validation.problems import Problems

Object = dict[str, Any]

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


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
    metadata(problems, "custom.custom", obj, old)
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


def _named(obj: Object, schema: Mapping[str, Any]) -> list[Cause]:
    """What a schema says of the name, the only part of the metadata that it may speak of."""
    known = (schema.get("properties") or {}).get("metadata") or {}
    found = {name: obj["metadata"][name] for name in ("name", "generateName") if obj["metadata"].get(name)}
    properties = {name: one for name, one in (known.get("properties") or {}).items() if name in found}
    return schemas.problems_of({"metadata": found}, {"properties": {"metadata": {"properties": properties}}})


def default_definition(obj: Object, version: str = "v1") -> Object:
    """A definition (stored version) with the names that go without saying."""
    obj = copy.deepcopy(obj)
    spec = obj.get("spec") or {}
    names = spec.get("names") or {}
    if names.get("kind"):
        names.setdefault("singular", names["kind"].lower())
        names.setdefault("listKind", names["kind"] + "List")
    if version == "v1beta1" and spec and not spec.get("scope"):
        spec["scope"] = "Namespaced"
    if spec:
        spec.setdefault("conversion", {"strategy": "None"})
        if spec.get("preserveUnknownFields") is False:
            del spec["preserveUnknownFields"]
    return obj


def validate_definition(obj: Object, old: Object | None, minor: int = 32, api_version: str = "") -> None:
    """Raises ApiError (422) where a definition can't be served; `api_version` is the one that it came in."""
    problems = Problems(minor, "apiextensions.k8s.io", (api_version or "v1").rpartition("/")[2])
    common(problems, "metadata", obj["metadata"], kube=False)
    definition_rules.definition(problems, obj, old)
    causes = problems.causes
    if minor >= cel_rules.SINCE:
        causes += _rule_problems((obj.get("spec") or {}).get("versions") or ())
    if causes:
        raise invalid("CustomResourceDefinition", obj["metadata"]["name"], causes, "apiextensions.k8s.io")


def _rule_problems(versions: Sequence[Object]) -> Iterator[Cause]:
    """What is wrong with the rules of its schemas; told once where all versions have the same schema."""
    found = [(version.get("schema") or {}).get("openAPIV3Schema") or {} for version in versions]
    if found and all(schema == found[0] for schema in found):
        yield from cel_rules.problems_of_rules(found[0], "spec.validation.openAPIV3Schema")
        return
    for index, schema in enumerate(found):
        at = f"spec.versions[{index}].schema.openAPIV3Schema"
        yield from cel_rules.problems_of_rules(schema, at)


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
        custom=True,
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


def await_cleanup(definition: Object) -> Object:
    """The definition held until its objects are gone; its deletion begins with this."""
    kept = definition["metadata"].get("finalizers") or []
    if CLEANUP not in kept and "deletionTimestamp" not in definition["metadata"]:
        definition["metadata"]["finalizers"] = [*kept, CLEANUP]
    return definition


class Definitions:
    """Keeps the registry in step with the definitions in the store."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store, self._registry = store, registry
        self._going: dict[str, str] = {}  # key of a custom resource -> name of its definition
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        self._unsubscribe = self._store.subscribe(self._changed)
        for definition in self._store.list(CRDS):
            self._serve(definition)

    def stop(self) -> None:
        if self._unsubscribe:
            self._unsubscribe()

    def _changed(self, change: Change) -> None:
        if change.key.resource == CRDS:
            if change.type == "DELETED":
                self._delete_objects(change.key.name)
                self._registry.remove(change.key.name)
                self._going.pop(change.key.name, None)
            else:
                self._serve(change.object)
        elif change.type == "DELETED" and change.key.resource in self._going:
            self._finish(change.key.resource)

    def _serve(self, definition: Object) -> None:
        name = definition["metadata"]["name"]
        self._registry.add(resource_of(definition))
        if "deletionTimestamp" in definition["metadata"]:
            if name not in self._going:
                self._going[name] = name
                self._empty(name)
            return
        key = Key(CRDS, "", name)
        self._store.mutate(key, _established, status=True)

    def _empty(self, name: str) -> None:
        """Delete all objects of a definition that is going, then let it go."""
        self._delete_objects(name)
        self._finish(name)

    def _delete_objects(self, name: str) -> None:
        for obj in self._store.list(name):
            meta = obj["metadata"]
            self._store.delete(Key(name, meta.get("namespace", ""), meta["name"]))

    def _finish(self, name: str) -> None:
        if self._store.list(name):
            return

        def release(obj: Object) -> Object:
            kept = [
                finalizer for finalizer in obj["metadata"].get("finalizers") or () if finalizer != CLEANUP
            ]
            obj["metadata"]["finalizers"] = kept
            return obj

        self._store.mutate(Key(CRDS, "", name), release)


def _established(definition: Object) -> Object | None:
    """The definition with the status of one that is served; None where it has that already."""
    spec, status = definition["spec"], definition.get("status") or {}
    names = spec["names"]
    accepted = {name: names[name] for name in sorted(names) if names[name]}
    storage = next(version["name"] for version in spec["versions"] if version.get("storage"))
    stored = status.get("storedVersions") or []
    conditions = status.get("conditions") or [
        _condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        _condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ]
    new = {
        **status,
        "acceptedNames": accepted,
        "conditions": conditions,
        "storedVersions": stored if storage in stored else [*stored, storage],
    }
    return None if new == status else {**definition, "status": new}


def _condition(kind: str, reason: str, message: str) -> Object:
    return {
        "type": kind,
        "status": "True",
        "lastTransitionTime": timestamp(),
        "reason": reason,
        "message": message,
    }
