"""HorizontalPodAutoscalers: as many replicas as the metrics ask for, between minReplicas and maxReplicas.

Where nothing is measured, as on a cluster without a metrics server, the autoscaler says so in the real controller's words
(k8s.io/kubernetes, pkg/controller/podautoscaler/horizontal.go).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.controller import Controller, WorkQueue, enter
from runner.practice.controllers.custom_metrics import selector_text
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import going, now, set_condition
from runner.practice.controllers.scaling_limits import ScalingHistory
from runner.practice.controllers.scaling_metrics import Proposal, UnknownMetric, propose
from runner.practice.kinds.horizontalpodautoscaler_kind import HORIZONTAL_POD_AUTOSCALER
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.list_selectors import label_matcher, match_labels
from runner.practice.machinery.served_resources import Resource
from runner.practice.machinery.store import Change, Key, Object

RESOURCE = HORIZONTAL_POD_AUTOSCALER.key
SOURCE = Source("horizontal-pod-autoscaler")
PERIOD = 15.0
"""Seconds from one look to the next (--horizontal-pod-autoscaler-sync-period), and before the first."""


class NoScale(Exception):
    """The target can't be found, or has no scale."""


class NoMetrics(Exception):
    """No number of replicas can be computed."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is scaled: its key, and where its replicas are."""

    key: Key
    path: tuple[str, ...]
    replicas: int
    selects: Callable[[Mapping[str, str]], bool]
    """Whether a pod with these labels is one of its pods."""
    selector: str = ""
    """The same as a query has it."""


@enter
class Autoscalers(Controller):
    """Every autoscaler, again and again."""

    account = "horizontal-pod-autoscaler"
    watches = frozenset({RESOURCE})

    def __init__(self, cluster: ClusterContext, queue: WorkQueue) -> None:
        super().__init__(cluster, queue)
        self._histories: dict[str, ScalingHistory] = {}
        """By the autoscaler's uid."""

    def keys(self, change: Change) -> Iterable[Key]:
        if change.type == "ADDED":
            self.later(change.key, PERIOD)
        elif change.type == "DELETED":
            self._histories.pop(change.object["metadata"]["uid"], None)
        return ()

    def reconcile(self, key: Key) -> None:
        found = self.store.get(key)
        if found is None or going(found):
            return
        self.later(key, PERIOD)
        try:
            target = self._target(found)
        except NoScale as error:
            self._report(found, "Warning", "FailedGetScale", str(error))
            why = f"the HPA controller was unable to get the target's current scale: {error}"
            self._show(key, [("AbleToScale", "False", "FailedGetScale", why)], {})
            return
        got = "the HPA controller was able to get the target's current scale"
        conditions = [("AbleToScale", "True", "SucceededGetScale", got)]
        least, most = found["spec"].get("minReplicas", 1), found["spec"]["maxReplicas"]
        if target.replicas == 0 and least:
            why = "scaling is disabled since the replica count of the target is zero"
            conditions.append(("ScalingActive", "False", "ScalingDisabled", why))
            self._show(key, conditions, {"currentReplicas": 0, "desiredReplicas": 0})
        elif target.replicas > most:
            self._rescale(key, found, target, most, "Current number of replicas above Spec.MaxReplicas")
        elif target.replicas < least:
            self._rescale(key, found, target, least, "Current number of replicas below Spec.MinReplicas")
        else:
            self._follow_metrics(key, found, target, conditions)

    def _follow_metrics(
        self, key: Key, found: Object, target: Target, conditions: list[tuple[str, str, str, str]]
    ) -> None:
        try:
            wanted, metric, statuses = self._measured(found, target, conditions)
        except NoMetrics as error:
            self._show(key, conditions, {"currentReplicas": target.replicas})
            self._report(found, "Warning", "FailedComputeMetricsReplicas", str(error))
            return
        history = self._histories.setdefault(found["metadata"]["uid"], ScalingHistory())
        now = time.monotonic() * self.cluster.settings.speed
        allowed, limits = history.limited(found["spec"], target.replicas, wanted, now)
        conditions += limits
        status: Object = {"currentMetrics": statuses}
        if allowed == target.replicas:
            self._show(key, conditions, {**status, "currentReplicas": allowed, "desiredReplicas": allowed})
            return
        up = allowed > target.replicas
        self._rescale(
            key, found, target, allowed, f"{metric} above target" if up else "All metrics below target",
            conditions, status,
        )  # fmt: skip
        history.scaled(target.replicas, allowed, now)

    def _measured(
        self, found: Object, target: Target, conditions: list[tuple[str, str, str, str]]
    ) -> tuple[int, str, list[Object]]:
        """(the most replicas that a metric asks for, that metric, what is measured). Raises NoMetrics."""
        metrics: list[Object] = found["spec"]["metrics"]  # there is one by default
        proposals: list[Proposal] = []
        unknown: list[UnknownMetric] = []
        for metric in metrics:
            try:
                proposals.append(
                    propose(
                        self.cluster,
                        metric,
                        self._pods(target),
                        target.replicas,
                        target.key.namespace,
                        target.selector,
                    )
                )
            except UnknownMetric as error:
                self._report(found, "Warning", error.reason, error.message)
                unknown.append(error)
        most = max(proposals, key=lambda proposal: proposal.replicas, default=None)
        if unknown and (most is None or most.replicas < target.replicas):
            why = f"the HPA was unable to compute the replica count: {unknown[0].message}"
            conditions.append(("ScalingActive", "False", unknown[0].reason, why))
            count = f"{len(unknown)} invalid out of {len(metrics)}"
            raise NoMetrics(f"invalid metrics ({count}), first error is: {unknown[0].first}")
        assert most is not None
        why = f"the HPA was able to successfully calculate a replica count from {most.metric}"
        conditions.append(("ScalingActive", "True", "ValidMetricFound", why))
        return most.replicas, most.metric, [proposal.status for proposal in proposals]

    def _pods(self, target: Target) -> list[Object]:
        """The pods that the target's selector finds."""
        pods = self.store.list("pods", target.key.namespace)
        return [pod for pod in pods if target.selects(pod["metadata"].get("labels") or {})]

    def _target(self, found: Object) -> Target:
        ref = found["spec"]["scaleTargetRef"]
        api_version, kind = ref.get("apiVersion", ""), ref["kind"]
        resource = self.cluster.registry.by_kind(api_version, kind)
        if resource is None:
            group = api_version.rpartition("/")[0]
            raise NoScale(f'no matches for kind "{kind}" in group "{group}"')
        key = Key(resource.storage_key, found["metadata"]["namespace"], ref["name"])
        obj = self.store.get(key)
        if obj is None:
            raise NoScale(f'{resource.key} "{ref["name"]}" not found')
        path = _replicas_path(resource)
        if path is None:
            raise NoScale("the server could not find the requested resource")
        value: object = obj
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return Target(
            key,
            path,
            value if isinstance(value, int) else 0,
            _selector(resource, obj),
            selector_text(obj.get("spec", {}).get("selector") or {}),
        )

    def _rescale(
        self,
        key: Key,
        found: Object,
        target: Target,
        wanted: int,
        reason: str,
        conditions: Sequence[tuple[str, str, str, str]] = (),
        measured: Object | None = None,
    ) -> None:
        def scaled(obj: Object) -> Object:
            place = obj
            for name in target.path[:-1]:
                place = place.setdefault(name, {})
            place[target.path[-1]] = wanted
            return obj

        status: Object = {"currentReplicas": target.replicas, **(measured or {})}
        try:
            self.cluster.change(target.key, scaled)
        except ApiError as error:
            words = f"New size: {wanted}; reason: {reason}; error: {error.message}"
            self._report(found, "Warning", "FailedRescale", words)
            why = f"the HPA controller was unable to update the target scale: {error.message}"
            self._show(key, [*conditions, ("AbleToScale", "False", "FailedUpdateScale", why)], status)
            return
        why = f"the HPA controller was able to update the target scale to {wanted}"
        status |= {"desiredReplicas": wanted, "lastScaleTime": now()}
        self._show(key, [*conditions, ("AbleToScale", "True", "SucceededRescale", why)], status)
        self._report(found, "Normal", "SuccessfulRescale", f"New size: {wanted}; reason: {reason}")

    def _show(self, key: Key, conditions: list[tuple[str, str, str, str]], status: Object) -> None:
        def change(obj: Object) -> Object:
            new = {"currentReplicas": 0, "desiredReplicas": 0, **(obj.get("status") or {}), **status}
            kept = new["conditions"] = list(new.get("conditions") or ())
            for kind, state, reason, message in conditions:
                condition = {"type": kind, "status": state, "reason": reason, "message": message}
                set_condition(kept, {**condition, "lastTransitionTime": now()})
            return {**obj, "status": new}

        self.cluster.change(key, change, status=True)

    def _report(self, found: Object, kind: str, reason: str, message: str) -> None:
        version = HORIZONTAL_POD_AUTOSCALER.stored_api_version
        about = reference(found, version, HORIZONTAL_POD_AUTOSCALER.name)
        self.cluster.recorder.emit(about, SOURCE, kind, reason, message)


def _replicas_path(resource: Resource) -> tuple[str, ...] | None:
    """Where the number of replicas is; None for what has no scale."""
    if not resource.has("scale"):
        return None
    if resource.builtin:
        return "spec", "replicas"
    version = resource.version(resource.storage_version)
    path = ((version.subresources if version else {}).get("scale") or {}).get("specReplicasPath", "")
    return tuple(part for part in path.split(".") if part) or None


def _selector(resource: Resource, obj: Object) -> Callable[[Mapping[str, str]], bool]:
    if resource.builtin:
        selector = (obj.get("spec") or {}).get("selector") or {}
        wanted = {"matchLabels": selector} if resource.builtin.plain_selector else selector
        return lambda labels: bool(wanted) and match_labels(wanted, labels)
    version = resource.version(resource.storage_version)
    path = ((version.subresources if version else {}).get("scale") or {}).get("labelSelectorPath", "")
    text: object = obj
    for part in path.split("."):
        if part:
            text = text.get(part) if isinstance(text, dict) else None
    if not path or not isinstance(text, str):
        return lambda _labels: False
    matches = label_matcher(text)
    return lambda labels: matches({"metadata": {"labels": dict(labels)}})
