"""StatefulSets: pods with names and claims that stay, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from runner.practice.controllers import pod_control as of_pods
from runner.practice.controllers import revision_history as history
from runner.practice.controllers.adoption import claim
from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import (
    going,
    is_active,
    name_of,
    namespace_of,
    owned_keys,
    owner_reference,
    seconds_until_available,
    selecting_keys,
    without_empty,
)
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.store import Change, Key, Object, key_of

RESOURCE = "statefulsets.apps"
HASH_LABEL = "controller.kubernetes.io/hash"
POD_INDEX_SINCE, AVAILABLE_SINCE = 28, 22
SOURCE = Source("statefulset-controller")


@dataclass(frozen=True, slots=True)
class Plan:
    """One StatefulSet with what its present look found."""

    owner: Object
    pods: dict[int, Object]  # by ordinal
    current: Object  # the revision that was rolled out last
    update: Object  # the revision of the present template

    @property
    def first(self) -> int:
        return int((self.owner["spec"].get("ordinals") or {}).get("start", 0))

    @property
    def wanted(self) -> range:
        return range(self.first, self.first + int(self.owner["spec"].get("replicas", 1)))

    @property
    def in_order(self) -> bool:
        return bool(self.owner["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady")

    @property
    def strategy(self) -> str:
        return str(self.owner["spec"].get("updateStrategy", {}).get("type", "RollingUpdate"))

    @property
    def partition(self) -> int:
        rolling = self.owner["spec"].get("updateStrategy", {}).get("rollingUpdate") or {}
        return self.first + int(rolling.get("partition", 0))


@enter
class StatefulSets(Controller):
    """Pods web-0, web-1, …: created upwards, deleted and replaced downwards."""

    account = "statefulset-controller"
    watches = frozenset({RESOURCE, "pods"})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == RESOURCE:
            return [change.key]
        owned = owned_keys(change, RESOURCE, "StatefulSet")
        return [*owned, *selecting_keys(self.store, change, RESOURCE)]

    def reconcile(self, key: Key) -> None:
        owner = self.store.get(key)
        if owner is None:
            return
        update = history.newest(self.cluster, owner, self._reference(owner), HASH_LABEL)
        plan = self._plan(owner, update)
        if not going(owner):
            try:
                self._bring_up(plan) and self._take_down(plan) and self._roll(plan)
            finally:
                self._report_status(self._plan(owner, update))
            return
        self._report_status(plan)

    def _reference(self, owner: Object) -> Object:
        return owner_reference(owner, "apps/v1", "StatefulSet")

    def _plan(self, owner: Object, update: Object) -> Plan:
        claimed = claim(self.cluster, owner, self._reference(owner), "pods")
        by_ordinal: dict[int, Object] = {}
        for pod in claimed:
            found = re.fullmatch(rf"{re.escape(name_of(owner))}-(\d+)", name_of(pod))
            if found:
                by_ordinal[int(found[1])] = pod
        known = {name_of(revision): revision for revision in history.all_of(self.cluster, owner)}
        live = self.store.get(key_of(RESOURCE, owner)) or owner
        current = known.get(live.get("status", {}).get("currentRevision", ""), update)
        return Plan(owner, by_ordinal, current, update)

    def _bring_up(self, plan: Plan) -> bool:
        """Create what is missing; False if the next one must wait for it."""
        made = 0
        for ordinal in plan.wanted:
            pod = plan.pods.get(ordinal)
            if pod is None:
                self._create(plan, ordinal)
                made += 1
                if plan.in_order or made == of_pods.BURST:
                    return False
            elif not is_active(pod):
                if not going(pod):
                    of_pods.remove(self.cluster, pod)
                if plan.in_order:
                    return False
            elif plan.in_order and not self._available(plan, pod):
                return False
        return True

    def _available(self, plan: Plan, pod: Object) -> bool:
        wait = seconds_until_available(pod, plan.owner["spec"].get("minReadySeconds", 0))
        if wait:
            self.later(key_of(RESOURCE, plan.owner), wait)
        return wait == 0

    def _take_down(self, plan: Plan) -> bool:
        """Delete what is too many, the highest first; False while one is on its remedy."""
        extra = sorted((ordinal for ordinal in plan.pods if ordinal not in plan.wanted), reverse=True)
        for ordinal in extra:
            if not going(plan.pods[ordinal]):
                self._delete(plan, plan.pods[ordinal])
            if plan.in_order:
                return False
        return True

    def _roll(self, plan: Plan) -> bool:
        """Replace one pod of an older template, from the highest down to the partition."""
        if plan.strategy != "RollingUpdate":
            return False
        for ordinal in reversed(plan.wanted):
            if ordinal < plan.partition:
                break
            pod = plan.pods.get(ordinal)
            if pod is None or going(pod):
                return False
            if _revision(pod) != name_of(plan.update):
                self._delete(plan, pod)
                return False
            if not self._available(plan, pod):
                return False
        return True

    def _create(self, plan: Plan, ordinal: int) -> None:
        owner = plan.owner
        name = f"{name_of(owner)}-{ordinal}"
        older = plan.strategy == "RollingUpdate" and ordinal < plan.partition
        revision = plan.current if older else plan.update
        pod = of_pods.from_template(owner, history.template_of(revision), self._reference(owner), name)
        pod["metadata"]["generateName"] = f"{name_of(owner)}-"
        labels = pod["metadata"].setdefault("labels", {})
        labels |= {history.TEMPLATE_LABEL: name_of(revision), "statefulset.kubernetes.io/pod-name": name}
        if self.cluster.minor >= POD_INDEX_SINCE:
            labels["apps.kubernetes.io/pod-index"] = str(ordinal)
        pod["spec"]["hostname"] = name
        if owner["spec"].get("serviceName"):
            pod["spec"]["subdomain"] = owner["spec"]["serviceName"]
        try:
            self._claims(owner, pod)
            of_pods.create(self.cluster, "pods", pod)
        except ApiError as error:
            message = f"create Pod {name} in StatefulSet {name_of(owner)} failed error: {error.message}"
            self._report(owner, "Warning", "FailedCreate", message)
            raise
        message = f"create Pod {name} in StatefulSet {name_of(owner)} successful"
        self._report(owner, "Normal", "SuccessfulCreate", message)

    def _claims(self, owner: Object, pod: Object) -> None:
        """The claims of a pod: made where they don't exist, and never removed."""
        for template in owner["spec"].get("volumeClaimTemplates") or ():
            volume = template["metadata"]["name"]
            name = f"{volume}-{name_of(pod)}"
            others = [v for v in pod["spec"].get("volumes") or () if v["name"] != volume]
            pod["spec"]["volumes"] = [*others, {"name": volume, "persistentVolumeClaim": {"claimName": name}}]
            if self.store.get(Key("persistentvolumeclaims", namespace_of(owner), name)):
                continue
            selected = (owner["spec"].get("selector") or {}).get("matchLabels") or {}
            meta = {
                "name": name,
                "namespace": namespace_of(owner),
                "labels": {**(template["metadata"].get("labels") or {}), **selected},
            }
            spec = copied(template["spec"])
            made = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}
            of_pods.create(self.cluster, "persistentvolumeclaims", made)
            text = f"create Claim {name} Pod {name_of(pod)} in StatefulSet {name_of(owner)} success"
            self._report(owner, "Normal", "SuccessfulCreate", text)

    def _delete(self, plan: Plan, pod: Object) -> None:
        of_pods.remove(self.cluster, pod)
        message = f"delete Pod {name_of(pod)} in StatefulSet {name_of(plan.owner)} successful"
        self._report(plan.owner, "Normal", "SuccessfulDelete", message)

    def _report(self, owner: Object, kind: str, reason: str, message: str) -> None:
        about = reference(owner, "apps/v1", "StatefulSet")
        self.cluster.recorder.emit(about, SOURCE, kind, reason, message)

    def _report_status(self, plan: Plan) -> None:
        key = key_of(RESOURCE, plan.owner)
        owner = self.store.get(key)
        if owner is None:
            return
        live = [pod for pod in plan.pods.values() if is_active(pod)]
        found = of_pods.count(live, owner["spec"].get("minReadySeconds", 0))
        if found.next_available is not None:
            self.later(key, found.next_available)
        current, update = name_of(plan.current), name_of(plan.update)
        updated = sum(_revision(pod) == update for pod in live)
        if updated == found.replicas == found.ready == len(plan.wanted) and plan.strategy == "RollingUpdate":
            current = update
        status: Object = {"replicas": len(plan.pods), "collisionCount": 0}
        if self.cluster.minor >= AVAILABLE_SINCE:
            status["availableReplicas"] = found.available
        status |= without_empty(
            {
                "observedGeneration": owner["metadata"].get("generation", 1),
                "readyReplicas": found.ready,
                "currentReplicas": sum(_revision(pod) == current for pod in live),
                "updatedReplicas": updated,
                "currentRevision": current,
                "updateRevision": update,
            }
        )
        self.cluster.change(key, lambda obj: {**obj, "status": status}, status=True)
        history.trim(self.cluster, owner, {current, update, *map(_revision, plan.pods.values())})


def _revision(pod: Object) -> str:
    return str((pod["metadata"].get("labels") or {}).get(history.TEMPLATE_LABEL, ""))
