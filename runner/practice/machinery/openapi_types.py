"""The definitions of /openapi/v2: what kubectl validates manifests with on clusters before 1.25, and explains.

Built-in kinds come from the committed table of fields, custom ones from their schema. They carry the merge keys by
which kubectl computes patches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from runner.practice.builtin_resources import BUILT_IN
from runner.practice.machinery.served_resources import FOREVER, Registry, Resource
from runner.practice.machinery.validation.field_table import Field, Fields, fields_of, go_name, type_of

Object = dict[str, Any]

META = "io.k8s.apimachinery.pkg.apis.meta.v1"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_META_TYPES = {
    "V1Condition",
    "V1LabelSelector",
    "V1LabelSelectorRequirement",
    "V1ManagedFieldsEntry",
    "V1ObjectMeta",
    "V1OwnerReference",
}
_PACKAGES = {
    "": "io.k8s.api.core",
    "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    "apiregistration.k8s.io": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
}
_SCALARS: dict[str, Object] = {
    "string": {"type": "string"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "float64": {"type": "number", "format": "double"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "format": "byte"},
    "time": {"$ref": f"#/definitions/{META}.Time"},
    "microtime": {"$ref": f"#/definitions/{META}.MicroTime"},
    "intstr": {"$ref": f"#/definitions/{INT_OR_STRING}"},
    "quantity": {"$ref": f"#/definitions/{QUANTITY}"},
    "any": {},
}
_SHARED: dict[str, Object] = {
    f"{META}.Time": {"type": "string", "format": "date-time"},
    f"{META}.MicroTime": {"type": "string", "format": "date-time"},
    INT_OR_STRING: {"type": "string", "format": "int-or-string"},
    QUANTITY: {"type": "string"},
}
_CONTAINER = {
    "env": "name",
    "ports": "containerPort",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
}
_MERGED: dict[str, dict[str, str]] = {
    "Container": _CONTAINER,
    "EphemeralContainer": _CONTAINER,
    "PodSpec": {
        "containers": "name",
        "ephemeralContainers": "name",
        "hostAliases": "ip",
        "imagePullSecrets": "name",
        "initContainers": "name",
        "resourceClaims": "name",
        "schedulingGates": "name",
        "topologySpreadConstraints": "topologyKey",
        "volumes": "name",
    },
    "PodStatus": {"podIPs": "ip"},
    "NodeSpec": {"podCIDRs": ""},
    "NodeStatus": {"addresses": "type"},
    "ServiceSpec": {"ports": "port"},
    "ServiceAccount": {"secrets": "name"},
    "ObjectMeta": {"finalizers": "", "ownerReferences": "uid"},
    "MutatingWebhookConfiguration": {"webhooks": "name"},
    "ValidatingWebhookConfiguration": {"webhooks": "name"},
    "CSINodeSpec": {"drivers": "name"},
}
"""Lists that strategic merge patches merge, by which key; "" merges plain values."""
_REQUIRED: dict[tuple[str, str], tuple[int, int]] = {
    ("HTTPIngressPath", "pathType"): (22, FOREVER),
    ("NetworkPolicySpec", "podSelector"): (0, 33),
    ("PriorityClass", "value"): (0, 34),
    ("RoleRef", "apiGroup"): (0, 34),
    ("StatefulSetSpec", "serviceName"): (0, 32),
    **{
        (kind, "spec"): (35, FOREVER)
        for kind in (
            "CronJob",
            "DaemonSet",
            "Deployment",
            "HorizontalPodAutoscaler",
            "ReplicaSet",
            "StatefulSet",
        )
    },
}
"""The first and the last minor in which a field is required, where that has changed."""
_RETAIN_KEYS = {("PodSpec", "volumes"): "merge,retainKeys", ("DeploymentSpec", "strategy"): "retainKeys"}


def definitions(registry: Registry) -> dict[str, Object]:
    """Every kind that `registry` serves and all that it is made of, by the name that the real server has."""
    built_in = _BuiltIn(registry.minor)
    custom: dict[str, Object] = {}
    for resource in registry:
        for version in registry.served_versions(resource):
            if resource.custom:
                name, made = _custom(resource, version.name, version.schema or {})
                custom[name] = made
            else:
                built_in.add_kind(resource, version.name)
    return built_in.found | custom


def _gvk(resource: Resource, version: str) -> Object:
    """As the definition of a kind says which kind it is."""
    return {
        "x-kubernetes-group-version-kind": [
            {"group": resource.group, "kind": resource.kind, "version": version}
        ]
    }


class _BuiltIn:
    """Collects the definitions of built-in kinds in `found`."""

    def __init__(self, minor: int) -> None:
        self._minor = minor
        self.found: dict[str, Object] = dict(_SHARED)

    def add_kind(self, resource: Resource, version: str) -> None:
        type_name = type_of(resource.key, resource.api_version(version))
        if type_name is not None:
            name = self._add(type_name, resource.group, version)
            self.found[name] = {**self.found[name], **_gvk(resource, version)}

    def _add(self, type_name: str, group: str, version: str) -> str:
        """Add a struct and what is in it; gives its name. Types of the kind's own group share its version."""
        home = _homes().get(type_name, group)
        if home != group or type_name == "V1JobSpec":  # of a cron job, whatever its own version
            version = "v1"
        package = META if type_name in _META_TYPES else f"{_package(home)}.{version}"
        owner = go_name(type_name)
        name = f"{package}.{owner}"
        if name in self.found:
            return name
        self.found[name] = {}
        fields: Fields = fields_of(type_name) or {}
        properties = {
            field: {**self._schema(told.type, home, version), **_merging(owner, field)}
            for field, told in fields.items()
        }
        required = [field for field, told in fields.items() if self._required(owner, field, told)]
        self.found[name] = {"type": "object", "properties": properties}
        if required:
            self.found[name]["required"] = required
        return name

    def _required(self, owner: str, field: str, told: Field) -> bool:
        since, until = _REQUIRED.get((owner, field), (0, FOREVER if told.required else -1))
        return since <= self._minor <= until

    def _schema(self, told: str, group: str, version: str) -> Object:
        if told.startswith("[]"):
            return {"type": "array", "items": self._schema(told[2:], group, version)}
        if told.startswith("{}"):
            return {"type": "object", "additionalProperties": self._schema(told[2:], group, version)}
        if "|" in told:  # one type or the other: nothing is said
            return {}
        if told in _SCALARS:
            return _SCALARS[told]
        return {"$ref": f"#/definitions/{self._add(told, group, version)}"}


def _merging(owner: str, field: str) -> Object:
    key = "type" if field == "conditions" else _MERGED.get(owner, {}).get(field)
    strategy = _RETAIN_KEYS.get((owner, field)) or ("merge" if key is not None else "")
    told: Object = {"x-kubernetes-patch-strategy": strategy} if strategy else {}
    return {**told, "x-kubernetes-patch-merge-key": key} if key else told


def _package(group: str) -> str:
    return _PACKAGES.get(group) or f"io.k8s.api.{group.split('.', maxsplit=1)[0]}"


@cache
def _homes() -> dict[str, str]:
    """The group in whose package each type lives: the first that uses it, core before all others."""
    homes = {"V1TopologySelectorTerm": "", "V1TopologySelectorLabelRequirement": ""}
    for row in sorted(BUILT_IN, key=lambda row: row["group"] != ""):
        plural, group = row["plural"], row["group"]
        for version in row["versions"]:
            api_version = f"{group}/{version[0]}" if group else version[0]
            type_name = type_of(f"{plural}.{group}" if group else plural, api_version)
            for one in _reached(type_name) if type_name else ():
                homes.setdefault(one, group)
    return homes


def _reached(type_name: str) -> Iterator[str]:
    waiting, seen = [type_name], set()
    while waiting:
        one = waiting.pop().lstrip("[]{}")
        fields = fields_of(one)
        if fields is None or one in seen:
            continue
        seen.add(one)
        yield one
        waiting += [field.type for field in fields.values()]


def _custom(resource: Resource, version: str, schema: Mapping[str, Any]) -> tuple[str, Object]:
    domain = ".".join(reversed(resource.group.split(".")))
    told = _structural(schema)
    if told.get("properties"):
        scalar = {"type": "string"}
        meta = {"$ref": f"#/definitions/{META}.ObjectMeta"}
        told["properties"] = {**told["properties"], "apiVersion": scalar, "kind": scalar, "metadata": meta}
    return f"{domain}.{version}.{resource.kind}", {**told, **_gvk(resource, version)}


def _structural(schema: Mapping[str, Any]) -> Object:
    """The part of an OpenAPI v3 schema that v2 can say; where it leaves fields open, nothing is said of them."""
    if schema.get("x-kubernetes-int-or-string") or schema.get("nullable"):
        return {}
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return {"type": "object"} if schema.get("type") == "object" else {}
    told: Object = {name: schema[name] for name in ("type", "format", "required") if name in schema}
    if isinstance(schema.get("properties"), Mapping):
        told["properties"] = {name: _structural(inner) for name, inner in schema["properties"].items()}
    if isinstance(schema.get("items"), Mapping):
        told["items"] = _structural(schema["items"])
    if isinstance(schema.get("additionalProperties"), Mapping):
        told["additionalProperties"] = _structural(schema["additionalProperties"])
    if told.get("type") == "array" and "items" not in told:
        return {}
    return told
