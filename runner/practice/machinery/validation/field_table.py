"""The committed table of fields: which fields a built-in kind has, and of which types."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from runner.practice.machinery.kind import Kind

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """`type` as generate.build describes it; a required field is always there in what a server answers."""

    type: str
    required: bool
    kept_empty: bool = False
    """Whether Go's type holds it as a pointer (so that empty differs from absent), or writes it when it is empty."""


Fields = dict[str, Field]


@cache
def _table() -> Object:
    """fields.json, and by hand in old_fields.json the versions that the package has no longer and that differ."""
    loaded: Object = {"kinds": {}, "types": {}}
    for file in ("fields.json", "old_fields.json"):
        part = json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
        loaded = {name: {**loaded[name], **part[name]} for name in loaded}
    return loaded


def all_types() -> list[str]:
    """The names of all structs."""
    return sorted(_table()["types"])


@cache
def fields_of(type_name: str) -> Fields | None:
    """The fields of a struct; None for scalars, lists, maps and what is not in the table."""
    found = _table()["types"].get(type_name)
    if found is None:
        return None
    return {name.rstrip("!?"): Field(kind, "!" in name, "?" in name) for name, kind in found.items()}


def type_of(kind: Kind, api_version: str) -> str | None:
    """The type of a kind in a version ("apps/v1"); None if the table does not know it."""
    kinds: dict[str, str] = _table()["kinds"]
    own = kinds.get(f"{api_version}/{kind.name}")
    return own or kinds.get(f"{kind.stored_api_version}/{kind.name}")


def type_named(api_version: str, kind: str) -> str | None:
    """The type of what a subresource takes or gives ("autoscaling/v1", "Scale"); None where the table does not know it."""
    found: str | None = _table()["kinds"].get(f"{api_version}/{kind}")
    return found


def stored_type(kind: Kind) -> str | None:
    """The type of a kind in the version that the store holds."""
    return type_of(kind, kind.stored_api_version)


def go_name(model: str) -> str:
    """`V1DeploymentSpec` as the API's own sources call it: DeploymentSpec."""
    return re.sub(r"^[A-Z]?[a-z]*?V\d+((alpha|beta)\d+)?", "", model)
