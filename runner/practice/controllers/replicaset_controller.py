"""ReplicaSets and ReplicationControllers: so many pods of one template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from runner.practice.controllers import pod_control as of_pods
from runner.practice.controllers.adoption import claim
from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import (
    condition,
    going,
    name_of,
    now,
    owned_keys,
    owner_reference,
    selecting_keys,
    set_condition,
    without_empty,
)
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.store import Change, Key, Object, key_of


@enter
class ReplicaSets(Controller):
    """Pods of each ReplicaSet: as many as it asks for."""

    account = "replicaset-controller"
    watches = frozenset({"replicasets.apps", "pods"})
    resource: ClassVar[str] = "replicasets.apps"
    api_version: ClassVar[str] = "apps/v1"
    kind: ClassVar[str] = "ReplicaSet"
    component: ClassVar[str] = "replicaset-controller"

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == self.resource:
            return [change.key]
        return [
            *owned_keys(change, self.resource, self.kind),
            *selecting_keys(self.store, change, self.resource),
        ]

    def reconcile(self, key: Key) -> None:
        owner = self.store.get(key)
        if owner is None:
            return
        claimed = claim(self.cluster, self.selectable(owner), self.reference(owner), "pods")
        mine = of_pods.active(claimed)
        failure = None if going(owner) else self._scale(owner, mine)
        live = self.store.list("pods", key.namespace)
        uid = owner["metadata"]["uid"]
        mine = of_pods.active([pod for pod in live if _controlled_by(pod, uid)])
        self._report_status(key, mine, failure)

    def selectable(self, owner: Object) -> Object:
        """The owner with a LabelSelector as its selector."""
        return owner

    def reference(self, owner: Object) -> Object:
        return owner_reference(owner, self.api_version, self.kind)

    def _scale(self, owner: Object, mine: list[Object]) -> tuple[str, str] | None:
        """Make or remove pods; gives (reason, message) where it could not."""
        missing = owner["spec"].get("replicas", 1) - len(mine)
        try:
            for _ in range(min(missing, of_pods.BURST)):
                self._create(owner)
        except ApiError as error:
            self._report(owner, "Warning", "FailedCreate", f"Error creating: {error.message}")
            self.later(key_of(self.resource, owner), 5)
            return "FailedCreate", error.message
        if missing < 0:
            for pod in of_pods.first_to_go(mine)[: min(-missing, of_pods.BURST)]:
                of_pods.remove(self.cluster, pod)
                self._report(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")
        return None

    def _create(self, owner: Object) -> None:
        pod = of_pods.from_template(owner, owner["spec"]["template"], self.reference(owner))
        created = of_pods.create(self.cluster, "pods", pod)
        self._report(owner, "Normal", "SuccessfulCreate", f"Created pod: {name_of(created)}")

    def _report(self, owner: Object, kind: str, reason: str, message: str) -> None:
        about = reference(owner, self.api_version, self.kind)
        self.cluster.recorder.emit(about, Source(self.component), kind, reason, message)

    def _report_status(self, key: Key, mine: list[Object], failure: tuple[str, str] | None) -> None:
        owner = self.store.get(key)
        if owner is None:
            return
        found = of_pods.count(mine, owner["spec"].get("minReadySeconds", 0))
        if found.next_available is not None:
            self.later(key, found.next_available)
        labels = owner["spec"].get("template", {}).get("metadata", {}).get("labels") or {}
        labelled = sum(
            match_labels({"matchLabels": labels}, pod["metadata"].get("labels") or {}) for pod in mine
        )
        status = {"replicas": found.replicas} | without_empty(
            {
                "fullyLabeledReplicas": labelled,
                "readyReplicas": found.ready,
                "availableReplicas": found.available,
                "observedGeneration": owner["metadata"].get("generation", 1),
                "conditions": _conditions(owner, failure),
            }
        )
        self.cluster.change(key, lambda obj: {**obj, "status": status}, status=True)


def _controlled_by(pod: Object, uid: str) -> bool:
    owners: Iterable[Mapping[str, Any]] = pod["metadata"].get("ownerReferences") or ()
    return any(owner.get("controller") and owner["uid"] == uid for owner in owners)


def _conditions(owner: Object, failure: tuple[str, str] | None) -> list[Object]:
    kept = [dict(found) for found in owner.get("status", {}).get("conditions") or ()]
    if failure is None:
        return [found for found in kept if found["type"] != "ReplicaFailure"]
    reason, message = failure
    before = condition(owner, "ReplicaFailure")
    if before is not None and before["status"] == "True" and before["reason"] == reason:
        return kept  # as the real controller: a message that names another pod is no news
    text = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": now()}
    set_condition(kept, text | {"reason": reason, "message": message})
    return kept


@enter
class ReplicationControllers(ReplicaSets):
    """The older kind, whose selector is a plain map of labels."""

    account = "replication-controller"
    watches = frozenset({"replicationcontrollers", "pods"})
    resource = "replicationcontrollers"
    api_version = "v1"
    kind = "ReplicationController"
    component = "replication-controller"

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == self.resource:
            return [change.key]
        return owned_keys(change, self.resource, self.kind)

    def selectable(self, owner: Object) -> Object:
        spec = {**owner["spec"], "selector": {"matchLabels": owner["spec"].get("selector") or {}}}
        return {**owner, "spec": spec}
