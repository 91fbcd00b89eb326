"""Which resources a cluster of some Kubernetes version serves: the built-ins, and CRDs added live."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.practice.builtin_resources import BUILT_IN, GROUP_PRIORITY

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
FOREVER = 999


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a resource, and the Kubernetes minors that serve it (`until` is the last one)."""

    name: str
    since: int = 0
    until: int = FOREVER
    schema: Mapping[str, Any] | None = None  # a CRD's openAPIV3Schema
    columns: tuple[Mapping[str, Any], ...] = ()  # a CRD's additionalPrinterColumns
    subresources: Mapping[str, Any] = field(default_factory=dict)  # a CRD's: status, scale
    warning: str = ""  # told on each use: a deprecated version


@dataclass(frozen=True, slots=True)
class Resource:
    """What discovery says about a kind, and how it is kept.

    `versions` begin with the one that the store holds: controllers see that one whatever was asked for.
    """

    group: str
    kind: str
    plural: str
    singular: str
    namespaced: bool
    versions: tuple[Version, ...]
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()  # names: status, scale, log, …
    verbs: tuple[str, ...] = ALL_VERBS
    has_generation: bool = False
    stored_as: str = ""  # the key of the store where it is kept under another one (events.events.k8s.io)
    list_kind: str = ""
    custom: bool = False

    @property
    def key(self) -> str:
        """`pods`, `deployments.apps`: what the store and the sentences of errors call it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def storage_key(self) -> str:
        return self.stored_as or self.key

    @property
    def storage_version(self) -> str:
        return self.versions[0].name

    @property
    def storage_api_version(self) -> str:
        return self.api_version(self.storage_version)

    @property
    def kind_of_list(self) -> str:
        return self.list_kind or f"{self.kind}List"

    @property
    def qualified_kind(self) -> str:
        """`Pod`, `Deployment.apps`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    def api_version(self, version: str) -> str:
        return f"{self.group}/{version}" if self.group else version

    def version(self, name: str) -> Version | None:
        return next((version for version in self.versions if version.name == name), None)

    def has(self, subresource: str, version: str = "") -> bool:
        """Whether a subresource is served; a CRD says so for each of its versions."""
        if self.custom:
            served = self.version(version or self.storage_version)
            return served is not None and subresource in served.subresources
        return subresource in self.subresources


_AUTOSCALING = ["v2", "v1", "v2beta1", "v2beta2"]
"""The one built-in group whose older beta comes first."""


def version_order(name: str) -> tuple[int, int, int, str]:
    """Sorts versions as Kubernetes prefers them: v2, v1, v2beta2, v1beta1, v1alpha1, then others by name."""
    found = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", name)
    if not found:
        return (3, 0, 0, name)
    stage = {None: 0, "beta": 1, "alpha": 2}[found[2]]
    return (stage, -int(found[1]), -int(found[3] or 0), name)


def minor_of(version: str) -> int:
    """The minor of "1.32", "v1.22.3". Raises ValueError where there is none."""
    found = re.fullmatch(r"v?1\.(\d+)(?:\.\d+)?.*", version)
    if not found:
        raise ValueError(f"not a Kubernetes version: {version!r}")
    return int(found[1])


class Registry:
    """The resources that one cluster serves."""

    def __init__(self, version: str = "1.32") -> None:
        self.minor = minor_of(version)
        self._resources: dict[str, Resource] = {}
        for row in BUILT_IN:
            resource = _built_in(row, self.minor)
            if any(self.serves(resource, version) for version in resource.versions):
                self._resources[resource.key] = resource

    def serves(self, resource: Resource, version: Version) -> bool:
        """Whether this cluster serves a version; a custom one that is stored and not served has `until` -1."""
        if resource.custom:
            return version.until >= 0
        return version.since <= self.minor <= version.until

    def __iter__(self) -> Iterator[Resource]:
        return iter(list(self._resources.values()))

    def served_versions(self, resource: Resource) -> list[Version]:
        return [version for version in resource.versions if self.serves(resource, version)]

    def by_key(self, key: str) -> Resource | None:
        """By "pods" or "deployments.apps"."""
        return self._resources.get(key)

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """What answers at /apis/<group>/<version>/<plural>."""
        resource = self._resources.get(f"{plural}.{group}" if group else plural)
        if resource is None:
            return None
        served = resource.version(version)
        return resource if served and self.serves(resource, served) else None

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        """By an object's own apiVersion and kind, as an ownerReference gives them."""
        group, version = split_api_version(api_version)
        for resource in self._resources.values():
            if resource.group == group and resource.kind == kind:
                served = resource.version(version)
                return resource if served else None
        return None

    def add(self, resource: Resource) -> None:
        """Serve a custom resource, or serve it anew."""
        self._resources[resource.key] = resource

    def remove(self, key: str) -> None:
        self._resources.pop(key, None)

    def groups(self) -> list[tuple[str, list[str]]]:
        """(group, versions) in the order in which the real server lists them; the preferred version first."""
        found: dict[str, set[str]] = {}
        for resource in self._resources.values():
            for version in self.served_versions(resource):
                found.setdefault(resource.group, set()).add(version.name)
        order = sorted(found, key=lambda group: (-GROUP_PRIORITY.get(group, 1000), group))
        return [
            (group, [name for name in _AUTOSCALING if name in found[group]])
            if group == "autoscaling"
            else (group, sorted(found[group], key=version_order))
            for group in order
        ]

    def in_version(self, group: str, version: str) -> list[Resource]:
        """The resources of one group version, by plural."""
        return sorted(
            (
                resource
                for resource in self._resources.values()
                if resource.group == group and any(v.name == version for v in self.served_versions(resource))
            ),
            key=lambda resource: resource.plural,
        )


def split_api_version(api_version: str) -> tuple[str, str]:
    """`apps/v1` as (group, version); `v1` has the group ""."""
    group, slash, version = api_version.rpartition("/")
    return (group, version) if slash else ("", api_version)


def _verbs(row: Mapping[str, Any], minor: int) -> tuple[str, ...]:
    verbs: tuple[str, ...] = row.get("verbs", ALL_VERBS)
    if minor < row.get("collections_since", 0):
        return tuple(verb for verb in verbs if verb != "deletecollection")
    return verbs


def _built_in(row: Mapping[str, Any], minor: int) -> Resource:
    versions = tuple(Version(*version) for version in row["versions"])
    subresources = tuple(
        name
        for name, since in (
            part if isinstance(part, tuple) else (part, 0) for part in row.get("subresources", ())
        )
        if since <= minor
    )
    return Resource(
        group=row["group"],
        kind=row["kind"],
        plural=row["plural"],
        singular=row["kind"].lower(),
        namespaced=row.get("namespaced", True),
        versions=versions,
        short_names=row.get("short", ()),
        categories=row.get("categories", ()),
        subresources=subresources,
        verbs=_verbs(row, minor),
        has_generation=0 < row.get("generation", 0) <= max(minor, 1),
        stored_as=row.get("stored_as", ""),
    )
