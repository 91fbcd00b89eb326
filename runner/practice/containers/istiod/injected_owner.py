"""Which workload a pod belongs to, as the injector finds it (istio 1.11.3, pkg/kube/util.go: GetDeployMetaFromPod)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
STAMP = 10
"""Digits of the time in the name of a CronJob's Job."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What made a pod: kind, apiVersion and name."""

    api_version: str
    kind: str
    name: str


def owner_of(pod: Json) -> Owner:
    meta = pod.get("metadata") or {}
    itself = Owner("v1", "Pod", meta.get("name") or "")
    if not meta.get("generateName"):
        return itself
    found = next((each for each in meta.get("ownerReferences") or () if each.get("controller")), None)
    if found is None:
        return itself
    name, kind = str(found["name"]), str(found["kind"])
    pod_hash = (meta.get("labels") or {}).get("pod-template-hash")
    if kind == "ReplicaSet" and pod_hash and name.endswith(pod_hash):
        return Owner(found["apiVersion"], "Deployment", name.removesuffix(f"-{pod_hash}"))
    if kind == "Job" and len(name) > STAMP + 1 and name[-STAMP:].isdigit() and name[-STAMP - 1] == "-":
        return Owner("batch/v1beta1", "CronJob", name[: -STAMP - 1])
    return Owner(found["apiVersion"], kind, name)
