"""What the API server fills in and refuses between a client's object and the store: admission and creation."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from runner.practice.admission.resource_quota_plugin import check_quota
from runner.practice.kinds.service_addresses import allocate
from runner.practice.machinery.errors import Cause, forbidden, not_found
from runner.practice.machinery.served_resources import Resource
from runner.practice.machinery.store import Key, Store

Object = dict[str, Any]

LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of generated names (k8s.io/apimachinery util/rand): no vowels, so no words."""

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path, not a password
TOKEN_SECONDS = 3607
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
NAME_LABEL_SINCE = 21
FAMILIES_SINCE = 21
"""The minor from which Services tell their IP families."""


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


def admit(store: Store, resource: str, obj: Object, old: Object | None = None, *, minor: int = 32) -> Object:
    """`obj` (already defaulted) as admission plugins leave it. Raises ApiError where they refuse.

    Controllers that create pods send them through here, as the real ones go through the API server.
    """
    if resource == "pods" and old is None:
        obj = _admit_pod(store, obj)
    if old is None:
        check_quota(store, resource, obj)
    if resource == "daemonsets.apps":
        return _count_template(obj, old)
    if resource == "services":
        return allocate(store, obj, old, families=minor >= FAMILIES_SINCE)
    return obj


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
    stored = [version["name"] for version in obj["spec"].get("versions") or () if version.get("storage")]
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
    return {**obj, "status": {"phase": "Pending", "qosClass": qos_class(obj.get("spec") or {})}}


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


def _admit_pod(store: Store, obj: Object) -> Object:
    """Admission plugins of a usual cluster: ServiceAccount, DefaultTolerationSeconds, Priority."""
    spec = dict(obj.get("spec") or {})
    account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    namespace = obj["metadata"].get("namespace", "")
    found = store.get(Key("serviceaccounts", namespace, account))
    if found is None:
        name = obj["metadata"].get("name", "")
        why = f'error looking up service account {namespace}/{account}: serviceaccount "{account}" not found'
        raise forbidden("pods", name, why)
    spec["serviceAccountName"] = spec["serviceAccount"] = account
    if not spec.get("imagePullSecrets") and found.get("imagePullSecrets"):
        spec["imagePullSecrets"] = found["imagePullSecrets"]
    if spec.get("automountServiceAccountToken", found.get("automountServiceAccountToken", True)):
        _mount_token(spec)
    spec["tolerations"] = _tolerations(list(spec.get("tolerations") or ()))
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    return {**obj, "spec": spec}


def _count_template(obj: Object, old: Object | None) -> Object:
    """A DaemonSet with the annotation that still counts its templates; clients can't change it."""
    count = "1"
    if old is not None:
        before = (old["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "1")
        parts = ("template", "updateStrategy")
        same = all(obj["spec"].get(part) == old["spec"].get(part) for part in parts)
        count = before if same else str(int(before) + 1)
    annotations = {**(obj["metadata"].get("annotations") or {}), TEMPLATE_GENERATION: count}
    return {**obj, "metadata": {**obj["metadata"], "annotations": annotations}}


def _tolerations(tolerations: list[Object]) -> list[Object]:
    for taint in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(_tolerates(t, taint) for t in tolerations):
            added = {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            tolerations.append(added)
    return tolerations


def _tolerates(toleration: Object, taint: str) -> bool:
    covers_key = toleration.get("key", "") in (taint, "")
    return covers_key and toleration.get("effect", "") in ("NoExecute", "")


def _mount_token(spec: Object) -> None:
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    wanting = [
        c for c in containers if not any(m["mountPath"] == TOKEN_PATH for m in c.get("volumeMounts") or ())
    ]
    if not wanting:
        return
    name = f"kube-api-access-{random_suffix()}"
    mount = {"mountPath": TOKEN_PATH, "name": name, "readOnly": True}
    for kind in ("initContainers", "containers"):
        if spec.get(kind):
            spec[kind] = [
                {**c, "volumeMounts": [*(c.get("volumeMounts") or ()), mount]} if c in wanting else c
                for c in spec[kind]
            ]
    certificate = {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": certificate},
        {"downwardAPI": {"items": [{"fieldRef": field, "path": "namespace"}]}},
    ]
    volume = {"name": name, "projected": {"defaultMode": 420, "sources": sources}}
    spec["volumes"] = [*(spec.get("volumes") or ()), volume]
