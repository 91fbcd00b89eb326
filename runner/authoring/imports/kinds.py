"""Kinds of Kubernetes by the names that kubectl takes and prints, and the checks about them."""

from __future__ import annotations

from typing import Any

from checks.base import ObjectRef, Written
from checks.registry import existing, type_for
from checks.resource import Resource

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


def _ref(kind: str, name: str, namespace: str | None) -> ObjectRef:
    return ObjectRef(kind, name, (namespace or "") if is_namespaced(kind) else "", api_of(kind))


def check(kind: str, name: str, namespace: str | None, **more: Any) -> Written:
    """A check that the object exists; a workload must be ready, a pod run, unless `absent` is asked for."""
    return {**existing(_ref(kind, name, namespace), done=not more.get("absent")), **more}


def plain(kind: str, name: str, namespace: str | None) -> Written:
    """A `resource` check of an object, also of a kind that has a check type of its own."""
    return Resource.existing(_ref(kind, name, namespace))


def has_field(kind: str, field: str) -> bool:
    """Whether the check of such an object can ask for that: `replicas`, `ready`."""
    return field in type_for(_ref(kind, "", None)).model_fields
