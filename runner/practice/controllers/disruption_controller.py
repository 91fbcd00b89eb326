"""PodDisruptionBudgets: how many pods may be evicted now."""

from __future__ import annotations

from collections.abc import Iterable

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.object_helpers import (
    controller_of,
    going,
    is_active,
    is_ready,
    now,
    set_condition,
    share,
    uid_of,
)
from runner.practice.machinery.list_selectors import match_labels
from runner.practice.machinery.store import Change, Key, Object, key_of

RESOURCE = "poddisruptionbudgets.policy"
CONDITION_SINCE = 21
SCALED = {
    "ReplicaSet": "replicasets.apps",
    "StatefulSet": "statefulsets.apps",
    "ReplicationController": "replicationcontrollers",
}


@enter
class Disruption(Controller):
    """The status of each budget."""

    account = "disruption-controller"
    watches = frozenset({RESOURCE, "pods"})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == RESOURCE:
            return [change.key]
        budgets = self.store.list(RESOURCE, change.key.namespace)
        return [key_of(RESOURCE, budget) for budget in budgets if _selects(budget, change.object)]

    def reconcile(self, key: Key) -> None:
        budget = self.store.get(key)
        if budget is None or going(budget):
            return
        pods = [
            pod for pod in self.store.list("pods", key.namespace) if _selects(budget, pod) and is_active(pod)
        ]
        healthy = sum(is_ready(pod) for pod in pods)
        expected, desired = self._wanted(budget["spec"], pods)
        allowed = max(healthy - desired, 0) if expected else 0
        generation = budget["metadata"].get("generation", 1)

        def change(obj: Object) -> Object:
            status = dict(obj.get("status") or {})
            status |= {
                "currentHealthy": healthy,
                "desiredHealthy": desired,
                "disruptionsAllowed": allowed,
                "expectedPods": expected,
                "observedGeneration": generation,
            }
            if self.cluster.minor >= CONDITION_SINCE:
                status["conditions"] = [dict(found) for found in status.get("conditions") or ()]
                message = {
                    "type": "DisruptionAllowed",
                    "status": "True" if allowed else "False",
                    "reason": "SufficientPods" if allowed else "InsufficientPods",
                    "message": "",
                    "observedGeneration": generation,
                    "lastTransitionTime": now(),
                }
                set_condition(status["conditions"], message)
            return {**obj, "status": status}

        self.cluster.change(key, change, status=True)

    def _wanted(self, spec: Object, pods: list[Object]) -> tuple[int, int]:
        """Pods that there should be, and that must stay healthy."""
        if spec.get("maxUnavailable") is not None:
            expected = self._scale(pods)
            return expected, max(expected - share(spec["maxUnavailable"], expected, up=True), 0)
        least = spec.get("minAvailable", 1)
        if isinstance(least, str):
            expected = self._scale(pods)
            return expected, share(least, expected, up=True)
        return len(pods), int(least)

    def _scale(self, pods: list[Object]) -> int:
        """The sizes of the workloads to which the pods belong; pods of none count for themselves."""
        sizes: dict[str, int] = {}
        for pod in pods:
            owner = controller_of(pod)
            resource = SCALED.get(owner["kind"]) if owner else None
            found = (
                self.store.get(Key(resource, pod["metadata"]["namespace"], owner["name"]))
                if owner and resource
                else None
            )
            if found is None:
                sizes[uid_of(pod)] = 1
                continue
            above = controller_of(found)
            deployment = (
                self.store.get(Key("deployments.apps", pod["metadata"]["namespace"], above["name"]))
                if above
                else None
            )
            scaled = deployment or found
            sizes[uid_of(scaled)] = int(scaled["spec"].get("replicas", 1))
        return sum(sizes.values())


def _selects(budget: Object, pod: Object) -> bool:
    selector = budget["spec"].get("selector")
    return selector is not None and match_labels(selector, pod["metadata"].get("labels") or {})
