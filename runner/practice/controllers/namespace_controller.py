"""Namespaces: their initial content, and how a terminating one is emptied."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.controller import EVERY_RESOURCE, Controller, WorkQueue, enter
from runner.practice.controllers.namespace_content import ROOT_CA, create_namespace_content
from runner.practice.controllers.object_helpers import going, now, set_condition
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.store import Change, Key, Object, key_of

NOT_CONTENT = frozenset({"events"})
"""Deleted last, so that events during the deletion are deleted, too."""
SEEN_SECONDS = 5.0
"""How long a deleted namespace is seen as Terminating before it is cleared (namespaceDeletionGracePeriod of the
namespace controller): `kubectl wait --for=delete` after `delete --wait=false` finds it."""


@enter
class Namespaces(Controller):
    """Fills new namespaces, and empties terminating ones."""

    account = "namespace-controller"
    watches = frozenset({EVERY_RESOURCE})

    def __init__(self, cluster: ClusterContext, queue: WorkQueue) -> None:
        super().__init__(cluster, queue)
        self._cleared_from: dict[str, float] = {}
        """By the uid of each namespace that goes: the loop's time from which it is cleared."""

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == "namespaces":
            return [change.key] if change.type != "DELETED" else ()
        edited = (
            change.type == "MODIFIED" and change.key.resource == "configmaps" and change.key.name == ROOT_CA
        )
        if not change.key.namespace or not (edited or change.type == "DELETED"):
            return ()
        home = Key("namespaces", "", change.key.namespace)
        found = self.store.get(home)
        if found is None:
            return ()
        born_with = (change.key.resource, change.key.name) in (
            ("serviceaccounts", "default"),
            ("configmaps", ROOT_CA),
        )
        return [home] if going(found) or born_with else ()

    def reconcile(self, key: Key) -> None:
        namespace = self.store.get(key)
        if namespace is None:
            return
        if not going(namespace):
            create_namespace_content(self.cluster, key.name)
            return
        if self._still_shown(key, namespace["metadata"]["uid"]):
            return
        self._delete_content(key.name)
        left = self._left(key.name)
        self._report_status(key, left)
        if left:
            return
        for event in self.store.list("events", key.name):
            self.store.delete(key_of("events", event))
        self.cluster.change(key, _finalized, subresource="finalize")
        self._cleared_from.pop(namespace["metadata"]["uid"], None)

    def _still_shown(self, key: Key, uid: str) -> bool:
        """Whether it is too early to clear the namespace; then it is looked at again."""
        time = asyncio.get_running_loop().time()
        left = self._cleared_from.setdefault(uid, time + self.cluster.seconds(SEEN_SECONDS)) - time
        if left > 0:
            self.queue.add_later(self, key, left)
        return left > 0

    def _delete_content(self, namespace: str) -> None:
        for resource in list(self.store.resources()):
            if resource in NOT_CONTENT or resource == "namespaces":
                continue
            for obj in self.store.list(resource, namespace):
                if going(obj):
                    continue
                try:
                    self.store.delete(key_of(resource, obj))
                except ApiError as error:
                    # Deleting one object may take others with it: what is gone is what is wanted.
                    if error.code != 404:
                        raise

    def _left(self, namespace: str) -> list[tuple[str, Object]]:
        return [
            (resource, obj)
            for resource in list(self.store.resources())
            if resource not in NOT_CONTENT and resource != "namespaces"
            for obj in self.store.list(resource, namespace)
        ]

    def _report_status(self, key: Key, left: list[tuple[str, Object]]) -> None:
        counted = Counter(resource if "." in resource else f"{resource}." for resource, _ in left)
        held = Counter(name for _, obj in left for name in (obj["metadata"].get("finalizers") or ()))
        remaining = ", ".join(
            f"{name} has {count} resource instances" for name, count in sorted(counted.items())
        )
        holding = ", ".join(f"{name} in {count} resource instances" for name, count in sorted(held.items()))
        rows = (
            ("NamespaceDeletionDiscoveryFailure", False, "ResourcesDiscovered", "All resources successfully discovered"),
            ("NamespaceDeletionGroupVersionParsingFailure", False, "ParsedGroupVersions",
             "All legacy kube types successfully parsed"),
            ("NamespaceDeletionContentFailure", False, "ContentDeleted",
             "All content successfully deleted, may be waiting on finalization"),
            ("NamespaceContentRemaining", True, "SomeResourcesRemain", f"Some resources are remaining: {remaining}")
            if left else ("NamespaceContentRemaining", False, "ContentRemoved", "All content successfully removed"),
            ("NamespaceFinalizersRemaining", True, "SomeFinalizersRemain",
             f"Some content in the namespace has finalizers remaining: {holding}")
            if held else ("NamespaceFinalizersRemaining", False, "ContentHasNoFinalizers",
                          "All content-preserving finalizers finished"),
        )  # fmt: skip

        def change(obj: Object) -> Object:
            conditions = obj.setdefault("status", {}).setdefault("conditions", [])
            for kind, holds, reason, message in rows:
                text = {"type": kind, "status": str(holds), "reason": reason, "message": message}
                set_condition(conditions, {"lastTransitionTime": now(), **text})
            return obj

        self.cluster.change(key, change, status=True)


def _finalized(namespace: Object) -> Object:
    spec = namespace.setdefault("spec", {})
    spec["finalizers"] = [name for name in spec.get("finalizers") or () if name != "kubernetes"]
    return namespace
