"""Discovery at /api and /apis: the served resources, as lists per group version and aggregated."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from runner.practice.machinery.errors import no_such_resource
from runner.practice.machinery.kind import CREATE_ONLY, Subresource
from runner.practice.machinery.served_resources import Registry, Resource

Object = dict[str, Any]

SINGULAR_SINCE = 27
"""The minor since which built-in resources have singular names."""


def core_versions(address: str) -> Object:
    """/api: the legacy group."""
    served = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": served}


def group_list(registry: Registry) -> Object:
    """/apis: every named group with its versions, the preferred one first."""
    groups = [_group(group, versions) for group, versions in registry.groups() if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def one_group(registry: Registry, group: str) -> Object:
    """/apis/<group>. Raises ApiError (404) if it is not served."""
    for name, versions in registry.groups():
        if name == group and name:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}
    raise no_such_resource()


def _group(group: str, versions: list[str]) -> Object:
    listed = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {"name": group, "versions": listed, "preferredVersion": listed[0]}


def resource_list(registry: Registry, group: str, version: str) -> Object:
    """/api/v1 and /apis/<group>/<version>. Raises ApiError (404) if it is not served."""
    found = registry.in_version(group, version)
    if not found:
        raise no_such_resource()
    api_version = f"{group}/{version}" if group else version
    resources: list[Object] = []
    for resource in found:
        entry = _entry(resource)
        if registry.minor < SINGULAR_SINCE and resource.builtin:
            entry["singularName"] = ""
        resources.append(entry)
        resources += [_sub_entry(resource, one) for one in _subresources(resource, version)]
    listing: Object = {"kind": "APIResourceList"}
    if group:
        listing["apiVersion"] = "v1"
    return {**listing, "groupVersion": api_version, "resources": resources}


def _subresources(resource: Resource, version: str) -> list[Subresource]:
    return sorted(resource.subresources_in(version), key=lambda one: one.name, reverse=resource.custom)


def _entry(resource: Resource) -> Object:
    entry: Object = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
        **_other_names(resource),
    }
    if resource.verbs != CREATE_ONLY:
        entry["storageVersionHash"] = _storage_hash(resource)
    return entry


def _other_names(resource: Resource) -> Object:
    names: Object = {}
    if resource.short_names:
        names["shortNames"] = list(resource.short_names)
    if resource.categories:
        names["categories"] = list(resource.categories)
    return names


def _storage_hash(resource: Resource) -> str:
    message = f"{resource.group}/{resource.storage_version}/{resource.kind}"
    return base64.b64encode(hashlib.sha256(message.encode()).digest()[:8]).decode()


def _sub_entry(resource: Resource, subresource: Subresource) -> Object:
    entry: Object = {
        "name": f"{resource.plural}/{subresource.name}",
        "singularName": "",
        "namespaced": resource.namespaced,
    }
    if subresource.group:
        entry |= {"group": subresource.group, "version": subresource.version}
    return {**entry, "kind": subresource.kind or resource.kind, "verbs": list(subresource.verbs)}


def aggregated_version(accepted: Mapping[str, str], minor: int) -> str:
    """The version of aggregated discovery to answer with ("" for none), by the parameters of one media type."""
    if accepted.get("g") != "apidiscovery.k8s.io" or accepted.get("as") != "APIGroupDiscoveryList":
        return ""
    since = {"v2beta1": 26, "v2": 30}.get(accepted.get("v", ""), 999)
    return accepted["v"] if minor >= since else ""


def aggregated(registry: Registry, version: str, *, core: bool) -> Object:
    """/api (`core`) or /apis as one APIGroupDiscoveryList."""
    items = []
    for group, versions in registry.groups():
        if (group == "") is core:
            meta: Object = {"creationTimestamp": None}
            if group:
                meta = {"name": group, **meta}
            listed = [_aggregated_version(registry, group, name) for name in versions]
            items.append({"metadata": meta, "versions": listed})
    api_version = f"apidiscovery.k8s.io/{version}"
    return {"kind": "APIGroupDiscoveryList", "apiVersion": api_version, "metadata": {}, "items": items}


def _aggregated_version(registry: Registry, group: str, version: str) -> Object:
    resources = [_aggregated_entry(resource, version) for resource in registry.in_version(group, version)]
    return {"version": version, "resources": resources, "freshness": "Current"}


def _aggregated_entry(resource: Resource, version: str) -> Object:
    entry: Object = {
        "resource": resource.plural,
        "responseKind": {"group": resource.group, "version": version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
        **_other_names(resource),
    }
    subresources = []
    for one in _subresources(resource, version):
        response = {
            "group": one.group or resource.group,
            "version": one.version or version,
            "kind": one.kind or resource.kind,
        }
        subresources.append({"subresource": one.name, "responseKind": response, "verbs": list(one.verbs)})
    return {**entry, "subresources": subresources} if subresources else entry
