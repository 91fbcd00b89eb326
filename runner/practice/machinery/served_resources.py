"""The resources that a cluster of a Kubernetes version serves: built-in kinds, and custom resources added at run
time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.practice.machinery.kind import ALL_VERBS, SCALE, STATUS, ApiGroup, Kind, Subresource, Version

OF_CUSTOM_RESOURCES = {"scale": SCALE, "status": STATUS}


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind as one cluster serves it.

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
    subresources: tuple[Subresource, ...] = ()  # those of custom resources are each version's own
    verbs: tuple[str, ...] = ALL_VERBS
    has_generation: bool = False
    list_kind: str = ""
    builtin: Kind | None = None
    """None: a custom resource."""

    @property
    def custom(self) -> bool:
        return self.builtin is None

    @property
    def key(self) -> str:
        """`pods`, `deployments.apps`: what the store and the sentences of errors call it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def storage_key(self) -> str:
        """The key under which the store holds it: another kind's, where two groups serve the same objects."""
        return self.builtin.stored_as.key if self.builtin and self.builtin.stored_as else self.key

    @property
    def storage_version(self) -> str:
        return self.versions[0].name

    @property
    def storage_api_version(self) -> str:
        """The apiVersion of the objects in the store."""
        if self.builtin and self.builtin.stored_as:
            return self.builtin.stored_as.stored_api_version
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

    def subresource(self, name: str, version: str = "") -> Subresource | None:
        """A subresource that is served; a custom resource says so for each of its versions."""
        return next((one for one in self.subresources_in(version) if one.name == name), None)

    def subresources_in(self, version: str = "") -> tuple[Subresource, ...]:
        if self.builtin:
            return self.subresources
        served = self.version(version or self.storage_version)
        names = served.subresources if served else {}
        return tuple(OF_CUSTOM_RESOURCES[name] for name in names if name in OF_CUSTOM_RESOURCES)

    def has(self, subresource: str, version: str = "") -> bool:
        return self.subresource(subresource, version) is not None


def version_order(name: str) -> tuple[int, int, int, str]:
    """Sorts versions as Kubernetes prefers them: v2, v1, v2beta2, v1beta1, v1alpha1, then others by name."""
    found = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", name)
    if not found:
        return (3, 0, 0, name)
    stage = {None: 0, "beta": 1, "alpha": 2}[found[2]]
    return (stage, -int(found[1]), -int(found[3] or 0), name)


def minor_of(version: str) -> int:
    """The minor of "1.32", "v1.22.3". Raises ValueError if there is none."""
    found = re.fullmatch(r"v?1\.(\d+)(?:\.\d+)?.*", version)
    if not found:
        raise ValueError(f"not a Kubernetes version: {version!r}")
    return int(found[1])


class Registry:
    """The resources that one cluster serves: those of `kinds` that its version has, and custom ones."""

    def __init__(
        self, version: str = "1.32", kinds: Sequence[Kind] = (), groups: Sequence[ApiGroup] = ()
    ) -> None:
        self.minor = minor_of(version)
        self.kinds = tuple(kinds)
        """All built-in kinds, also those that this version does not serve."""
        self.banned_owners = frozenset((one.stored_api_version, one.name) for one in kinds if not one.may_own)
        """(apiVersion, kind) of objects that may own no others."""
        self._groups = {group.name: group for group in groups}
        self._resources: dict[str, Resource] = {}
        for kind in kinds:
            resource = _built_in(kind, self.minor)
            if self.served_versions(resource):
                self._resources[resource.key] = resource
        self.scope = next((one for one in self if one.builtin and one.builtin.scopes_others), None)
        """The resource whose objects namespaced objects live in."""

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
        """Serve a custom resource, or serve it again."""
        self._resources[resource.key] = resource

    def remove(self, key: str) -> None:
        self._resources.pop(key, None)

    def groups(self) -> list[tuple[str, list[str]]]:
        """(group, versions) in the order in which the real server lists them; the preferred version first."""
        found: dict[str, set[str]] = {}
        for resource in self._resources.values():
            for version in self.served_versions(resource):
                found.setdefault(resource.group, set()).add(version.name)
        order = sorted(found, key=lambda name: (-self._priority(name), name))
        return [(name, self._in_order(name, found[name])) for name in order]

    def _priority(self, name: str) -> int:
        return self._groups[name].priority if name in self._groups else 1000

    def _in_order(self, name: str, versions: set[str]) -> list[str]:
        usual = sorted(versions, key=version_order)
        own = self._groups[name].versions if name in self._groups else ()
        return [version for version in own if version in versions] or usual

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


def _verbs(kind: Kind, minor: int) -> tuple[str, ...]:
    if minor < kind.collections_since:
        return tuple(verb for verb in kind.verbs if verb != "deletecollection")
    return kind.verbs


def _built_in(kind: Kind, minor: int) -> Resource:
    return Resource(
        group=kind.group,
        kind=kind.name,
        plural=kind.plural,
        singular=kind.name.lower(),
        namespaced=kind.namespaced,
        versions=kind.versions,
        short_names=kind.short_names,
        categories=kind.categories,
        subresources=tuple(one for one in kind.subresources if one.since <= minor <= one.until),
        verbs=_verbs(kind, minor),
        has_generation=kind.generation_since is not None and kind.generation_since <= minor,
        builtin=kind,
    )
