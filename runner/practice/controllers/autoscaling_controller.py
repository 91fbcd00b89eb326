"""HorizontalPodAutoscalers: keep their target between minReplicas and maxReplicas.

Nothing measures a practice cluster's pods, as on a cluster without a metrics server: within the bounds the autoscaler says so,
in the real controller's words (k8s.io/kubernetes, pkg/controller/podautoscaler/horizontal.go).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import going, now, set_condition
from runner.practice.kinds.horizontalpodautoscaler_kind import HORIZONTAL_POD_AUTOSCALER
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.served_resources import Resource
from runner.practice.machinery.store import Change, Key, Object

RESOURCE = HORIZONTAL_POD_AUTOSCALER.key
SOURCE = Source("horizontal-pod-autoscaler")
PERIOD = 15.0
"""Seconds from one look to the next (--horizontal-pod-autoscaler-sync-period), and before the first."""
VALUE_NAMED_SINCE = 21
_METRICS = {
    "Resource": ("resource", "FailedGetResourceMetric"),
    "ContainerResource": ("containerResource", "FailedGetContainerResourceMetric"),
    "Pods": ("pods", "FailedGetPodsMetric"),
    "Object": ("object", "FailedGetObjectMetric"),
    "External": ("external", "FailedGetExternalMetric"),
}


class NoScale(Exception):
    """The target can't be found, or has no scale."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is scaled: its key, and where its replicas are."""

    key: Key
    path: tuple[str, ...]
    replicas: int


@enter
class Autoscalers(Controller):
    """Every autoscaler, again and again."""

    account = "horizontal-pod-autoscaler"
    watches = frozenset({RESOURCE})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.type == "ADDED":
            self.later(change.key, PERIOD)
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
            conditions.append(self._unmeasured(found))
            self._show(key, conditions, {"currentReplicas": target.replicas})

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
        return Target(key, path, value if isinstance(value, int) else 0)

    def _rescale(self, key: Key, found: Object, target: Target, wanted: int, reason: str) -> None:
        def scaled(obj: Object) -> Object:
            place = obj
            for name in target.path[:-1]:
                place = place.setdefault(name, {})
            place[target.path[-1]] = wanted
            return obj

        status: Object = {"currentReplicas": target.replicas}
        try:
            self.cluster.change(target.key, scaled)
        except ApiError as error:
            words = f"New size: {wanted}; reason: {reason}; error: {error.message}"
            self._report(found, "Warning", "FailedRescale", words)
            why = f"the HPA controller was unable to update the target scale: {error.message}"
            self._show(key, [("AbleToScale", "False", "FailedUpdateScale", why)], status)
            return
        why = f"the HPA controller was able to update the target scale to {wanted}"
        status |= {"desiredReplicas": wanted, "lastScaleTime": now()}
        self._show(key, [("AbleToScale", "True", "SucceededRescale", why)], status)
        self._report(found, "Normal", "SuccessfulRescale", f"New size: {wanted}; reason: {reason}")

    def _unmeasured(self, found: Object) -> tuple[str, str, str, str]:
        """The condition that says that nothing can be measured; reports it, too."""
        metrics: list[Object] = found["spec"]["metrics"]  # there is one by default
        kind = metrics[0]["type"]
        part, reason = _METRICS[kind]
        why = _why(metrics[0].get(part) or {}, kind)
        self._report(found, "Warning", reason, why)
        first = why
        if kind == "Resource" and self.cluster.minor >= VALUE_NAMED_SINCE:
            first = f"failed to get {metrics[0][part]['name']} resource metric value: {why}"
        count = len(metrics)
        words = f"invalid metrics ({count} invalid out of {count}), first error is: {first}"
        self._report(found, "Warning", "FailedComputeMetricsReplicas", words)
        return "ScalingActive", "False", reason, f"the HPA was unable to compute the replica count: {why}"

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


def _why(metric: Object, kind: str) -> str:
    """Why a metric can't be had, as the clients of the metrics APIs say it."""
    missing = "the server could not find the requested resource (get pods.metrics.k8s.io)"
    no_group = "no known available metric versions found"
    if kind in ("Resource", "ContainerResource"):
        name = metric.get("name", "cpu")
        api = f"unable to fetch metrics from resource metrics API: {missing}"
        return f"failed to get {name} utilization: unable to get metrics for resource {name}: {api}"
    name = (metric.get("metric") or {}).get("name", "")
    if kind == "External":
        api = f"unable to fetch metrics from external metrics API: {no_group}"
        return f"failed to get {name} external metric: unable to get external metric {name}: {api}"
    return f"unable to get metric {name}: unable to fetch metrics from custom metrics API: {no_group}"
