"""CustomResourceDefinitions: the resources that they make are served as soon as they are stored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from runner.practice.kinds.customresourcedefinition_kind import CLEANUP, CUSTOM_RESOURCE_DEFINITION
from runner.practice.kinds.definition_rules import not_structural
from runner.practice.machinery.custom_resources import resource_of
from runner.practice.machinery.store import Change, Key, timestamp
from runner.practice.machinery.users import MANAGER
from runner.practice.machinery.write_pipeline import WriteOptions, WritePipeline

Object = dict[str, Any]

NON_STRUCTURAL = "NonStructuralSchema"
CRDS = CUSTOM_RESOURCE_DEFINITION.key


class Definitions:
    """Keeps the registry in step with the definitions in the store."""

    def __init__(self, pipeline: WritePipeline) -> None:
        self._pipeline, self._store, self._registry = pipeline, pipeline.store, pipeline.registry
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
        own = WriteOptions(user=MANAGER, subresource="status")
        self._pipeline.change(Key(CRDS, "", name), partial(_established, self._registry.minor), own)

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

        self._pipeline.change(Key(CRDS, "", name), release, WriteOptions(user=MANAGER))


def _established(minor: int, definition: Object) -> Object | None:
    """The definition with the status of one that is served; None if it has that already."""
    spec, status = definition["spec"], definition.get("status") or {}
    names = spec["names"]
    accepted = {name: names[name] for name in sorted(names) if names[name]}
    storage = next(version["name"] for version in spec["versions"] if version.get("storage"))
    stored = status.get("storedVersions") or []
    conditions = status.get("conditions") or [
        _condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        _condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ]
    conditions = [one for one in conditions if one["type"] != NON_STRUCTURAL]
    if why := not_structural(definition, minor):
        held = next((one for one in status.get("conditions") or () if one["type"] == NON_STRUCTURAL), None)
        same = held is not None and held["message"] == why
        conditions.append(held if held and same else _condition(NON_STRUCTURAL, "Violations", why))
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
