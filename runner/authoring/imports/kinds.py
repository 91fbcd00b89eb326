"""Kinds of Kubernetes by the names that kubectl takes and prints, and the checks about them."""

from __future__ import annotations

from typing import Any

_KINDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "Pod": ("v1", "namespaced", ("pod", "pods", "po")),
    "Service": ("v1", "namespaced", ("service", "services", "svc")),
    "ConfigMap": ("v1", "namespaced", ("configmap", "configmaps", "cm")),
    "Secret": ("v1", "namespaced", ("secret", "secrets")),
    "ServiceAccount": ("v1", "namespaced", ("serviceaccount", "serviceaccounts", "sa")),
    "PersistentVolumeClaim": ("v1", "namespaced", ("persistentvolumeclaim", "persistentvolumeclaims", "pvc")),
    "PersistentVolume": ("v1", "cluster", ("persistentvolume", "persistentvolumes", "pv")),
    "ResourceQuota": ("v1", "namespaced", ("resourcequota", "resourcequotas", "quota")),
    "LimitRange": ("v1", "namespaced", ("limitrange", "limitranges", "limits")),
    "Namespace": ("v1", "cluster", ("namespace", "namespaces", "ns")),
    "Node": ("v1", "cluster", ("node", "nodes", "no")),
    "Deployment": (
        "apps/v1",
        "namespaced",
        ("deployment", "deployments", "deploy", "deployment.apps", "deployments.apps"),
    ),
    "StatefulSet": ("apps/v1", "namespaced", ("statefulset", "statefulsets", "sts", "statefulset.apps")),
    "DaemonSet": ("apps/v1", "namespaced", ("daemonset", "daemonsets", "ds", "daemonset.apps")),
    "ReplicaSet": ("apps/v1", "namespaced", ("replicaset", "replicasets", "rs", "replicaset.apps")),
    "Job": ("batch/v1", "namespaced", ("job", "jobs", "job.batch")),
    "CronJob": ("batch/v1", "namespaced", ("cronjob", "cronjobs", "cj", "cronjob.batch")),
    "Ingress": (
        "networking.k8s.io/v1",
        "namespaced",
        ("ingress", "ingresses", "ing", "ingress.networking.k8s.io"),
    ),
    "IngressClass": ("networking.k8s.io/v1", "cluster", ("ingressclass", "ingressclass.networking.k8s.io")),
    "NetworkPolicy": (
        "networking.k8s.io/v1",
        "namespaced",
        ("networkpolicy", "networkpolicies", "netpol", "networkpolicy.networking.k8s.io"),
    ),
    "HorizontalPodAutoscaler": (
        "autoscaling/v2",
        "namespaced",
        ("horizontalpodautoscaler", "hpa", "horizontalpodautoscaler.autoscaling"),
    ),
    "PodDisruptionBudget": (
        "policy/v1",
        "namespaced",
        ("poddisruptionbudget", "pdb", "poddisruptionbudget.policy"),
    ),
    "Role": (
        "rbac.authorization.k8s.io/v1",
        "namespaced",
        ("role", "roles", "role.rbac.authorization.k8s.io"),
    ),
    "RoleBinding": (
        "rbac.authorization.k8s.io/v1",
        "namespaced",
        ("rolebinding", "rolebindings", "rolebinding.rbac.authorization.k8s.io"),
    ),
    "ClusterRole": (
        "rbac.authorization.k8s.io/v1",
        "cluster",
        ("clusterrole", "clusterroles", "clusterrole.rbac.authorization.k8s.io"),
    ),
    "ClusterRoleBinding": (
        "rbac.authorization.k8s.io/v1",
        "cluster",
        ("clusterrolebinding", "clusterrolebindings", "clusterrolebinding.rbac.authorization.k8s.io"),
    ),
    "StorageClass": (
        "storage.k8s.io/v1",
        "cluster",
        ("storageclass", "storageclasses", "sc", "storageclass.storage.k8s.io"),
    ),
    "PriorityClass": (
        "scheduling.k8s.io/v1",
        "cluster",
        ("priorityclass", "pc", "priorityclass.scheduling.k8s.io"),
    ),
    "CustomResourceDefinition": (
        "apiextensions.k8s.io/v1",
        "cluster",
        ("customresourcedefinition", "crd", "crds", "customresourcedefinition.apiextensions.k8s.io"),
    ),
    "VirtualService": (
        "networking.istio.io/v1beta1",
        "namespaced",
        ("virtualservice", "virtualservices", "vs", "virtualservice.networking.istio.io"),
    ),
    "DestinationRule": (
        "networking.istio.io/v1beta1",
        "namespaced",
        ("destinationrule", "destinationrules", "dr", "destinationrule.networking.istio.io"),
    ),
    "Gateway": (
        "networking.istio.io/v1beta1",
        "namespaced",
        ("gateway", "gateways", "gw", "gateway.networking.istio.io"),
    ),
    "ServiceEntry": (
        "networking.istio.io/v1beta1",
        "namespaced",
        ("serviceentry", "serviceentries", "se", "serviceentry.networking.istio.io"),
    ),
    "PeerAuthentication": (
        "security.istio.io/v1beta1",
        "namespaced",
        ("peerauthentication", "peerauthentications", "pa", "peerauthentication.security.istio.io"),
    ),
    "AuthorizationPolicy": (
        "security.istio.io/v1beta1",
        "namespaced",
        ("authorizationpolicy", "authorizationpolicies", "authorizationpolicy.security.istio.io"),
    ),
}
_BY_NAME = {name: kind for kind, (_, _, names) in _KINDS.items() for name in names}
WORKLOADS = {"Deployment": "deployment", "StatefulSet": "statefulset", "DaemonSet": "daemonset", "Job": "job"}
QUIET = frozenset(
    {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Secret"}
)
"""Kinds of which a manifest brings many, and which stand for nothing by themselves."""


def kind_of(name: str) -> str | None:
    """The kind that kubectl means by `svc`, `deployment.apps` and so on; None for one that is not known."""
    return _BY_NAME.get(name.lower())


def api_of(kind: str) -> str:
    """The apiVersion that a kind has."""
    return _KINDS[kind][0]


def is_namespaced(kind: str) -> bool:
    return _KINDS[kind][1] == "namespaced"


def check(kind: str, name: str, namespace: str | None, **more: Any) -> dict[str, Any]:
    """A check that the object exists; a workload must be ready, a pod run, unless `absent` is asked for."""
    where = {"in": namespace} if namespace and is_namespaced(kind) else {}
    if kind == "Namespace":
        return {"namespace": name, **more}
    if kind in WORKLOADS:
        ready = {} if more.get("absent") else {"ready": True}
        return {WORKLOADS[kind]: name, **where, **ready, **more}
    if kind == "Service":
        return {"service": name, **where, **more}
    api = _KINDS[kind][0]
    found: dict[str, Any] = {"resource": kind, **({"api": api} if api != "v1" else {}), "name": name, **where}
    if kind == "Pod" and not more:
        found["where"] = "status.phase=='Running' || status.phase=='Succeeded'"
    return {**found, **more}
