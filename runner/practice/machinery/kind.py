"""The description of a built-in kind for the API machinery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from ipaddress import IPv4Network
from typing import Any

from runner.practice.machinery.patch.list_types import ListRule, Path
from runner.practice.machinery.tables.columns import NAME_AND_CREATION, Printer
from runner.practice.machinery.validation.name_rules import subdomain
from runner.practice.machinery.validation.problems import Problems

Object = dict[str, Any]
Lister = Callable[[str], list[Object]]
"""All stored objects of a resource, by its key."""

FOREVER = 999
"""The last minor of a version that is served to this day."""

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
CREATE_ONLY = ("create",)
NO_COLLECTION = ("create", "delete", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a resource. `since` and `until` are the first and the last Kubernetes minor that serves it."""

    name: str
    since: int = 0
    until: int = FOREVER
    deprecated: int = 19
    """The minor since which its use is answered with a warning, if it has an end."""
    schema: Mapping[str, Any] | None = None  # of a custom resource: openAPIV3Schema
    columns: tuple[Mapping[str, Any], ...] = ()  # of a custom resource: additionalPrinterColumns
    subresources: Mapping[str, Any] = field(default_factory=dict)  # of a custom resource: status, scale
    warning: str = ""
    """The whole warning, where it is not the usual one; of a custom resource: deprecationWarning."""


@dataclass(frozen=True, slots=True)
class Subresource:
    """A subresource as discovery lists it. `group`, `version` and `kind` are "" if they are its resource's own."""

    name: str
    verbs: tuple[str, ...] = ("get", "patch", "update")
    kind: str = ""
    group: str = ""
    version: str = ""
    since: int = 0
    until: int = FOREVER
    takes_path: bool = False
    """Whether the rest of the request's path belongs to it, as for a proxy."""
    writes_status: bool = False
    """Whether what is written through it is the object's status alone."""
    decided: bool = False
    """Whether what is written through it was judged before it came: neither defaults, nor validation, nor plugins."""


STATUS = Subresource("status", writes_status=True)
SCALE = Subresource("scale", kind="Scale", group="autoscaling", version="v1")


@dataclass(frozen=True, slots=True)
class Conversion:
    """Between an older version and the one that is stored. Both functions may change the object that they get."""

    to_storage: Callable[[Object], Object]
    from_storage: Callable[[Object], Object] = lambda obj: obj


@dataclass(frozen=True, slots=True)
class SelectableField:
    """A field selector's field: where it is kept, if that is elsewhere, and what it is while it is not set."""

    name: str
    path: str = ""
    unset: str = ""


@dataclass(frozen=True, slots=True)
class ApiGroup:
    """An API group: its place in /apis (groupPriorityMinimum), and the order of its versions if it is not the usual one."""

    name: str
    priority: int
    versions: tuple[str, ...] = ()


def _subdomain(name: str, minor: int) -> list[str]:
    return subdomain(name)


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind:
    """A built-in kind, as its page in the API reference describes it."""

    # Names and versions. The first version is the one that is stored.
    group: str
    name: str
    plural: str
    versions: tuple[Version, ...] = (Version("v1"),)
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    namespaced: bool = True
    scopes_others: bool = False
    """Whether it is the kind whose objects namespaced objects live in."""
    verbs: tuple[str, ...] = ALL_VERBS
    collections_since: int = 0
    """The minor since which all objects of a namespace can be deleted at once."""
    subresources: tuple[Subresource, ...] = ()
    stored_as: Kind | None = None
    """The kind that holds its objects, where two groups serve the same ones."""
    conversions: Mapping[str, Conversion] = field(default_factory=dict)
    """By version; versions that differ from the stored one by their apiVersion alone need none."""

    # From a client's object to the stored one.
    set_defaults: Callable[[Object, int], None] | None = None
    """Fills in what a manifest leaves out: (object, Kubernetes minor)."""
    version_defaults: Mapping[str, Callable[[Object], None]] = field(default_factory=dict)
    """By version: what a manifest in that version alone has by default."""
    prepare_for_create: Callable[[Object, int], Object] | None = None
    """The new object as the server itself completes it: (object, minor)."""
    prepare_for_update: Callable[[Object, Object], Object] | None = None
    """The same for an update: (new object, old object)."""
    keeps_spec: bool = False
    """Whether an update leaves the spec as it is."""
    versioned_updates_until: int = -1
    """The last minor in which an update must say which resourceVersion it replaces."""
    initial_status: Callable[[Object], Object] | None = None
    created_with_status: bool = False
    """Whether clients may create an object with its status."""
    may_own: bool = True
    """Whether its objects may be owners of others."""
    name_rule: Callable[[str, int], list[str]] = _subdomain
    """What is wrong with a name: (name, minor)."""
    validate: Callable[[Problems, Object, Object | None], None] | None = None
    """Reports what is wrong with an object (with its defaults); the last one is what it replaces."""
    validate_status: Callable[[Problems, Object], None] | None = None
    """Reports what is wrong with the status of an object, where it is written at its own endpoint."""
    allocate: Callable[[Lister, Object, Object | None, int, IPv4Network], Object] | None = None
    """What the server hands out once the object is valid.

    (what is stored, object, what it replaces, minor, the cluster's range of addresses)
    """

    quota_usage: Callable[[Object], Mapping[str, Fraction]] | None = None
    """What an object takes of what its namespace may use, by the names that quotas have for it, beside its count/…"""
    in_quota_scope: Callable[[Object, Object], bool] | None = None
    """Whether an object is in a scope of a quota: (object, one of the terms of its scopeSelector). None: in no scope."""

    # In the store.
    generation_since: int | None = None
    """The minor since which metadata.generation counts changes of the spec; None: never."""
    generation_counts: Callable[[Object], Any] | None = None
    """What else the generation counts beside everything but metadata and status."""
    finalizers: Callable[[Object], list[str]] | None = None
    """Finalizers that are kept elsewhere than in metadata."""
    grace_seconds: Callable[[Object, int | None], int] | None = None
    """Seconds that a deletion waits for the object to end: (object, seconds that were asked for)."""
    mark_deleted: Callable[[Object], None] | None = None
    """What changes in an object, beside its deletionTimestamp, when its deletion begins."""
    shows_grace: bool = True
    """Whether an object that is being deleted has a deletionGracePeriodSeconds."""
    default_propagation: str = "Background"
    returns_deleted: bool = False
    """Whether a deletion is answered with the object, also where it is gone."""

    # How it is shown, selected and patched.
    printer: Printer = NAME_AND_CREATION
    selectable_fields: tuple[SelectableField, ...] = ()
    list_types: Mapping[Path, ListRule] = field(default_factory=dict)
    """Lists that merge by a key or as a set; all others are replaced as a whole."""
    retain_keys: tuple[Path, ...] = ()
    """Unions, of which kubectl's patches name the members that stay."""
    required_in: Mapping[Path, tuple[int, int]] = field(default_factory=dict)
    """The first and the last minor in which a field is required, where that has changed."""
    optional_in: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    """By version the fields that it leaves to the server, and that the others require."""
    plain_selector: bool = False
    """Whether spec.selector is a plain map of labels."""

    @property
    def key(self) -> str:
        """`pods`, `deployments.apps`: by what the store and errors name its resource."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def api_version(self, version: str) -> str:
        return f"{self.group}/{version}" if self.group else version

    @property
    def stored_api_version(self) -> str:
        return self.api_version(self.versions[0].name)

    def version(self, name: str) -> Version | None:
        return next((version for version in self.versions if version.name == name), None)

    def api_versions(self) -> Iterator[str]:
        return (self.api_version(version.name) for version in self.versions)
