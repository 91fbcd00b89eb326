"""The committed table of fields: which fields a built-in kind has, and of which types."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from runner.practice.builtin_resources import BUILT_IN

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """`type` as generate.build describes it; a required field is always there in what a server answers."""

    type: str
    required: bool


Fields = dict[str, Field]


@cache
def _table() -> Object:
    """fields.json, and by hand in old_fields.json the versions that the package has no longer and that differ."""
    loaded: Object = {"kinds": {}, "types": {}}
    for file in ("fields.json", "old_fields.json"):
        part = json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
        loaded = {name: {**loaded[name], **part[name]} for name in loaded}
    return loaded


@cache
def fields_of(type_name: str) -> Fields | None:
    """The fields of a struct; None for scalars, lists, maps and what is not in the table."""
    found = _table()["types"].get(type_name)
    if found is None:
        return None
    return {name.removesuffix("!"): Field(told, name.endswith("!")) for name, told in found.items()}


@cache
def type_of(resource: str, api_version: str) -> str | None:
    """The type of a resource ("deployments.apps") in a version; None where the table does not know it."""
    kind = _kinds().get(resource)
    if kind is None:
        return None
    name = f"{api_version}/{kind}"
    kinds: dict[str, str] = _table()["kinds"]
    if name in kinds:
        return kinds[name]
    stored = f"{_stored_versions()[resource]}/{kind}"
    return kinds.get(stored)


def stored_type(resource: str) -> str | None:
    """The type of a resource in the version that the store holds."""
    api_version = _stored_versions().get(resource)
    return type_of(resource, api_version) if api_version else None


@cache
def _kinds() -> dict[str, str]:
    return {_key(row): row["kind"] for row in BUILT_IN}


@cache
def _stored_versions() -> dict[str, str]:
    return {
        _key(row): f"{row['group']}/{row['versions'][0][0]}" if row["group"] else row["versions"][0][0]
        for row in BUILT_IN
    }


def kind_of(resource: str) -> str:
    """The kind of a built-in resource: "Deployment" for "deployments.apps"."""
    return _kinds().get(resource, "")


def _key(row: Any) -> str:
    return f"{row['plural']}.{row['group']}" if row["group"] else str(row["plural"])


def go_name(model: str) -> str:
    """`V1DeploymentSpec` as the API's own sources call it: DeploymentSpec."""
    return re.sub(r"^[A-Z]?[a-z]*?V\d+((alpha|beta)\d+)?", "", model)
