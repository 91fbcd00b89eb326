"""The objects of a cluster: revisions, optimistic concurrency, graceful deletion, listeners."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from runner.practice.machinery.disk import Disk, DiskLost
from runner.practice.machinery.errors import ApiError, already_exists, bad_request, conflict, gone, not_found
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.object_metadata import keep_metadata, set_propagation
from runner.practice.machinery.served_resources import Registry

Object = dict[str, Any]
ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]

HISTORY = 4000
"""Changes that are kept for watchers that come back; an older revision is answered with 410 Gone."""


@dataclass(frozen=True, slots=True)
class Key:
    """`resource` is "pods" or "deployments.apps"; `namespace` is "" where cluster-scoped."""

    resource: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """One revision. `object` of a DELETED carries its last state with the revision of the deletion."""

    revision: int
    type: ChangeType
    key: Key
    object: Object
    previous: Object | None


def key_of(resource: str, obj: Object) -> Key:
    """The key under which `obj` is kept."""
    meta = obj["metadata"]
    return Key(resource, meta.get("namespace", ""), meta["name"])


def new_uid() -> str:
    """The identity of a new object."""
    return str(uuid.uuid4())


def timestamp(at: datetime | None = None) -> str:
    """RFC 3339 in UTC to the second, as metadata carries it; now where `at` is None."""
    return (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All objects of a cluster at one revision. They are shared, and never changed in place."""

    revision: int
    objects: Mapping[str, Mapping[tuple[str, str], Object]]
    """By resource, then by namespace and name."""


class Store:
    """Every object of one cluster, synchronous, for one event loop.

    With a folder, each change is in sqlite before the call returns, so a killed process loses nothing;
    without one it lives in memory. Objects that come out are shared: copy before changing them (the write
    pipeline's `change` hands out a copy). With `dry_run` a call gives what it would store, and stores nothing.
    """

    def __init__(
        self, folder: Path | None = None, registry: Registry | None = None, start: Snapshot | None = None
    ) -> None:
        """`start`: what a store without a folder begins with."""
        self._registry = registry or Registry()
        self._disk = Disk(folder / "objects.sqlite") if folder else None
        self._objects: dict[str, dict[tuple[str, str], Object]] = {}
        self._history: deque[Change] = deque(maxlen=HISTORY)
        self._listeners: list[Callable[[Change], None]] = []
        self._waiting: deque[Change] = deque()
        self._notifying = False
        self.lost: Callable[[DiskLost], None] = lambda _error: None
        """Called when a change could not be written to the disk."""
        self.revision = 0
        if self._disk:
            self.revision, rows = self._disk.load()
            for resource, namespace, name, obj in rows:
                self._objects.setdefault(resource, {})[namespace, name] = obj
        if start is not None:
            self.revision = start.revision
            self._objects = {resource: dict(objects) for resource, objects in start.objects.items()}
        self._compacted = self.revision

    def everything(self) -> Snapshot:
        """All of it as it is now."""
        return Snapshot(
            self.revision, {resource: dict(objects) for resource, objects in self._objects.items()}
        )

    def close(self) -> None:
        if self._disk:
            self._disk.close()

    def get(self, key: Key) -> Object | None:
        return self._objects.get(key.resource, {}).get((key.namespace, key.name))

    def list(self, resource: str, namespace: str | None = None) -> list[Object]:
        """Sorted by namespace and name; `namespace` None means all of them."""
        found = self._objects.get(resource, {})
        return [found[at] for at in sorted(found) if namespace is None or at[0] == namespace]

    def snapshot(self, resource: str, namespace: str | None, revision: int) -> Sequence[Object]:
        """The list as it was at `revision`. Raises ApiError (410 Expired) where that is compacted."""
        found = dict(self._objects.get(resource, {}))
        for change in reversed(self.changes(revision)):
            if change.key.resource != resource:
                continue
            at = (change.key.namespace, change.key.name)
            if change.previous is None:
                found.pop(at, None)
            else:
                found[at] = change.previous
        return [found[at] for at in sorted(found) if namespace is None or at[0] == namespace]

    def resources(self) -> Iterable[str]:
        """The keys of all resources of which there are objects."""
        return [resource for resource, found in self._objects.items() if found]

    def create(self, resource: str, obj: Object, *, dry_run: bool = False) -> Object:
        """Keep a new object; sets creationTimestamp, resourceVersion, uid (if it has none) and, for most kinds, generation.

        Raises ApiError (already exists), and bad request where it has no name or brings a resourceVersion.
        """
        meta = dict(obj.get("metadata") or {})
        if not meta.get("name"):
            raise bad_request("name or generateName is required")
        version = str(meta.pop("resourceVersion", "") or "")
        if version.isdigit() and int(version):  # what is no version is read as none
            raise bad_request("resourceVersion should not be set on objects to be created")
        for name in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"):
            meta.pop(name, None)
        meta["uid"] = meta.get("uid") or new_uid()
        meta["creationTimestamp"] = timestamp()
        if self._has_generation(resource):
            meta["generation"] = 1
        stored = copied({**obj, "metadata": meta})
        key = key_of(resource, stored)
        held = self.get(key)
        if held is not None:
            raise already_exists(resource, key.name, going="deletionTimestamp" in held["metadata"])
        return stored if dry_run else self._put("ADDED", key, stored, None)

    def update(self, resource: str, obj: Object, *, status: bool = False, dry_run: bool = False) -> Object:
        """Replace an object; with `status` only its status (and finalizers).

        A status that `obj` brings is not taken where the kind has a status subresource, unless `status`.
        An `obj` that changes nothing makes no revision. Raises ApiError: not found; conflict where obj's
        resourceVersion or uid is not the stored one.
        """
        key = key_of(resource, obj)
        old = self.get(key)
        if old is None:
            raise not_found(resource, key.name)
        self._check_preconditions(key, obj, old)
        new = self._status_of(obj, old) if status else self._replaced(resource, obj, old)
        if new == old:
            return old
        if (
            not status
            and self._has_generation(resource)
            and self._content(resource, new) != self._content(resource, old)
        ):
            new["metadata"]["generation"] = old["metadata"].get("generation", 1) + 1
        if dry_run:
            return new
        if self._may_go(resource, new):
            return self._remove(key, new)
        return self._put("MODIFIED", key, new, old)

    def delete(
        self,
        key: Key,
        *,
        propagation: str = "Background",
        uid: str | None = None,
        grace: int | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Delete an object, or mark it (deletionTimestamp) where finalizers or a grace period hold it.

        `grace` is in seconds (what the object itself says where None). Raises ApiError: not
        found, conflict where `uid` is another one.
        """
        old = self.get(key)
        if old is None:
            raise not_found(key.resource, key.name)
        meta = old["metadata"]
        if uid and uid != meta["uid"]:
            raise self._other_uid(key, uid, meta["uid"])
        new = copied(old)
        set_propagation(new["metadata"], propagation, first="deletionTimestamp" not in meta)
        kind = self._kind(key.resource)
        seconds = kind.grace_seconds(old, grace) if kind and kind.grace_seconds else 0
        self._mark(key.resource, new, seconds)
        if dry_run:
            return new
        if self._may_go(key.resource, new):
            return self._remove(key, new)
        return old if new == old else self._put("MODIFIED", key, new, old)

    def changes(self, since: int) -> Sequence[Change]:
        """All changes after revision `since`. Raises ApiError (410 Expired) where they are compacted."""
        if since < self._compacted:
            raise gone(f"too old resource version: {since} ({self._compacted})")
        return [change for change in self._history if change.revision > since]

    def compact(self) -> None:
        """Drop the history: every reconnecting watcher must list again."""
        self._history.clear()
        self._compacted = self.revision

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` after each change, in order; the result unsubscribes it."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def _has_generation(self, resource: str) -> bool:
        found = self._registry.by_key(resource)
        return found is not None and found.has_generation

    def _kind(self, resource: str) -> Kind | None:
        found = self._registry.by_key(resource)
        return found.builtin if found else None

    def _content(self, resource: str, obj: Object) -> tuple[Object, Any]:
        """What a generation counts: everything but metadata and status, and what its kind adds."""
        kind = self._kind(resource)
        content = {name: value for name, value in obj.items() if name not in ("metadata", "status")}
        return content, kind.generation_counts(obj) if kind and kind.generation_counts else None

    def _may_go(self, resource: str, obj: Object) -> bool:
        """Marked for deletion, and nothing holds it any longer."""
        meta, kind = obj["metadata"], self._kind(resource)
        if "deletionTimestamp" not in meta or meta.get("deletionGracePeriodSeconds", 0):
            return False
        return not meta.get("finalizers") and not (kind and kind.finalizers and kind.finalizers(obj))

    def _has_status(self, resource: str) -> bool:
        found = self._registry.by_key(resource)
        return found is not None and found.has("status")

    def _check_preconditions(self, key: Key, obj: Object, old: Object) -> None:
        meta, kept = obj["metadata"], old["metadata"]
        if meta.get("uid") not in (None, "", kept["uid"]):
            why = (
                f"Precondition failed: UID in precondition: {meta['uid']}, UID in object meta: {kept['uid']}"
            )
            raise conflict(key.resource, key.name, why)
        if meta.get("resourceVersion") not in (None, "", "0", kept["resourceVersion"]):
            raise conflict(key.resource, key.name)

    def _other_uid(self, key: Key, wanted: str, found: str) -> ApiError:
        resource = self._registry.by_key(key.resource)
        why = (
            f"the UID in the precondition ({wanted}) does not match the UID in record ({found})."
            " The object might have been deleted and then recreated"
        )
        return conflict(resource.qualified_kind if resource else key.resource, key.name, why)

    def _replaced(self, resource: str, obj: Object, old: Object) -> Object:
        new = copied(obj)
        if self._has_status(resource):
            new.pop("status", None)
            if "status" in old:
                new["status"] = old["status"]
        keep_metadata(new, old)
        return new

    def _status_of(self, obj: Object, old: Object) -> Object:
        new = dict(old)
        if "status" in obj:
            new["status"] = copied(obj["status"])
        else:
            new.pop("status", None)
        meta = dict(old["metadata"])
        for name in ("finalizers", "managedFields"):
            meta.pop(name, None)
            if obj["metadata"].get(name):
                meta[name] = copied(obj["metadata"][name])
        new["metadata"] = meta
        return new

    def _mark(self, resource: str, obj: Object, grace: int) -> None:
        meta = obj["metadata"]
        if "deletionTimestamp" in meta and meta.get("deletionGracePeriodSeconds", 0) <= grace:
            return
        if "deletionTimestamp" not in meta and self._has_generation(resource):
            meta["generation"] = meta.get("generation", 1) + 1
        kind = self._kind(resource)
        if kind and kind.mark_deleted and "deletionTimestamp" not in meta:
            kind.mark_deleted(obj)
        meta["deletionTimestamp"] = timestamp(datetime.now(UTC) + timedelta(seconds=grace))
        if kind is None or kind.shows_grace:
            meta["deletionGracePeriodSeconds"] = grace

    def _put(self, kind: ChangeType, key: Key, obj: Object, previous: Object | None) -> Object:
        self.revision += 1
        obj["metadata"] = {**obj["metadata"], "resourceVersion": str(self.revision)}
        self._keep(lambda disk: disk.put(self.revision, key.resource, key.namespace, key.name, obj))
        self._objects.setdefault(key.resource, {})[key.namespace, key.name] = obj
        self._notify(Change(self.revision, kind, key, obj, previous))
        return obj

    def _keep(self, write: Callable[[Disk], None]) -> None:
        """Called before anything changes in memory. Raises DiskLost."""
        if self._disk is None:
            return
        try:
            write(self._disk)
        except DiskLost as error:
            self.lost(error)
            raise

    def _remove(self, key: Key, last: Object) -> Object:
        self.revision += 1
        self._keep(lambda disk: disk.remove(self.revision, key.resource, key.namespace, key.name))
        previous = self._objects[key.resource].pop((key.namespace, key.name))
        last = {**last, "metadata": {**last["metadata"], "resourceVersion": str(self.revision)}}
        self._notify(Change(self.revision, "DELETED", key, last, previous))
        return last

    def _notify(self, change: Change) -> None:
        if len(self._history) == HISTORY:
            self._compacted = self._history[0].revision
        self._history.append(change)
        # A listener that writes to the store must not make later listeners see its change before this one.
        self._waiting.append(change)
        if self._notifying:
            return
        self._notifying = True
        try:
            while self._waiting:
                next_change = self._waiting.popleft()
                for listener in list(self._listeners):
                    listener(next_change)
        finally:
            self._notifying = False
