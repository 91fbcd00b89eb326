"""`istioctl kube-inject`: the proxy into the pod's template of a workload (pkg/kube/inject/inject.go: IntoObject)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from runner.practice.containers.istiod.injected_containers import PROXY
from runner.practice.containers.istiod.injected_owner import Owner
from runner.practice.containers.istiod.injection_policy import STATUS, inject_required
from runner.practice.containers.istiod.injection_settings import InjectionSettings
from runner.practice.containers.istiod.pod_injection import injected

Json = dict[str, Any]

TEMPLATED = (
    "DaemonSet",
    "Deployment",
    "DeploymentConfig",
    "Job",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
)


def injected_workload(obj: Json, settings: InjectionSettings, warn: Callable[[str], None]) -> Json:
    """The object with the proxy in its pods; itself where it has none. `warn` gets a line where one is left out.

    Raises ValueError.
    """
    kind = obj.get("kind", "")
    if kind.endswith("List") and isinstance(obj.get("items"), list):
        return {**obj, "items": [injected_workload(each, settings, warn) for each in obj["items"]]}
    made = copy.deepcopy(obj)
    holder = _pod_of(made, kind)
    if holder is None or "spec" not in holder:
        return obj
    meta, spec = holder.get("metadata") or {}, holder["spec"]
    name = meta.get("name") or (obj.get("metadata") or {}).get("name", "")
    if spec.get("hostNetwork"):
        warn(f'===> Skipping injection because "{name}" has host networking enabled\n')
        return obj
    names = [each["name"] for each in spec.get("containers") or ()]
    if len(names) > 1 and PROXY in names and STATUS in (meta.get("annotations") or {}):
        warn(f'===> Skipping injection because "{name}" has injected "{PROXY}" sidecar already\n')
        return obj
    namespace = (obj.get("metadata") or {}).get("namespace", "")
    if not inject_required(holder, settings, namespace):
        warn(f'===> Skipping injection because "{name}" has sidecar injection disabled\n')
        return obj
    owner = Owner(obj.get("apiVersion", ""), kind, (obj.get("metadata") or {}).get("name", ""))
    after = injected({"metadata": meta, "spec": spec}, settings, namespace, owner)
    holder["metadata"], holder["spec"] = after["metadata"], after["spec"]
    return made


def _pod_of(obj: Json, kind: str) -> Json | None:
    """What has the pod's metadata and spec."""
    if kind == "Pod":
        return obj
    spec = obj.get("spec") or {}
    if kind == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    elif kind not in TEMPLATED:
        return None
    found = spec.get("template")
    return found if isinstance(found, dict) else None
