"""Processing of built-in objects on their way to the store: defaults, completion, validation."""

from __future__ import annotations

from collections.abc import Collection

from runner.practice.machinery.errors import invalid
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.kind import Kind, Object
from runner.practice.machinery.validation.decoding import tidied
from runner.practice.machinery.validation.field_table import fields_of, stored_type
from runner.practice.machinery.validation.metadata_rules import metadata
from runner.practice.machinery.validation.problems import Problems


def apply_defaults(kind: Kind, obj: Object, minor: int = 32, version: str = "") -> Object:
    """`obj` (in the store's version) tidied and with its defaults, as a new object.

    `minor` is the Kubernetes minor of the cluster, `version` the API version that the object came in.
    """
    new = copied(tidied(kind, obj))
    new.setdefault("metadata", {})
    if "spec" in (fields_of(stored_type(kind) or "") or ()):  # Go writes a struct also where it is empty
        new.setdefault("spec", {})
    if kind.set_defaults:
        kind.set_defaults(new, minor)
    if fill_in := kind.version_defaults.get(version):
        fill_in(new)
    return new


def prepare_for_create(kind: Kind, obj: Object, minor: int = 32) -> Object:
    """A new object (without a status of the client's) as the server itself completes it."""
    obj = dict(obj)
    if kind.prepare_for_create:
        obj = kind.prepare_for_create(obj, minor)
    if kind.initial_status:
        obj["status"] = kind.initial_status(obj)
    return obj


def prepare_for_update(kind: Kind, obj: Object, old: Object) -> Object:
    """`obj`, which replaces `old`, as the server itself completes it."""
    return kind.prepare_for_update(obj, old) if kind.prepare_for_update else obj


def validate(
    kind: Kind,
    obj: Object,
    old: Object | None = None,
    minor: int = 32,
    api_version: str = "",
    banned_owners: Collection[tuple[str, str]] = (),
) -> None:
    """Check an object in the store's version, with its defaults; `old` is what it replaces.

    `api_version` is the one that it came in, where that makes a difference. Raises ApiError (422) that names every
    field that is wrong, worded as Kubernetes 1.`minor` does.
    """
    group, _, version = (api_version or obj.get("apiVersion", "")).rpartition("/")
    problems = Problems(minor, group, version)
    metadata(problems, kind.group, kind.name_rule, obj, old, banned_owners)
    if kind.validate:
        kind.validate(problems, obj, old)
    if problems.causes:
        name = obj.get("metadata", {}).get("name", "")
        raise invalid(kind.name, name, problems.causes, kind.group)


def validate_status(kind: Kind, obj: Object, minor: int) -> None:
    """Raises ApiError (422) if an object's status is none that a controller could have written."""
    problems = Problems(minor)
    if kind.validate_status:
        kind.validate_status(problems, obj)
    if problems.causes:
        raise invalid(kind.name, obj["metadata"].get("name", ""), problems.causes, kind.group)
