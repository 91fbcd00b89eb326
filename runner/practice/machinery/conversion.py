"""Old and new versions of a kind: what a client sends and sees, and what the store holds."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.served_resources import Resource

Object = dict[str, Any]


def to_storage(resource: Resource, version: str, obj: Object) -> Object:
    """A client's object (given away: it may be changed) as the version that the store holds."""
    conversion = resource.builtin.conversions.get(version) if resource.builtin else None
    obj = conversion.to_storage(obj) if conversion else obj
    return {**obj, "apiVersion": resource.storage_api_version, "kind": resource.kind}


def from_storage(resource: Resource, version: str, stored: Object) -> Object:
    """A stored object as `version`; the stored one is left as it is."""
    conversion = resource.builtin.conversions.get(version) if resource.builtin else None
    return conversion.from_storage(copied(stored)) if conversion else stored
