"""The warning that old versions of a kind are answered with since 1.19."""

from __future__ import annotations

from runner.practice.machinery.api.call import Call
from runner.practice.machinery.served_resources import FOREVER, Registry

DEPRECATED_SINCE = {
    "apiextensions.k8s.io/v1beta1": 16,
    "admissionregistration.k8s.io/v1beta1": 16,
    "rbac.authorization.k8s.io/v1beta1": 17,
    "scheduling.k8s.io/v1beta1": 14,
    "extensions/v1beta1": 14,
    "policy/v1beta1": 21,
    "batch/v1beta1": 21,
    "discovery.k8s.io/v1beta1": 21,
    "autoscaling/v2beta1": 22,
    "autoscaling/v2beta2": 23,
    "node.k8s.io/v1beta1": 22,
    "flowcontrol.apiserver.k8s.io/v1beta1": 23,
    "flowcontrol.apiserver.k8s.io/v1beta2": 26,
    "flowcontrol.apiserver.k8s.io/v1beta3": 29,
}
"""The minor in which a version was deprecated, where that is not 1.19."""

REPLACED_BY = {"extensions/v1beta1": "networking.k8s.io/v1", "autoscaling/v2beta1": "autoscaling/v2"}
NOT_REPLACED = ("PodSecurityPolicy",)


def deprecation(call: Call, registry: Registry) -> list[str]:
    """`policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; use policy/v1 …`."""
    version = call.resource.version(call.version)
    if version is None:
        return []
    if call.resource.custom:
        return [version.warning] if version.warning else []
    since = DEPRECATED_SINCE.get(call.api_version, 19)
    if version.until == FOREVER or registry.minor < since:
        return []
    told = f"{call.api_version} {call.resource.kind} is deprecated in v1.{since}+, unavailable in v1.{version.until + 1}+"
    if call.resource.kind in NOT_REPLACED:
        return [told]
    newer = REPLACED_BY.get(call.api_version) or call.resource.storage_api_version
    return [f"{told}; use {newer} {call.resource.kind}"]
