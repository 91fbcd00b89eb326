"""The only way into the store, for clients and for the cluster's own controllers.

In the real server's order: conversion to the stored version, defaults, ownership of fields, plugins that may change the
object, completion by its kind, validation, allocation, plugins that may refuse it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from runner.practice.machinery import custom_resources, strategy
from runner.practice.machinery.admission_request import (
    Admission,
    NoAdmission,
    Operation,
    Request,
)
from runner.practice.machinery.conversion import to_storage
from runner.practice.machinery.errors import Cause, conflict, invalid, not_found
from runner.practice.machinery.generated_names import generated
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.patch.list_types import BuiltInTyping, SchemaTyping, Typing
from runner.practice.machinery.patch.managed_fields import Writer, track_update
from runner.practice.machinery.served_resources import Registry, Resource
from runner.practice.machinery.store import Key, Store, new_uid
from runner.practice.machinery.users import ADMIN, User
from runner.practice.machinery.webhook_calls import WebhookAnswers
from runner.practice.machinery.webhook_services import Dial

Object = dict[str, Any]


ADDRESSES = IPv4Network("10.96.0.0/12")


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How one write is made, and by whom. `writer` None leaves managedFields as they are."""

    user: User = ADMIN
    guarded: bool = False
    """Whether `user` may be refused what goes beyond their own permissions; controllers never are."""
    writer: Writer | None = None
    subresource: str = ""
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)
    """Called with each warning for the answer."""
    webhooks: WebhookAnswers | None = None
    """What webhooks answered so far; None: none is asked."""


@dataclass(frozen=True, slots=True)
class GuardedWrite:
    """A write that is about to be admitted: of which resource, in which version, through which subresource."""

    user: User
    resource: str  # the store's key: "pods", "deployments.apps"
    version: str
    subresource: str
    minor: int


Guard = Callable[[GuardedWrite, Object, Object | None], Object]
"""(write, new object, old object) -> the new object as the user may write it. Raises ApiError."""


def _unguarded(write: GuardedWrite, new: Object, old: Object | None) -> Object:
    return new


@dataclass(frozen=True, slots=True)
class WritePipeline:
    """Every create, update and delete of one cluster goes through this."""

    store: Store
    registry: Registry
    admission: Admission = field(default_factory=NoAdmission)
    guard: Guard = _unguarded
    addresses: IPv4Network = ADDRESSES
    """The range of addresses that the cluster hands out."""
    dial: Dial | None = None
    """How webhooks in pods are reached."""

    def typing(self, resource: Resource, version: str) -> Typing:
        """How lists and maps of a kind merge."""
        if resource.builtin:
            return BuiltInTyping(resource.builtin.list_types)
        served = resource.version(version)
        return SchemaTyping(served.schema if served else None)

    def create(self, resource: Resource, version: str, obj: Object, options: WriteOptions) -> Object:
        """Store a new object (in `version`, its fields checked). Raises ApiError."""
        meta = dict(obj["metadata"])
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = generated(meta["generateName"])
        for name in ("uid", "creationTimestamp", "selfLink"):
            meta.pop(name, None)
        if (
            resource.has_generation or (meta.get("generation") or 0) >= 0
        ):  # a negative one is refused elsewhere
            meta.pop("generation", None)
        new = to_storage(resource, version, {**obj, "metadata": meta})
        if not meta.get("name"):
            why = "Required value: name or generateName is required"
            raise invalid(
                resource.kind, "", [Cause("metadata.name", why, "FieldValueRequired")], resource.group
            )
        new = self._defaulted(resource, version, new)
        if options.writer is not None:
            new["metadata"].pop("managedFields", None)
            new = track_update(None, new, options.writer, self.typing(resource, version))
        new = self._guarded(resource, version, new, None, options)
        new = self._admitted(resource, version, new, None, options)
        return self.store.create(resource.storage_key, new, dry_run=options.dry_run)

    def update(
        self,
        resource: Resource,
        version: str,
        current: Object,
        obj: Object,
        options: WriteOptions,
    ) -> Object:
        """Store `obj` (in `version`, its fields checked) over `current`. Raises ApiError."""
        _check_uid(resource, current, obj)
        seen = obj["metadata"].get("resourceVersion")
        if seen and seen != current["metadata"]["resourceVersion"]:  # before anything is found wrong with it
            raise conflict(resource.key, current["metadata"]["name"])
        served = resource.subresource(options.subresource, version) if options.subresource else None
        status = served is not None and served.writes_status
        new = to_storage(resource, version, obj)
        if served is not None and served.decided:
            return self.store.update(resource.storage_key, new, dry_run=options.dry_run)
        if status:
            new = {**current, "status": new.get("status", {}), "metadata": _status_metadata(current, new)}
            new = self._tracked(resource, version, current, new, options)
            new = self._guarded(resource, version, new, current, options)
            self._validate_status(resource, version, new, current)
        else:
            new = self._defaulted(resource, version, new)
            if resource.builtin and resource.builtin.keeps_spec and not options.subresource:
                new["spec"] = current.get("spec", {})
            if resource.has_generation and "generation" in current["metadata"]:  # counted by the server alone
                new["metadata"]["generation"] = current["metadata"]["generation"]
            new["metadata"].setdefault("namespace", current["metadata"].get("namespace", ""))
            if resource.has("status", version):
                new = {**new, "status": current.get("status", {})}
                if "status" not in current:
                    del new["status"]
            # Fields that the server adds have no manager.
            new = self._tracked(resource, version, current, new, options)
            new = self._guarded(resource, version, new, current, options)
            new = self._admitted(resource, version, new, current, options)
        return self.store.update(resource.storage_key, new, status=status, dry_run=options.dry_run)

    def change(
        self, key: Key, change: Callable[[Object], Object | None], options: WriteOptions
    ) -> Object | None:
        """Read, change, write: `change` gets a copy of the stored object, and None leaves it alone.

        Gives the object as stored, None if it does not exist. Raises ApiError.
        """
        current = self.store.get(key)
        if current is None:
            return None
        new = change(copied(current))
        if new is None:
            return current
        resource = self.resource(key.resource)
        return self.update(resource, resource.storage_version, current, new, options)

    def admit_deletion(
        self, resource: Resource, version: str, obj: Object, delete_options: Object, options: WriteOptions
    ) -> None:
        """Raises ApiError if admission refuses the deletion of `obj`."""
        request = self._request("DELETE", resource, version, {}, obj, options)
        request.options = {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1", **delete_options}
        self.admission.admit(request)
        self.admission.check(request)

    def resource(self, key: str) -> Resource:
        """By "pods" or "deployments.apps". Raises ApiError (404) if this cluster does not serve it."""
        found = self.registry.by_key(key)
        if found is None:
            raise not_found(key, "")
        return found

    def _request(
        self,
        operation: Operation,
        resource: Resource,
        version: str,
        obj: Object,
        old: Object | None,
        options: WriteOptions,
    ) -> Request:
        return Request(
            self.store,
            self.registry,
            resource.storage_key,
            operation,
            obj,
            old,
            user=options.user,
            version=version,
            subresource=options.subresource,
            dry_run=options.dry_run,
            warnings=options.warnings,
            webhooks=options.webhooks,
            dial=self.dial,
        )

    def _admitted(
        self, resource: Resource, version: str, new: Object, old: Object | None, options: WriteOptions
    ) -> Object:
        """Plugins that may change the object, completion, validation, allocation, plugins that may refuse it."""
        operation: Operation = "CREATE" if old is None else "UPDATE"
        request = self._request(operation, resource, version, new, old, options)
        self.admission.admit(request)
        if old is None:
            request.object = {**request.object, "metadata": {**request.object["metadata"], "uid": new_uid()}}
        new = self._prepared(resource, version, request.object, old)
        self._validate(resource, version, new, old)
        if resource.builtin and resource.builtin.allocate:
            new = resource.builtin.allocate(self.store.list, new, old, self.registry.minor, self.addresses)
        request.object = new
        self.admission.check(request)
        return request.object

    def _prepared(self, resource: Resource, version: str, new: Object, old: Object | None) -> Object:
        kind = resource.builtin
        if old is not None:
            return strategy.prepare_for_update(kind, new, old) if kind else new
        if resource.has("status", version) and not (kind and kind.created_with_status):
            new = {name: value for name, value in new.items() if name != "status"}
        return strategy.prepare_for_create(kind, new, self.registry.minor) if kind else new

    def _guarded(
        self, resource: Resource, version: str, new: Object, old: Object | None, options: WriteOptions
    ) -> Object:
        if not options.guarded:
            return new
        key, subresource = resource.storage_key, options.subresource
        write = GuardedWrite(options.user, key, version, subresource, self.registry.minor)
        return self.guard(write, new, old)

    def _validate_status(self, resource: Resource, version: str, new: Object, old: Object) -> None:
        if resource.builtin:
            strategy.validate_status(resource.builtin, new, self.registry.minor)
        else:  # an error there would make every later write fail
            custom_resources.validate(resource, version, new, old, self.registry.minor)

    def _tracked(
        self, resource: Resource, version: str, current: Object, new: Object, options: WriteOptions
    ) -> Object:
        if options.writer is None:  # server-side apply has recorded its fields already
            return new
        return track_update(current, new, options.writer, self.typing(resource, version))

    def _defaulted(self, resource: Resource, version: str, obj: Object) -> Object:
        if resource.builtin:
            return strategy.apply_defaults(resource.builtin, obj, self.registry.minor, version)
        return custom_resources.default(resource, version, obj)

    def _validate(self, resource: Resource, version: str, new: Object, old: Object | None) -> None:
        if resource.builtin:
            strategy.validate(
                resource.builtin,
                new,
                old,
                self.registry.minor,
                resource.api_version(version),
                self.registry.banned_owners,
            )
        else:
            custom_resources.validate(resource, version, new, old, self.registry.minor)


def _check_uid(resource: Resource, current: Object, obj: Object) -> None:
    uid, meta = obj["metadata"].get("uid"), current["metadata"]
    if uid and uid != meta["uid"]:
        cause = Cause("metadata.uid", f"Invalid value: {json.dumps(uid)}: field is immutable")
        raise invalid(resource.kind, meta["name"], [cause], resource.group)


def _status_metadata(current: Object, new: Object) -> Object:
    meta = dict(current["metadata"])
    for name in ("resourceVersion", "uid", "managedFields"):
        if new["metadata"].get(name):
            meta[name] = new["metadata"][name]
    return meta
