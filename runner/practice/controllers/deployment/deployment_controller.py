"""The controller of Deployments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from runner.practice.controllers import pod_control as of_pods
from runner.practice.controllers.adoption import claim
from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.deployment import deployment_revisions as revisions
from runner.practice.controllers.deployment import deployment_status as status
from runner.practice.controllers.deployment import rollout
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import (
    condition,
    controller_of,
    going,
    is_active,
    name_of,
    owned_keys,
    owner_reference,
    selecting_keys,
)
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.generated_names import template_hash
from runner.practice.machinery.store import Change, Key, Object, key_of

RESOURCE = "deployments.apps"
SETS = "replicasets.apps"
BOTH_NUMBERS_SINCE, IN_READING_ORDER_SINCE = 27, 31
"""Minors since which an event of scaling tells the size before, and tells it first."""


@dataclass(frozen=True, slots=True)
class Sets:
    """The ReplicaSets of a Deployment: that of its present template, and the others, oldest first."""

    new: Object | None
    old: list[Object]

    @property
    def all(self) -> list[Object]:
        return [*self.old, *([self.new] if self.new else [])]


@enter
class Deployments(Controller):
    """ReplicaSets of each Deployment: the one of its template grows, the others shrink."""

    account = "deployment-controller"
    watches = frozenset({RESOURCE, SETS, "pods"})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == RESOURCE:
            return [change.key]
        if change.key.resource == SETS:
            strays = selecting_keys(self.store, change, RESOURCE)
            return [*owned_keys(change, RESOURCE, "Deployment"), *strays]
        # Only a Recreate rollout waits for pods themselves: for the last old one to be gone.
        return self._recreated(change) if change.type == "DELETED" else ()

    def _recreated(self, change: Change) -> Iterable[Key]:
        owner = controller_of(change.object)
        if owner is None or owner["kind"] != "ReplicaSet":
            return ()
        found = self.store.get(Key(SETS, change.key.namespace, owner["name"]))
        above = controller_of(found) if found else None
        return [Key(RESOURCE, change.key.namespace, above["name"])] if above else ()

    def reconcile(self, key: Key) -> None:
        deployment = self.store.get(key)
        if deployment is None:
            return
        sets = self._sets(deployment)
        if going(deployment):
            self._report_status(key, sets, rolling=False)
            return
        self._note_pause(key)
        if deployment["spec"].get("paused") or self._is_scaled(deployment, sets):
            sets = self._sync_revision(deployment, sets, create=False)
            self._resize(deployment, sets)
            if deployment["spec"].get("paused"):
                self._clean_up(deployment, self._sets(deployment))
            self._report_status(key, self._sets(deployment), rolling=False)
        elif rollout.is_rolling(deployment):
            self._roll(deployment, sets)
        else:
            self._recreate(deployment, sets)

    def _sets(self, deployment: Object) -> Sets:
        mine = claim(self.cluster, deployment, owner_reference(deployment, "apps/v1", "Deployment"), SETS)
        return Sets(*revisions.split(deployment, mine))

    def _is_scaled(self, deployment: Object, sets: Sets) -> bool:
        """Whether the Deployment's size changed since its active ReplicaSets noted it."""
        for rs in sets.all:
            noted = (rs["metadata"].get("annotations") or {}).get(revisions.DESIRED)
            if rollout.size(rs) and noted is not None and noted != str(rollout.wanted(deployment)):
                return True
        return False

    def _roll(self, deployment: Object, sets: Sets) -> None:
        sets = self._sync_revision(deployment, sets, create=True)
        key = key_of(RESOURCE, deployment)
        if sets.new is None:
            self._report_status(key, sets, rolling=True)
            return
        present = rollout.size(sets.new)
        wanted = rollout.wanted(deployment)
        next_size = min(present, wanted)
        if present < wanted:
            next_size = rollout.size_of_new(deployment, sets.all, present)
        if next_size != present:
            self._scale(deployment, sets.new, next_size)
        else:
            for rs, size in rollout.shrink_old(deployment, sets.new, sets.old):
                self._scale(deployment, rs, size)
        self._finish(deployment)

    def _recreate(self, deployment: Object, sets: Sets) -> None:
        old = [rs for rs in sets.old if rollout.size(rs)]
        for rs in old:
            self._scale(deployment, rs, 0)
        sets = self._sync_revision(deployment, self._sets(deployment), create=False)
        if not old and not self._old_pods_left(sets):
            sets = self._sync_revision(deployment, sets, create=True)
            if sets.new and rollout.size(sets.new) != rollout.wanted(deployment):
                self._scale(deployment, sets.new, rollout.wanted(deployment))
        self._finish(deployment)

    def _old_pods_left(self, sets: Sets) -> bool:
        uids = {rs["metadata"]["uid"] for rs in sets.old}
        if not uids:
            return False
        namespace = sets.old[0]["metadata"]["namespace"]
        owners = (
            controller_of(pod) for pod in self.store.list("pods", namespace) if is_active(pod) or going(pod)
        )
        return any(owner is not None and owner["uid"] in uids for owner in owners)

    def _finish(self, deployment: Object) -> None:
        sets = self._sets(deployment)
        counts = status.counts(deployment, sets.new, sets.all)
        if status.is_complete(deployment, counts):
            self._clean_up(deployment, sets)
        self._report_status(key_of(RESOURCE, deployment), self._sets(deployment), rolling=True)

    def _sync_revision(self, deployment: Object, sets: Sets, *, create: bool) -> Sets:
        """Number the current ReplicaSet, made first where `create`, and the Deployment with it."""
        revision = revisions.newest_revision(sets.old) + 1
        if sets.new is not None:
            self._number(deployment, sets.new, revision)
            self._condition(
                deployment,
                "FoundNewReplicaSet",
                f'Found new replica set "{name_of(sets.new)}"',
                only_if_none=True,
            )
        elif create:
            self._create_set(deployment, sets, revision)
        else:
            return sets
        sets = self._sets(deployment)
        if sets.new is not None:
            number = str(revisions.revision_of(sets.new))
            self.cluster.change(
                key_of(RESOURCE, deployment), lambda obj: _annotated(obj, {revisions.REVISION: number})
            )
        return sets

    def _number(self, deployment: Object, new: Object, revision: int) -> None:
        def change(obj: Object) -> Object:
            present = obj["metadata"].get("annotations") or {}
            obj["metadata"]["annotations"] = revisions.annotations_of_new(
                deployment, present, revision, existing=True
            )
            return _with_min_ready(obj, deployment)

        self.cluster.change(key_of(SETS, new), change)

    def _create_set(self, deployment: Object, sets: Sets, revision: int) -> None:
        collisions = deployment.get("status", {}).get("collisionCount", 0)
        made = revisions.replica_set(
            deployment,
            template_hash(deployment["spec"]["template"], collisions),
            owner_reference(deployment, "apps/v1", "Deployment"),
            rollout.size_of_new(deployment, sets.all, 0),
        )
        made["metadata"]["annotations"] = revisions.annotations_of_new(
            deployment, {}, revision, existing=False
        )
        try:
            created = of_pods.create(self.cluster, SETS, made)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                self._count_collision(deployment)
            else:
                why = f"Failed to create new replica set {name_of(made)!r}: {error.message}".replace("'", '"')
                self._condition(deployment, "ReplicaSetCreateError", why, holds="False")
                self._report(deployment, "Warning", "ReplicaSetCreateError", why)
            raise
        replicas = rollout.size(created)
        if replicas:
            self._report_scaled(deployment, created, 0, replicas, made=True)
        self._condition(deployment, "NewReplicaSetCreated", f'Created new replica set "{name_of(created)}"')

    def _count_collision(self, deployment: Object) -> None:
        """Another one's ReplicaSet has the name: the next hash takes this into account."""

        def change(obj: Object) -> Object:
            kept = obj.setdefault("status", {})
            kept["collisionCount"] = kept.get("collisionCount", 0) + 1
            return obj

        self.cluster.change(key_of(RESOURCE, deployment), change, status=True)

    def _resize(self, deployment: Object, sets: Sets) -> None:
        """Follow a change of `replicas` without changing which template is rolled out."""
        active = [rs for rs in sets.all if rollout.size(rs)]
        latest = active or ([sets.new] if sets.new else sets.old[-1:])
        if len(latest) <= 1:
            for rs in latest:
                self._scale(deployment, rs, rollout.wanted(deployment))
            return
        if sets.new and _is_saturated(deployment, sets.new):
            for rs in active:
                if rs is not sets.new:
                    self._scale(deployment, rs, 0)
        elif rollout.is_rolling(deployment):
            noted = {name_of(rs): _noted_maximum(rs) for rs in active}
            for rs, size in rollout.proportional(deployment, active, noted):
                self._scale(deployment, rs, size)

    def _scale(self, deployment: Object, rs: Object, size: int) -> None:
        before = rollout.size(rs)
        notes = revisions.replica_annotations(deployment)

        def change(obj: Object) -> Object:
            obj["spec"]["replicas"] = size
            return _annotated(obj, notes)

        self.cluster.change(key_of(SETS, rs), change)
        if before != size:
            self._report_scaled(deployment, rs, before, size)

    def _clean_up(self, deployment: Object, sets: Sets) -> None:
        """Forget the oldest ReplicaSets beyond revisionHistoryLimit."""
        limit = deployment["spec"].get("revisionHistoryLimit", 10)
        old = [rs for rs in sets.old if not going(rs)]
        for rs in sorted(old, key=revisions.revision_of)[: max(len(old) - limit, 0)]:
            seen = rs.get("status", {}).get("observedGeneration", 0)
            if (
                not rollout.size(rs)
                and not rollout.actual(rs)
                and rs["metadata"].get("generation", 1) <= seen
            ):
                self.store.delete(key_of(SETS, rs))

    def _note_pause(self, key: Key) -> None:
        deployment = self.store.get(key)
        if deployment is None or status.deadline(deployment) is None:
            return
        current = condition(deployment, "Progressing")
        paused = deployment["spec"].get("paused", False)
        reason = current["reason"] if current else ""
        if current and reason == status.TIMED_OUT:
            return
        if paused and reason != "DeploymentPaused":
            self._condition(deployment, "DeploymentPaused", "Deployment is paused", holds="Unknown")
        elif not paused and reason == "DeploymentPaused":
            self._condition(deployment, "DeploymentResumed", "Deployment is resumed", holds="Unknown")

    def _condition(
        self, deployment: Object, reason: str, message: str, holds: str = "True", only_if_none: bool = False
    ) -> None:
        """Set Progressing."""
        if status.deadline(deployment) is None:
            return
        new = status.deployment_condition("Progressing", holds, reason, message)

        def change(obj: Object) -> Object | None:
            if only_if_none and condition(obj, "Progressing"):
                return None
            kept = obj.setdefault("status", {})
            kept["conditions"] = status.put(kept.get("conditions") or [], new)
            return obj

        self.cluster.change(key_of(RESOURCE, deployment), change, status=True)

    def _report_status(self, key: Key, sets: Sets, *, rolling: bool) -> None:
        deployment = self.store.get(key)
        if deployment is None:
            return
        new = status.counts(deployment, sets.new, sets.all)
        conditions = list(deployment.get("status", {}).get("conditions") or ())
        conditions = status.put(conditions, status.availability(deployment, new))
        if rolling:
            conditions = status.progress(deployment, sets.new, new, conditions)
            failure = status.failures(sets.all)
            conditions = (
                status.put(conditions, failure) if failure else status.without(conditions, "ReplicaFailure")
            )
        new["conditions"] = conditions
        change: Callable[[Object], Object] = lambda obj: {**obj, "status": new}  # noqa: E731
        text = self.cluster.change(key, change, status=True) or deployment
        left = status.seconds_left(text, condition(text, "Progressing"))
        if left:
            self.queue.add_later(self, key, left + 1)  # a deadline is what the learner set: never shortened

    def _report_scaled(
        self, deployment: Object, rs: Object, before: int, after: int, *, made: bool = False
    ) -> None:
        way = "up" if after > before else "down"
        minor = self.cluster.minor
        if minor >= IN_READING_ORDER_SINCE:
            sizes = f"from {before} to {after}"
        elif minor >= BOTH_NUMBERS_SINCE and not made:
            sizes = f"to {after} from {before}"
        else:
            sizes = f"to {after}"
        self._report(
            deployment, "Normal", "ScalingReplicaSet", f"Scaled {way} replica set {name_of(rs)} {sizes}"
        )

    def _report(self, deployment: Object, kind: str, reason: str, message: str) -> None:
        about = reference(deployment, "apps/v1", "Deployment")
        self.cluster.recorder.emit(about, Source("deployment-controller"), kind, reason, message)


def _annotated(obj: Object, notes: dict[str, str]) -> Object:
    obj["metadata"]["annotations"] = {**(obj["metadata"].get("annotations") or {}), **notes}
    return obj


def _with_min_ready(rs: Object, deployment: Object) -> Object:
    seconds = deployment["spec"].get("minReadySeconds", 0)
    rs["spec"].pop("minReadySeconds", None)
    if seconds:
        rs["spec"]["minReadySeconds"] = seconds
    return rs


def _is_saturated(deployment: Object, rs: Object) -> bool:
    wanted = rollout.wanted(deployment)
    noted = (rs["metadata"].get("annotations") or {}).get(revisions.DESIRED)
    return rollout.size(rs) == wanted == rollout.available(rs) and noted == str(wanted)


def _noted_maximum(rs: Object) -> int:
    text = (rs["metadata"].get("annotations") or {}).get(revisions.MAXIMUM, "0")
    return int(text) if text.isdigit() else 0
