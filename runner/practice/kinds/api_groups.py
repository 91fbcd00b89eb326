"""The API groups in the order of /apis: groupPriorityMinimum of the built-in APIServices."""

from __future__ import annotations

from runner.practice.machinery.kind import ApiGroup

API_GROUPS = (
    ApiGroup("", 18000),
    ApiGroup("apiregistration.k8s.io", 17900),
    ApiGroup("apps", 17800),
    ApiGroup("events.k8s.io", 17750),
    ApiGroup("authentication.k8s.io", 17700),
    ApiGroup("authorization.k8s.io", 17600),
    # The one group in which an older beta comes first.
    ApiGroup("autoscaling", 17500, versions=("v2", "v1", "v2beta1", "v2beta2")),
    ApiGroup("batch", 17400),
    ApiGroup("certificates.k8s.io", 17300),
    ApiGroup("networking.k8s.io", 17200),
    ApiGroup("extensions", 17150),
    ApiGroup("policy", 17100),
    ApiGroup("rbac.authorization.k8s.io", 17000),
    ApiGroup("storage.k8s.io", 16800),
    ApiGroup("admissionregistration.k8s.io", 16700),
    ApiGroup("apiextensions.k8s.io", 16700),
    ApiGroup("scheduling.k8s.io", 16600),
    ApiGroup("coordination.k8s.io", 16500),
    ApiGroup("node.k8s.io", 16300),
    ApiGroup("discovery.k8s.io", 16200),
    ApiGroup("flowcontrol.apiserver.k8s.io", 16100),
)
