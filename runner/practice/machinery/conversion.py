"""Old and new versions of built-in kinds: what a client sends and sees, and what the store holds.

Only kinds whose shape changed between versions are here; for all others the apiVersion alone differs. The shapes
follow the conversion functions that kubernetes.io's deprecation guide describes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from runner.practice.machinery.served_resources import Resource

Object = dict[str, Any]
Conversion = Callable[[Object], Object]


def to_storage(resource: Resource, version: str, obj: Object) -> Object:
    """A client's object (given away: it may be changed) as the version that the store holds."""
    change = _TO.get((resource.key, version))
    obj = change(obj) if change else obj
    return {**obj, "apiVersion": _stored_api_version(resource), "kind": resource.kind}


def from_storage(resource: Resource, version: str, stored: Object) -> Object:
    """A stored object as `version`; the stored one is left as it is."""
    change = _FROM.get((resource.key, version))
    return change(copy.deepcopy(stored)) if change else stored


def _stored_api_version(resource: Resource) -> str:
    if resource.stored_as:
        return {"events": "v1", "ingresses.networking.k8s.io": "networking.k8s.io/v1"}[resource.stored_as]
    return resource.storage_api_version


def _move(obj: Object, old: str, new: str) -> None:
    if old in obj:
        obj[new] = obj.pop(old)


def _old_backend(backend: Object) -> Object:
    service = backend.pop("service", None)
    if service:
        port = service.get("port", {})
        backend["serviceName"] = service.get("name", "")
        backend["servicePort"] = port.get("number") or port.get("name", 0)
    return backend


def _new_backend(backend: Object) -> Object:
    name, port = backend.pop("serviceName", None), backend.pop("servicePort", None)
    if name is not None:
        backend["service"] = {"name": name}
        if port is not None:
            backend["service"]["port"] = {"number" if isinstance(port, int) else "name": port}
    return backend


def _ingress(convert: Conversion, old: str, new: str) -> Conversion:
    def change(obj: Object) -> Object:
        spec = obj.get("spec") or {}
        if old in spec:
            spec[new] = convert(spec.pop(old))
        for rule in spec.get("rules") or ():
            for path in (rule.get("http") or {}).get("paths") or ():
                if "backend" in path:
                    path["backend"] = convert(path["backend"])
        return obj

    return change


def _ingress_to_storage(obj: Object) -> Object:
    obj = _ingress(_new_backend, "backend", "defaultBackend")(obj)
    for rule in (obj.get("spec") or {}).get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            path.setdefault("pathType", "ImplementationSpecific")
    return obj


def _scaler_v1_to_storage(obj: Object) -> Object:
    spec = obj.get("spec") or {}
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return obj


def _cpu(metrics: list[Object], side: str) -> int | None:
    for metric in metrics:
        resource = metric.get("resource") or {}
        if metric.get("type") == "Resource" and resource.get("name") == "cpu":
            found = (resource.get(side) or {}).get("averageUtilization")
            return found if isinstance(found, int) else None
    return None


def _scaler_v1_from_storage(obj: Object) -> Object:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    percent = _cpu(spec.pop("metrics", None) or [], "target")
    if percent is not None:
        spec["targetCPUUtilizationPercentage"] = percent
    spec.pop("behavior", None)
    now = _cpu(status.pop("currentMetrics", None) or [], "current")
    if now is not None:
        status["currentCPUUtilizationPercentage"] = now
    status.pop("conditions", None)
    # Both numbers are always told in this version.
    obj["status"] = {"currentReplicas": 0, "desiredReplicas": 0, **status}
    return obj


def _target(found: Object, *, average: str, value: str = "") -> Object:
    """The target of a metric, from the fields that v2beta1 has for it: taken out of `found`."""
    target: Object = {}
    if "targetAverageUtilization" in found:
        target["averageUtilization"] = found.pop("targetAverageUtilization")
    if average in found:
        target["averageValue"] = found.pop(average)
    if value in found:
        target["value"] = found.pop(value)
    kinds = {"averageUtilization": "Utilization", "averageValue": "AverageValue", "value": "Value"}
    kind = next((told for name, told in kinds.items() if name in target), "")
    return {"type": kind, **target} if kind else target


def _scaler_beta1_to_storage(obj: Object) -> Object:
    for metric in (obj.get("spec") or {}).get("metrics") or ():
        for kind in ("resource", "containerResource"):
            if metric.get(kind) is not None:
                metric[kind]["target"] = _target(metric[kind], average="targetAverageValue")
        if (pods := metric.get("pods")) is not None:
            pods["target"] = {"type": "AverageValue", **_target(pods, average="targetAverageValue")}
            pods["metric"] = _identifier(pods, "selector")
        if (about := metric.get("object")) is not None:
            described = about.pop("target", {})
            about["target"] = _target(about, average="averageValue", value="targetValue")
            about["metric"] = _identifier(about, "selector")
            about["describedObject"] = described
        if (external := metric.get("external")) is not None:
            external["target"] = _target(external, average="targetAverageValue", value="targetValue")
            external["metric"] = _identifier(external, "metricSelector")
    return obj


def _identifier(found: Object, selector: str) -> Object:
    told: Object = {"name": found.pop("metricName", "")}
    if selector in found:
        told["selector"] = found.pop(selector)
    return told


def _scaler_beta1_from_storage(obj: Object) -> Object:
    for metric in (obj.get("spec") or {}).get("metrics") or ():
        for kind in ("resource", "containerResource", "pods", "external", "object"):
            found = metric.get(kind)
            if found is None:
                continue
            target, named = found.pop("target", None) or {}, found.pop("metric", None) or {}
            if kind == "object":
                found["target"] = found.pop("describedObject", {})
            _move(named, "name", "metricName")
            _move(named, "selector", "metricSelector" if kind == "external" else "selector")
            found |= named
            for field, told in _BETA1_TARGETS.items():
                if field in target:
                    found["averageValue" if (kind, field) == ("object", "averageValue") else told] = target[
                        field
                    ]
    return obj


_BETA1_TARGETS = {
    "averageUtilization": "targetAverageUtilization",
    "averageValue": "targetAverageValue",
    "value": "targetValue",
}


def _request_beta1_to_storage(obj: Object) -> Object:
    spec = obj.get("spec")
    if spec is not None:
        spec.setdefault("signerName", "kubernetes.io/legacy-unknown")
        spec.setdefault("usages", ["digital signature", "key encipherment"])
    return obj


def _webhooks_beta1_to_storage(obj: Object) -> Object:
    """What v1beta1 takes for granted and v1 wants to be told, or takes otherwise."""
    for hook in obj.get("webhooks") or ():
        for name, value in (
            ("admissionReviewVersions", ["v1beta1"]),
            ("failurePolicy", "Ignore"),
            ("matchPolicy", "Exact"),
            ("sideEffects", "Unknown"),
            ("timeoutSeconds", 30),
        ):
            if hook.get(name) in (None, []):
                hook[name] = value
    return obj


def _limited_to_storage(obj: Object) -> Object:
    limited = (obj.get("spec") or {}).get("limited") or {}
    _move(limited, "assuredConcurrencyShares", "nominalConcurrencyShares")
    return obj


def _limited_from_storage(obj: Object) -> Object:
    limited = (obj.get("spec") or {}).get("limited") or {}
    _move(limited, "nominalConcurrencyShares", "assuredConcurrencyShares")
    return obj


def _slice_to_storage(obj: Object) -> Object:
    for endpoint in obj.get("endpoints") or ():
        topology = endpoint.pop("topology", None) or {}
        node = topology.pop("kubernetes.io/hostname", None)
        if node and "nodeName" not in endpoint:
            endpoint["nodeName"] = node
        zone = topology.pop("topology.kubernetes.io/zone", None)
        if zone:
            endpoint["zone"] = zone
        if topology:
            endpoint["deprecatedTopology"] = topology
    return obj


def _slice_from_storage(obj: Object) -> Object:
    for endpoint in obj.get("endpoints") or ():
        topology = endpoint.pop("deprecatedTopology", None) or {}
        if zone := endpoint.pop("zone", None):
            topology["topology.kubernetes.io/zone"] = zone
        if endpoint.get("nodeName"):
            topology["kubernetes.io/hostname"] = endpoint["nodeName"]
        if topology:
            endpoint["topology"] = topology
    return obj


_EVENT_FIELDS = (
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
)


def _event_to_storage(obj: Object) -> Object:
    for new, core in _EVENT_FIELDS:
        _move(obj, new, core)
    return obj


def _event_from_storage(obj: Object) -> Object:
    for new, core in _EVENT_FIELDS:
        _move(obj, core, new)
    return obj


def _definition_to_storage(obj: Object) -> Object:
    """A v1beta1 CustomResourceDefinition, whose schema, columns and subresources may stand for all versions."""
    spec = obj.get("spec") or {}
    single = spec.pop("version", None)
    if not spec.get("versions") and single:
        spec["versions"] = [{"name": single, "served": True, "storage": True}]
    validation = spec.pop("validation", None) or {}
    schema = validation.get("openAPIV3Schema")
    columns, subresources = spec.pop("additionalPrinterColumns", None), spec.pop("subresources", None)
    for version in spec.get("versions") or ():
        if schema and "schema" not in version:
            version["schema"] = {"openAPIV3Schema": schema}
        if subresources and "subresources" not in version:
            version["subresources"] = subresources
        if columns and "additionalPrinterColumns" not in version:
            version["additionalPrinterColumns"] = copy.deepcopy(columns)
        for column in version.get("additionalPrinterColumns") or ():
            _move(column, "JSONPath", "jsonPath")
    spec.setdefault("preserveUnknownFields", True)
    if "conversion" in spec:
        client = spec["conversion"].pop("webhookClientConfig", None)
        reviews = spec["conversion"].pop("conversionReviewVersions", None)
        if client:
            spec["conversion"]["webhook"] = {
                "clientConfig": client,
                "conversionReviewVersions": reviews or [],
            }
    return obj


def _definition_from_storage(obj: Object) -> Object:
    spec = obj.get("spec") or {}
    spec.setdefault("preserveUnknownFields", False)
    versions = spec.get("versions") or []
    if versions:
        spec["version"] = versions[0]["name"]
    for version in versions:
        for column in version.get("additionalPrinterColumns") or ():
            _move(column, "jsonPath", "JSONPath")
    if len(versions) == 1:
        only = versions[0]
        if "schema" in only:
            spec["validation"] = only.pop("schema")
        for name in ("subresources", "additionalPrinterColumns"):
            if name in only:
                spec[name] = only.pop(name)
    return obj


_INGRESS_TO = _ingress_to_storage
_INGRESS_FROM = _ingress(_old_backend, "defaultBackend", "backend")

_TO: dict[tuple[str, str], Conversion] = {
    ("ingresses.networking.k8s.io", "v1beta1"): _INGRESS_TO,
    ("ingresses.extensions", "v1beta1"): _INGRESS_TO,
    ("horizontalpodautoscalers.autoscaling", "v1"): _scaler_v1_to_storage,
    ("horizontalpodautoscalers.autoscaling", "v2beta1"): _scaler_beta1_to_storage,
    ("certificatesigningrequests.certificates.k8s.io", "v1beta1"): _request_beta1_to_storage,
    ("mutatingwebhookconfigurations.admissionregistration.k8s.io", "v1beta1"): _webhooks_beta1_to_storage,
    ("validatingwebhookconfigurations.admissionregistration.k8s.io", "v1beta1"): _webhooks_beta1_to_storage,
    ("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "v1beta1"): _limited_to_storage,
    ("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "v1beta2"): _limited_to_storage,
    ("endpointslices.discovery.k8s.io", "v1beta1"): _slice_to_storage,
    ("events.events.k8s.io", "v1"): _event_to_storage,
    ("events.events.k8s.io", "v1beta1"): _event_to_storage,
    ("customresourcedefinitions.apiextensions.k8s.io", "v1beta1"): _definition_to_storage,
}

_FROM: dict[tuple[str, str], Conversion] = {
    ("ingresses.networking.k8s.io", "v1beta1"): _INGRESS_FROM,
    ("ingresses.extensions", "v1beta1"): _INGRESS_FROM,
    ("horizontalpodautoscalers.autoscaling", "v1"): _scaler_v1_from_storage,
    ("horizontalpodautoscalers.autoscaling", "v2beta1"): _scaler_beta1_from_storage,
    ("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "v1beta1"): _limited_from_storage,
    ("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "v1beta2"): _limited_from_storage,
    ("endpointslices.discovery.k8s.io", "v1beta1"): _slice_from_storage,
    ("events.events.k8s.io", "v1"): _event_from_storage,
    ("events.events.k8s.io", "v1beta1"): _event_from_storage,
    ("customresourcedefinitions.apiextensions.k8s.io", "v1beta1"): _definition_from_storage,
}
