"""Defaults of what runs pods."""

from __future__ import annotations

from typing import Any

from runner.practice.defaults.pods import NULL_TIMES_UNTIL, fill, template

Object = dict[str, Any]


def deployment(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    strategy = spec["strategy"]
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy, rollingUpdate={})
        fill(strategy["rollingUpdate"], maxSurge="25%", maxUnavailable="25%")
    template(spec, minor)


def replica_set(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, replicas=1)
    if spec.get("template"):
        template(spec, minor)


def replication_controller(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels:
        fill(spec, selector=dict(labels))
        if not obj["metadata"].get("labels"):
            obj["metadata"]["labels"] = dict(labels)
    fill(spec, replicas=1)
    if spec.get("template"):
        template(spec, minor)


def stateful_set(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, podManagementPolicy="OrderedReady", replicas=1, revisionHistoryLimit=10, updateStrategy={})
    spec.setdefault("serviceName", "")
    strategy = spec["updateStrategy"]
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy, rollingUpdate={})
        fill(strategy["rollingUpdate"], partition=0)
    if minor >= 27:
        fill(spec, persistentVolumeClaimRetentionPolicy={})
        fill(spec["persistentVolumeClaimRetentionPolicy"], whenDeleted="Retain", whenScaled="Retain")
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.update(apiVersion="v1", kind="PersistentVolumeClaim")
        if minor < NULL_TIMES_UNTIL:
            claim.setdefault("metadata", {}).setdefault("creationTimestamp", None)
        fill(claim.setdefault("spec", {}), volumeMode="Filesystem")
        claim["status"] = {"phase": "Pending"}
    template(spec, minor)


def daemon_set(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, revisionHistoryLimit=10, updateStrategy={})
    strategy = spec["updateStrategy"]
    fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(strategy, rollingUpdate={})
        fill(strategy["rollingUpdate"], maxUnavailable=1)
        if minor >= 22:
            fill(strategy["rollingUpdate"], maxSurge=0)
    template(spec, minor)


def job(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    fill(spec, parallelism=1, backoffLimit=6)
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels and not obj["metadata"].get("labels"):
        obj["metadata"]["labels"] = dict(labels)
    if minor >= 22:
        fill(spec, completionMode="NonIndexed", suspend=False)
    if minor >= 29:
        fill(spec, podReplacementPolicy="Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed")
        fill(spec, manualSelector=False)
    template(spec, minor)


def cron_job(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(
        spec,
        concurrencyPolicy="Allow",
        suspend=False,
        successfulJobsHistoryLimit=3,
        failedJobsHistoryLimit=1,
        jobTemplate={},
    )
    wanted = spec["jobTemplate"]
    if minor < NULL_TIMES_UNTIL:
        wanted.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    template(wanted.setdefault("spec", {}), minor)


def autoscaler(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, minReplicas=1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behavior = spec.get("behavior")
    if behavior is None:
        return
    for side, policies in (("scaleUp", _UP), ("scaleDown", _DOWN)):
        if behavior.get(side) is None:
            behavior[side] = {}
        fill(behavior[side], selectPolicy="Max", policies=[dict(policy) for policy in policies])
    fill(behavior["scaleUp"], stabilizationWindowSeconds=0)


_UP = (
    {"type": "Pods", "value": 4, "periodSeconds": 15},
    {"type": "Percent", "value": 100, "periodSeconds": 15},
)
_DOWN = ({"type": "Percent", "value": 100, "periodSeconds": 15},)


def pod_template(obj: Object, minor: int) -> None:
    template(obj, minor)
