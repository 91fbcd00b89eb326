"""What a new object is born with: its name, its namespace, its first status."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from runner.practice.machinery.errors import Cause, forbidden, not_found
from runner.practice.machinery.served_resources import Resource
from runner.practice.machinery.store import Key, Store, timestamp

Object = dict[str, Any]

LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of generated names (k8s.io/apimachinery util/rand): no vowels, so no words."""

NAME_LABEL_SINCE = 21


def random_suffix(length: int = 5) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def generate_name(base: str) -> str:
    """A name for `metadata.generateName`, cut so that the whole fits 63 characters."""
    return base[: 63 - 5] + random_suffix()


def check_namespace(store: Store, resource: Resource, namespace: str, name: str) -> None:
    """Refuse creation in a namespace that does not exist or is going. Raises ApiError (404, 403)."""
    if not namespace:
        return
    found = store.get(Key("namespaces", "", namespace))
    if found is None:
        raise not_found("namespaces", namespace)
    if "deletionTimestamp" in found["metadata"]:
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        message = f"namespace {namespace} is being terminated"
        cause = Cause("metadata.namespace", message, "NamespaceTerminating")
        raise forbidden(resource.key, name, why, [cause])


def prepare_for_create(resource: str, obj: Object, *, has_status: bool, minor: int = 32) -> Object:
    """`obj` without a status of the client's, with the one that its kind is born with."""
    obj = dict(obj)
    if has_status:
        obj.pop("status", None)
    if resource == "namespaces":
        return _born_namespace(obj, minor)
    born = _BORN.get(resource)
    return born(obj) if born else obj


def _born_namespace(obj: Object, minor: int) -> Object:
    finalizers = (obj.get("spec") or {}).get("finalizers") or []
    name = obj["metadata"]["name"]
    meta = obj["metadata"]
    if minor >= NAME_LABEL_SINCE:
        meta = {**meta, "labels": {**(meta.get("labels") or {}), "kubernetes.io/metadata.name": name}}
    kept = ["kubernetes", *(name for name in finalizers if name != "kubernetes")]
    return {**obj, "metadata": meta, "spec": {"finalizers": kept}, "status": {"phase": "Active"}}


def _born_definition(obj: Object) -> Object:
    stored = [
        version.get("name", "")
        for version in (obj.get("spec") or {}).get("versions") or ()
        if version.get("storage")
    ]
    status = {"acceptedNames": {"kind": "", "plural": ""}, "conditions": None, "storedVersions": stored}
    return {**obj, "status": status}


def _protected(finalizer: str) -> Callable[[Object], Object]:
    """Pending, and held by a finalizer as long as it is in use (admission's StorageObjectInUseProtection)."""

    def born(obj: Object) -> Object:
        kept = obj["metadata"].get("finalizers") or []
        finalizers = kept if finalizer in kept else [*kept, finalizer]
        return {
            **obj,
            "metadata": {**obj["metadata"], "finalizers": finalizers},
            "status": {"phase": "Pending"},
        }

    return born


def _born_pod(obj: Object) -> Object:
    spec = obj.get("spec") or {}
    status: Object = {"phase": "Pending", "qosClass": qos_class(spec)}
    if spec.get("schedulingGates"):
        status["conditions"] = [
            {
                "type": "PodScheduled",
                "status": "False",
                "reason": "SchedulingGated",
                "message": "Scheduling is blocked due to non-empty scheduling gates",
                "lastProbeTime": None,
                "lastTransitionTime": timestamp(),
            }
        ]
    return {**obj, "status": status}


_BORN: dict[str, Callable[[Object], Object]] = {
    "pods": _born_pod,
    "services": lambda obj: {**obj, "status": {"loadBalancer": {}}},
    "persistentvolumeclaims": _protected("kubernetes.io/pvc-protection"),
    "persistentvolumes": _protected("kubernetes.io/pv-protection"),
    "ingresses.networking.k8s.io": lambda obj: {**obj, "status": {"loadBalancer": {}}},
    "deployments.apps": lambda obj: {**obj, "status": {}},
    "replicasets.apps": lambda obj: {**obj, "status": {"replicas": 0}},
    "statefulsets.apps": lambda obj: {**obj, "status": {"replicas": 0}},
    "daemonsets.apps": lambda obj: {
        **obj,
        "status": {
            "currentNumberScheduled": 0,
            "desiredNumberScheduled": 0,
            "numberMisscheduled": 0,
            "numberReady": 0,
        },
    },
    "poddisruptionbudgets.policy": lambda obj: {
        **obj,
        "status": {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0},
    },
    "jobs.batch": lambda obj: {**obj, "status": {}},
    "cronjobs.batch": lambda obj: {**obj, "status": {}},
    "customresourcedefinitions.apiextensions.k8s.io": _born_definition,
}


def qos_class(spec: Object) -> str:
    """Guaranteed, Burstable or BestEffort, from the containers' requests and limits of cpu and memory."""
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    seen, guaranteed = False, True
    for container in containers:
        resources = container.get("resources") or {}
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        for name in ("cpu", "memory"):
            if name in limits or name in requests:
                seen = True
            if name not in limits or requests.get(name, limits.get(name)) != limits.get(name):
                guaranteed = False
    if not seen:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"
