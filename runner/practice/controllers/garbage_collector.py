"""Garbage collection: dependents of deleted objects are deleted, orphaned, or deleted first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.controller import EVERY_RESOURCE, Controller, WorkQueue, enter
from runner.practice.controllers.object_helpers import going
from runner.practice.machinery.object_metadata import FOREGROUND, ORPHAN
from runner.practice.machinery.store import Change, Key, Object


@enter
class Garbage(Controller):
    """Follows ownerReferences, with an index of dependents."""

    account = "generic-garbage-collector"
    watches = frozenset({EVERY_RESOURCE})

    def __init__(self, cluster: ClusterContext, queue: WorkQueue) -> None:
        super().__init__(cluster, queue)
        self._owned: dict[str, set[Key]] = defaultdict(set)  # an owner's uid -> what names it
        self._alive: dict[str, Key] = {}  # uid -> where it is

    def keys(self, change: Change) -> Iterable[Key]:
        uid = change.object["metadata"]["uid"]
        before, after = _owners(change.previous), _owners(change.object)
        if change.type == "DELETED":
            for owner in before | after:
                self._owned[owner].discard(change.key)
            if self._alive.get(uid) == change.key:
                del self._alive[uid]
            # Its dependents may be garbage now; an owner that goes in the foreground may have waited for it.
            return [*self._owned.pop(uid, ()), *self._keys_of(before | after)]
        self._alive[uid] = change.key
        for owner in before - after:
            self._owned[owner].discard(change.key)
        for owner in after:
            self._owned[owner].add(change.key)
        interesting = after or before or going(change.object)
        return [change.key, *self._keys_of(before - after)] if interesting else ()

    def _keys_of(self, uids: Iterable[str]) -> list[Key]:
        return [self._alive[uid] for uid in uids if uid in self._alive]

    def reconcile(self, key: Key) -> None:
        obj = self.store.get(key)
        if obj is None:
            return
        finalizers = obj["metadata"].get("finalizers") or ()
        if going(obj) and ORPHAN in finalizers:
            self._let_go(key, obj)
        elif going(obj) and FOREGROUND in finalizers:
            self._dependents_first(key, obj)
        else:
            self._collect(key, obj)

    def _collect(self, key: Key, obj: Object) -> None:
        """Delete an object all of whose owners are gone, or are on their way and wait for it."""
        owners = obj["metadata"].get("ownerReferences") or []
        if not owners or going(obj):
            return
        there = [owner for owner in owners if self._exists(owner["uid"])]
        waiting = [owner for owner in there if self._waits(owner["uid"])]
        if len(there) > len(waiting):
            if len(there) < len(owners):
                self._keep_owners(key, there)
            return
        has_own = bool(self._owned.get(obj["metadata"]["uid"]))
        propagation = "Foreground" if waiting and has_own else _chosen(obj)
        self.store.delete(key, propagation=propagation, uid=obj["metadata"]["uid"])

    def _keep_owners(self, key: Key, owners: list[Object]) -> None:
        def change(obj: Object) -> Object:
            obj["metadata"]["ownerReferences"] = owners
            return obj

        self.cluster.change(key, change)

    def _exists(self, uid: str) -> bool:
        found = self._object(uid)
        return found is not None

    def _waits(self, uid: str) -> bool:
        found = self._object(uid)
        return (
            found is not None and going(found) and FOREGROUND in (found["metadata"].get("finalizers") or ())
        )

    def _object(self, uid: str) -> Object | None:
        key = self._alive.get(uid)
        found = self.store.get(key) if key else None
        return found if found is not None and found["metadata"]["uid"] == uid else None

    def _dependents_first(self, key: Key, obj: Object) -> None:
        uid = obj["metadata"]["uid"]
        blocking = False
        for dependent in list(self._owned.get(uid, ())):
            found = self.store.get(dependent)
            if found is None:
                continue
            blocking = blocking or any(
                owner["uid"] == uid and owner.get("blockOwnerDeletion")
                for owner in found["metadata"].get("ownerReferences") or ()
            )
            self.queue.add(self, dependent)
        if not blocking:
            self._without_finalizer(key, FOREGROUND)

    def _let_go(self, key: Key, obj: Object) -> None:
        uid = obj["metadata"]["uid"]
        for dependent in list(self._owned.get(uid, ())):
            self.cluster.change(dependent, lambda found: _disowned(found, uid))
        self._without_finalizer(key, ORPHAN)

    def _without_finalizer(self, key: Key, finalizer: str) -> None:
        def change(obj: Object) -> Object:
            kept = [name for name in obj["metadata"].get("finalizers") or () if name != finalizer]
            obj["metadata"]["finalizers"] = kept
            return obj

        self.cluster.change(key, change)


def _owners(obj: Object | None) -> set[str]:
    owners = (obj["metadata"].get("ownerReferences") or ()) if obj else ()
    return {owner["uid"] for owner in owners}


def _chosen(obj: Object) -> str:
    """How the dependents of an object are to go, where its finalizers say so already."""
    finalizers = obj["metadata"].get("finalizers") or ()
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else "Background"


def _disowned(obj: Object, uid: str) -> Object:
    owners = [owner for owner in obj["metadata"].get("ownerReferences") or () if owner["uid"] != uid]
    obj["metadata"]["ownerReferences"] = owners
    if not owners:
        del obj["metadata"]["ownerReferences"]
    return obj
