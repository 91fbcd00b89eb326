"""Writes fields.json: the fields of every built-in kind and their types, from the kubernetes package's models.

The models take seconds to import; the table takes milliseconds. Run by `make schemas`, after the package
has come in a new version.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from runner.practice.kinds import KINDS
from runner.practice.machinery.kind import Subresource
from runner.practice.machinery.validation import field_table
from runner.practice.machinery.validation.field_table import go_name

TABLE = Path(field_table.__file__).with_name("fields.json")

KEPT_EMPTY = {
    ("V1HostPathVolumeSource", "type"),
    ("DiscoveryV1EndpointPort", "name"),
    ("V1PersistentVolumeClaimSpec", "storageClassName"),
    ("V1IngressSpec", "ingressClassName"),
    ("V1CustomResourceSubresources", "status"),
    *(
        (owner, name)
        for owner, fields in {
            "AdmissionregistrationV1ServiceReference": ("path",),
            "AdmissionregistrationV1WebhookClientConfig": ("url",),
            "ApiextensionsV1ServiceReference": ("path",),
            "ApiextensionsV1WebhookClientConfig": ("url",),
            "V1AzureDiskVolumeSource": ("cachingMode", "fsType", "kind"),
            "V1AzureFilePersistentVolumeSource": ("secretNamespace",),
            "V1CSIDriverSpec": ("fsGroupPolicy",),
            "V1Endpoint": ("hostname", "nodeName"),
            "V1EndpointAddress": ("nodeName",),
            "V2HPAScalingRules": ("selectPolicy",),
            "V1HTTPIngressPath": ("pathType",),
            "V1IngressClassParametersReference": ("apiGroup",),
            "V1ISCSIPersistentVolumeSource": ("initiatorName",),
            "V1ISCSIVolumeSource": ("initiatorName",),
            "V1JobSpec": ("completionMode",),
            "V1LeaseSpec": ("holderIdentity",),
            "V1MutatingWebhook": ("failurePolicy", "matchPolicy", "reinvocationPolicy", "sideEffects"),
            "V1NetworkPolicyPort": ("protocol",),
            "V1PersistentVolumeClaimSpec": ("volumeMode",),
            "V1PersistentVolumeSpec": ("volumeMode",),
            "V1PodSecurityContext": ("fsGroupChangePolicy",),
            "V1PodSpec": ("preemptionPolicy", "runtimeClassName"),
            "V1PriorityClass": ("preemptionPolicy",),
            "V1RuleWithOperations": ("scope",),
            "V1SeccompProfile": ("localhostProfile",),
            "V1SecurityContext": ("procMount",),
            "V1StorageClass": ("reclaimPolicy", "volumeBindingMode"),
            "V1TypedLocalObjectReference": ("apiGroup",),
            "V1ValidatingWebhook": ("failurePolicy", "matchPolicy", "sideEffects"),
            "V1VolumeAttachmentSource": ("persistentVolumeName",),
            "V1VolumeMount": ("mountPropagation",),
            "V1WindowsSecurityContextOptions": (
                "gmsaCredentialSpec",
                "gmsaCredentialSpecName",
                "runAsUserName",
            ),
            "DiscoveryV1EndpointPort": ("appProtocol", "protocol"),
            "V1ServicePort": ("appProtocol",),
        }.items()
        for name in fields
    ),
    ("V1Role", "rules"),
    ("V1ClusterRole", "rules"),
    ("V1EndpointSlice", "endpoints"),
    ("V1EndpointSlice", "ports"),
}
"""Fields that Go's types hold as pointers (so that empty differs from absent), or write down when empty."""

INT_OR_STRING = {
    ("HTTPGetAction", "port"),
    ("TCPSocketAction", "port"),
    ("ServicePort", "targetPort"),
    ("NetworkPolicyPort", "port"),
    ("RollingUpdateDeployment", "maxSurge"),
    ("RollingUpdateDeployment", "maxUnavailable"),
    ("RollingUpdateDaemonSet", "maxSurge"),
    ("RollingUpdateDaemonSet", "maxUnavailable"),
    ("RollingUpdateStatefulSetStrategy", "maxUnavailable"),
    ("PodDisruptionBudgetSpec", "minAvailable"),
    ("PodDisruptionBudgetSpec", "maxUnavailable"),
}
QUANTITY_MAPS = {
    "allocatable",
    "allocatedResources",
    "capacity",
    "default",
    "defaultRequest",
    "hard",
    "limits",
    "max",
    "maxLimitRequestRatio",
    "min",
    "overhead",
    "podFixed",
    "requests",
    "used",
}
QUANTITIES = {
    ("EmptyDirVolumeSource", "sizeLimit"),
    ("ResourceFieldSelector", "divisor"),
    ("MetricTarget", "averageValue"),
    ("MetricTarget", "value"),
    ("MetricValueStatus", "averageValue"),
    ("MetricValueStatus", "value"),
    ("CSIStorageCapacity", "capacity"),
    ("CSIStorageCapacity", "maximumVolumeSize"),
}
INT64 = {
    "activeDeadlineSeconds",
    "deletionGracePeriodSeconds",
    "expirationSeconds",
    "fsGroup",
    "generation",
    "maxItems",
    "maxLength",
    "maxProperties",
    "minItems",
    "minLength",
    "minProperties",
    "observedGeneration",
    "revision",
    "runAsGroup",
    "runAsUser",
    "sizeBytes",
    "startingDeadlineSeconds",
    "supplementalGroups",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
}
MICRO_TIMES = {"acquireTime", "eventTime", "lastObservedTime", "renewTime"}
ALTERNATIVES = {
    "additionalItems": "V1JSONSchemaProps|bool",
    "additionalProperties": "V1JSONSchemaProps|bool",
    "items": "V1JSONSchemaProps|[]V1JSONSchemaProps",
    "dependencies": "{}V1JSONSchemaProps|[]string",
}
"""Fields of JSONSchemaProps that take one type or the other."""
SCALARS = {
    "str": "string",
    "int": "int32",
    "bool": "bool",
    "float": "float64",
    "object": "any",
    "bytes": "bytes",
}


ANSWERS = (
    "V1APIGroup",
    "V1APIGroupList",
    "V1APIResourceList",
    "V1APIVersions",
    "V1DeleteOptions",
    "V1ListMeta",
    "V1Status",
    "V1WatchEvent",
    "VersionInfo",
)
"""What requests and answers are made of beside the kinds themselves."""


def build() -> dict[str, Any]:
    """{"kinds": {"apps/v1/Deployment": type}, "types": {type: {field: "type", "field!": required, "field?": kept when empty}}}.

    A type is a scalar (string, int32, int64, bool, float64, time, microtime, quantity, intstr, bytes, any), the name of
    another entry, `[]type` and `{}type` for lists and maps, or `one|other`.
    """
    from kubernetes.client import models

    kinds: dict[str, str] = {}
    types: dict[str, dict[str, str]] = {}
    for kind in KINDS:
        if not any(_model(models, kind.group, version.name, kind.name) for version in kind.versions):
            print(
                f"The kubernetes package has no model of {kind.key}: its fields are not checked",
                file=sys.stderr,
            )
        for version in kind.versions:
            model = _model(models, kind.group, version.name, kind.name)
            if model is None:
                continue
            kinds[f"{kind.api_version(version.name)}/{kind.name}"] = model
            _collect(models, model, types)
        for one in kind.subresources:
            model = _of_subresource(models, one) if one.group else None
            if model is not None:
                kinds[f"{one.group}/{one.version}/{one.kind}"] = model
                _collect(models, model, types)
    for name in ANSWERS:
        _collect(models, name, types)
    return {"kinds": dict(sorted(kinds.items())), "types": dict(sorted(types.items()))}


def _of_subresource(models: Any, one: Subresource) -> str | None:
    """The model of what it takes; of a version that the package has no longer, the one that came after it."""
    return _model(models, one.group, one.version, one.kind) or _model(models, one.group, "v1", one.kind)


def _model(models: Any, group: str, version: str, kind: str) -> str | None:
    prefix = version[0].upper() + version[1:]
    prefixed = {"": "Core", "events.k8s.io": "Events", "discovery.k8s.io": "Discovery"}.get(group, "")
    if kind == "TokenRequest":  # there is another one among the fields of CSIDriver
        prefixed = "Authentication"
    for name in (f"{prefixed}{prefix}{kind}", f"{prefix}{kind}"):
        if hasattr(models, name):
            return name
    return None


def _collect(models: Any, name: str, types: dict[str, dict[str, str]]) -> None:
    if name in types:
        return
    model = getattr(models, name)
    fields = types[name] = {}
    for attribute, type_name in sorted(model.openapi_types.items()):
        field = model.attribute_map[attribute]
        required = _required(model, attribute, field)
        marks = ("!" if required else "") + ("?" if (name, field) in KEPT_EMPTY else "")
        fields[f"{field}{marks}"] = _type(models, go_name(name), field, type_name, types)


def _required(model: Any, attribute: str, field: str) -> bool:
    """Some fields are renamed in the models (`exec`, `not`): those are known by their aliases."""
    known = model.model_fields
    found = known.get(attribute) or next(
        one for one in known.values() if field in (one.serialization_alias, one.alias)
    )
    return bool(found.is_required())


def _type(models: Any, owner: str, field: str, type_name: str, types: dict[str, dict[str, str]]) -> str:
    if owner == "JSONSchemaProps" and field in ALTERNATIVES:
        return ALTERNATIVES[field]
    if inner := re.fullmatch(r"List\[(.*)\]", type_name):
        return "[]" + _type(models, owner, field, inner[1], types)
    if inner := re.fullmatch(r"Dict\[str, (.*)\]", type_name):
        known = "quantity" if field in QUANTITY_MAPS and inner[1] == "str" else None
        return "{}" + (known or _type(models, owner, "", inner[1], types))
    if (owner, field) == ("CustomResourceSubresources", "status"):
        return "{}any"
    if (owner, field) in INT_OR_STRING:
        return "intstr"
    if (owner, field) in QUANTITIES:
        return "quantity"
    if type_name == "int" and field in INT64:
        return "int64"
    if type_name == "datetime":
        return "microtime" if field in MICRO_TIMES else "time"
    if type_name in SCALARS:
        return SCALARS[type_name]
    _collect(models, type_name, types)
    return type_name


def text() -> str:
    """The file's content: a line for each type, so that a change of the package reads well in a diff."""
    built = build()
    kinds = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in built["kinds"].items())
    types = ",\n".join(
        f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in built["types"].items()
    )
    return f'{{"kinds": {{\n{kinds}\n}},\n"types": {{\n{types}\n}}}}\n'


if __name__ == "__main__":
    TABLE.write_text(text(), encoding="utf-8")
