"""Defaults of services, settings, storage, access and the API's own machinery."""

from __future__ import annotations

import base64
from typing import Any

from runner.practice.defaults.pods import fill

Object = dict[str, Any]
SOURCES = (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))
RBAC = "rbac.authorization.k8s.io"


def service(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, sessionAffinity="None", type="ClusterIP")
    kind = spec["type"]
    if spec["sessionAffinity"] == "ClientIP":
        fill(spec, sessionAffinityConfig={})
        fill(spec["sessionAffinityConfig"], clientIP={})
        fill(spec["sessionAffinityConfig"]["clientIP"], timeoutSeconds=10800)
    else:
        spec.pop("sessionAffinityConfig", None)
    for port in spec.get("ports") or ():
        fill(port, protocol="TCP", targetPort=port.get("port"))
        if port["targetPort"] in (0, ""):
            port["targetPort"] = port.get("port")
    if kind in ("NodePort", "LoadBalancer"):
        fill(spec, externalTrafficPolicy="Cluster")
    if minor >= 22 and kind != "ExternalName":
        fill(spec, internalTrafficPolicy="Cluster")
    if minor >= 22 and kind == "LoadBalancer":
        fill(spec, allocateLoadBalancerNodePorts=True)


def endpoints(obj: Object, minor: int) -> None:
    for subset in obj.get("subsets") or ():
        for port in subset.get("ports") or ():
            fill(port, protocol="TCP")


def endpoint_slice(obj: Object, minor: int) -> None:
    for port in obj.get("ports") or ():
        fill(port, name="", protocol="TCP")


def secret(obj: Object, minor: int) -> None:
    fill(obj, type="Opaque")
    given = obj.pop("stringData", None)
    if given:
        encoded = {name: base64.b64encode(str(value).encode()).decode() for name, value in given.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}


def volume(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    if spec.get("hostPath") is not None:
        fill(spec["hostPath"], type="")


def claim(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, volumeMode="Filesystem", resources={})
    source = spec.get("dataSource") or {}
    if (
        source
        and (source.get("apiGroup") or "", source.get("kind")) not in SOURCES
        and not spec.get("dataSourceRef")
    ):
        del spec["dataSource"]  # the real server drops what it can't make a volume of


def storage_class(obj: Object, minor: int) -> None:
    fill(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def limit_range(obj: Object, minor: int) -> None:
    for item in obj.setdefault("spec", {}).get("limits") or ():
        if item.get("type") != "Container":
            continue
        default = dict(item.get("default") or {})
        for name, value in (item.get("max") or {}).items():
            default.setdefault(name, value)
        request = {**(item.get("min") or {}), **default, **(item.get("defaultRequest") or {})}
        if default:
            item["default"] = default
        if request:
            item["defaultRequest"] = request


def binding(obj: Object, minor: int) -> None:
    fill(obj.setdefault("roleRef", {}), apiGroup=RBAC)
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            fill(subject, apiGroup=RBAC)


def role(obj: Object, minor: int) -> None:
    if not obj.get("rules"):
        obj["rules"] = None if minor < 24 else []


def network_policy(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, podSelector={})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for rule in [*(spec.get("ingress") or ()), *(spec.get("egress") or ())]:
        for port in rule.get("ports") or ():
            fill(port, protocol="TCP")


def priority_class(obj: Object, minor: int) -> None:
    fill(obj, preemptionPolicy="PreemptLowerPriority")
    obj.setdefault("value", 0)


def driver(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, attachRequired=True, podInfoOnMount=False, volumeLifecycleModes=["Persistent"])
    if minor >= 21:
        fill(spec, storageCapacity=False, requiresRepublish=False)
    if minor >= 20:
        fill(spec, fsGroupPolicy="ReadWriteOnceWithFSType")


def api_service(obj: Object, minor: int) -> None:
    found = obj.setdefault("spec", {}).get("service")
    if found:
        fill(found, port=443)


def validating_webhooks(obj: Object, minor: int) -> None:
    for hook in obj.get("webhooks") or ():
        fill(
            hook,
            failurePolicy="Fail",
            matchPolicy="Equivalent",
            namespaceSelector={},
            objectSelector={},
            timeoutSeconds=10,
        )
        found = (hook.get("clientConfig") or {}).get("service")
        if found:
            fill(found, port=443)
        for rule in hook.get("rules") or ():
            fill(rule, scope="*")


def mutating_webhooks(obj: Object, minor: int) -> None:
    validating_webhooks(obj, minor)
    for hook in obj.get("webhooks") or ():
        fill(hook, reinvocationPolicy="Never")


def _match_resources(found: Object) -> None:
    fill(found, matchPolicy="Equivalent", namespaceSelector={}, objectSelector={})
    for field in ("resourceRules", "excludeResourceRules"):
        for rule in found.get(field) or ():
            fill(rule, scope="*")


def admission_policy(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(spec, failurePolicy="Fail")
    if spec.get("matchConstraints"):
        _match_resources(spec["matchConstraints"])


def admission_policy_binding(obj: Object, minor: int) -> None:
    found = obj.setdefault("spec", {}).get("matchResources")
    if found:
        _match_resources(found)
