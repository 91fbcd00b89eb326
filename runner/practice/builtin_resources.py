"""The built-in resources of Kubernetes 1.19 and later, with the minors that serve each version.

From the API reference and the deprecation guide of kubernetes.io. A version is (name, since, until); the
first of a row is the one that is stored. `generation` is the minor since which the kind counts generations
(True: always), `collections_since` the one since which all of them can be deleted at once.
"""
# One resource a row reads better than rows broken by width.

from __future__ import annotations

from typing import Any

GROUP_PRIORITY = {
    "": 18000,
    "apiregistration.k8s.io": 17900,
    "apps": 17800,
    "events.k8s.io": 17750,
    "authentication.k8s.io": 17700,
    "authorization.k8s.io": 17600,
    "autoscaling": 17500,
    "batch": 17400,
    "certificates.k8s.io": 17300,
    "networking.k8s.io": 17200,
    "extensions": 17150,
    "policy": 17100,
    "rbac.authorization.k8s.io": 17000,
    "storage.k8s.io": 16800,
    "admissionregistration.k8s.io": 16700,
    "apiextensions.k8s.io": 16700,
    "scheduling.k8s.io": 16600,
    "coordination.k8s.io": 16500,
    "node.k8s.io": 16300,
    "discovery.k8s.io": 16200,
    "flowcontrol.apiserver.k8s.io": 16100,
}
"""groupPriorityMinimum of the built-in APIServices: the order of /apis."""

V1 = (("v1",),)
CREATE = ("create",)
NO_COLLECTION = ("create", "delete", "get", "list", "patch", "update", "watch")
WORKLOAD = ("all",)
EXTENSIONS = ("api-extensions",)


def _row(group: str, kind: str, plural: str, **more: Any) -> dict[str, Any]:
    return {"group": group, "kind": kind, "plural": plural, "versions": V1, **more}


_CORE = (
    _row("", "Binding", "bindings", verbs=CREATE),
    _row("", "ComponentStatus", "componentstatuses", short=("cs",), namespaced=False, verbs=("get", "list")),
    _row("", "ConfigMap", "configmaps", short=("cm",)),
    _row("", "Endpoints", "endpoints", short=("ep",)),
    _row("", "Event", "events", short=("ev",)),
    _row("", "LimitRange", "limitranges", short=("limits",)),
    _row(
        "", "Namespace", "namespaces", short=("ns",), namespaced=False, verbs=NO_COLLECTION,
        subresources=("finalize", "status"),
    ),
    _row("", "Node", "nodes", short=("no",), namespaced=False, subresources=("proxy", "status")),
    _row("", "PersistentVolumeClaim", "persistentvolumeclaims", short=("pvc",), subresources=("status",)),
    _row("", "PersistentVolume", "persistentvolumes", short=("pv",), namespaced=False, subresources=("status",)),
    _row(
        "", "Pod", "pods", short=("po",), categories=WORKLOAD,
        subresources=(
            "attach", "binding", ("ephemeralcontainers", 16), "eviction", "exec", "log", "portforward", "proxy",
            ("resize", 32), "status",
        ),
    ),
    _row("", "PodTemplate", "podtemplates", generation=True),
    _row(
        "", "ReplicationController", "replicationcontrollers", short=("rc",), categories=WORKLOAD,
        subresources=("scale", "status"), generation=True,
    ),
    _row("", "ResourceQuota", "resourcequotas", short=("quota",), subresources=("status",)),
    _row("", "Secret", "secrets"),
    _row("", "ServiceAccount", "serviceaccounts", short=("sa",), subresources=("token",)),
    _row("", "Service", "services", short=("svc",), categories=WORKLOAD, subresources=("proxy", "status"),
         collections_since=23),
)  # fmt: skip

_WORKLOADS = (
    _row("apps", "ControllerRevision", "controllerrevisions"),
    _row("apps", "DaemonSet", "daemonsets", short=("ds",), categories=WORKLOAD, subresources=("status",),
         generation=True),
    _row("apps", "Deployment", "deployments", short=("deploy",), categories=WORKLOAD,
         subresources=("scale", "status"), generation=True),
    _row("apps", "ReplicaSet", "replicasets", short=("rs",), categories=WORKLOAD,
         subresources=("scale", "status"), generation=True),
    _row("apps", "StatefulSet", "statefulsets", short=("sts",), categories=WORKLOAD,
         subresources=("scale", "status"), generation=True),
    _row("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", short=("hpa",), categories=WORKLOAD,
         subresources=("status",), versions=(("v2", 23), ("v1",), ("v2beta2", 0, 25), ("v2beta1", 0, 24))),
    _row("batch", "CronJob", "cronjobs", short=("cj",), categories=WORKLOAD, subresources=("status",),
         generation=21, versions=(("v1", 21), ("v1beta1", 0, 24))),
    _row("batch", "Job", "jobs", categories=WORKLOAD, subresources=("status",), generation=True),
    _row("policy", "PodDisruptionBudget", "poddisruptionbudgets", short=("pdb",), subresources=("status",),
         generation=True, versions=(("v1", 21), ("v1beta1", 0, 24))),
    _row("policy", "PodSecurityPolicy", "podsecuritypolicies", short=("psp",), namespaced=False,
         versions=(("v1beta1", 0, 24),)),
)  # fmt: skip

_NETWORK = (
    _row("networking.k8s.io", "IngressClass", "ingressclasses", namespaced=False, generation=True,
         versions=(("v1",), ("v1beta1", 0, 21))),
    _row("networking.k8s.io", "Ingress", "ingresses", short=("ing",), subresources=("status",), generation=True,
         versions=(("v1",), ("v1beta1", 0, 21))),
    _row("networking.k8s.io", "NetworkPolicy", "networkpolicies", short=("netpol",), generation=True),
    _row("networking.k8s.io", "IPAddress", "ipaddresses", short=("ip",), namespaced=False, versions=(("v1", 33),)),
    _row("networking.k8s.io", "ServiceCIDR", "servicecidrs", namespaced=False, subresources=("status",),
         versions=(("v1", 33),)),
    _row("extensions", "Ingress", "ingresses", short=("ing",), subresources=("status",), generation=True,
         stored_as="ingresses.networking.k8s.io", versions=(("v1beta1", 0, 21),)),
    _row("discovery.k8s.io", "EndpointSlice", "endpointslices", generation=True,
         versions=(("v1", 21), ("v1beta1", 0, 24))),
    _row("events.k8s.io", "Event", "events", short=("ev",), stored_as="events",
         versions=(("v1",), ("v1beta1", 0, 24))),
)  # fmt: skip

_ACCESS = (
    _row("authentication.k8s.io", "TokenReview", "tokenreviews", namespaced=False, verbs=CREATE,
         versions=(("v1",), ("v1beta1", 0, 21))),
    _row("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", namespaced=False, verbs=CREATE,
         versions=(("v1", 28), ("v1beta1", 27, 30))),
    *(
        _row("authorization.k8s.io", kind, kind.lower() + "s", namespaced=kind.startswith("Local"), verbs=CREATE,
             versions=(("v1",), ("v1beta1", 0, 21)))
        for kind in (
            "LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview",
        )
    ),
    *(
        _row("rbac.authorization.k8s.io", kind, kind.lower() + "s", namespaced=not kind.startswith("Cluster"),
             versions=(("v1",), ("v1beta1", 0, 21)))
        for kind in ("ClusterRoleBinding", "ClusterRole", "RoleBinding", "Role")
    ),
    _row("certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", short=("csr",),
         namespaced=False, subresources=("approval", "status"), versions=(("v1",), ("v1beta1", 0, 21))),
)  # fmt: skip

_MACHINERY = (
    *(
        _row("admissionregistration.k8s.io", kind, kind.lower() + "s", namespaced=False, categories=EXTENSIONS,
             generation=True, versions=(("v1",), ("v1beta1", 0, 21)))
        for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
    ),
    _row("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "validatingadmissionpolicies",
         namespaced=False, categories=EXTENSIONS, generation=True, subresources=("status",),
         versions=(("v1", 30),)),
    _row("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings",
         namespaced=False, categories=EXTENSIONS, generation=True, versions=(("v1", 30),)),
    _row("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", short=("crd", "crds"),
         namespaced=False, categories=EXTENSIONS, generation=True, subresources=("status",),
         versions=(("v1",), ("v1beta1", 0, 21))),
    _row("apiregistration.k8s.io", "APIService", "apiservices", namespaced=False, categories=EXTENSIONS,
         subresources=("status",), versions=(("v1",), ("v1beta1", 0, 21))),
    _row("coordination.k8s.io", "Lease", "leases", versions=(("v1",), ("v1beta1", 0, 21))),
    *(
        _row("flowcontrol.apiserver.k8s.io", kind, kind.lower() + "s", namespaced=False, generation=True,
             subresources=("status",),
             versions=(("v1", 29), ("v1beta3", 26, 31), ("v1beta2", 23, 28), ("v1beta1", 20, 25)))
        for kind in ("FlowSchema", "PriorityLevelConfiguration")
    ),
    _row("node.k8s.io", "RuntimeClass", "runtimeclasses", namespaced=False,
         versions=(("v1", 20), ("v1beta1", 0, 24))),
    _row("scheduling.k8s.io", "PriorityClass", "priorityclasses", short=("pc",), namespaced=False, generation=True,
         versions=(("v1",), ("v1beta1", 0, 21))),
    _row("storage.k8s.io", "CSIDriver", "csidrivers", namespaced=False, versions=(("v1",), ("v1beta1", 0, 21))),
    _row("storage.k8s.io", "CSINode", "csinodes", namespaced=False, versions=(("v1",), ("v1beta1", 0, 21))),
    _row("storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities",
         versions=(("v1", 24), ("v1beta1", 21, 26))),
    _row("storage.k8s.io", "StorageClass", "storageclasses", short=("sc",), namespaced=False,
         versions=(("v1",), ("v1beta1", 0, 21))),
    _row("storage.k8s.io", "VolumeAttachment", "volumeattachments", namespaced=False, subresources=("status",),
         versions=(("v1",), ("v1beta1", 0, 21))),
)  # fmt: skip

BUILT_IN = (*_CORE, *_WORKLOADS, *_NETWORK, *_ACCESS, *_MACHINERY)
