"""The fields of Istio's kinds, and the OpenAPI schemas that its CustomResourceDefinitions have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

TABLE = Path(__file__).with_name("api_fields.txt")
REQUIRED_SINCE = 22
"""Before, the schemas required nothing, and istiod's webhook refused what was missing."""
ANY_SCALAR: Mapping[str, Json] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int32": {"type": "integer", "format": "int32"},
    "uint32": {"type": "integer"},
    "int64": {"type": "integer"},
    "uint64": {"type": "integer"},
    "double": {"type": "number", "format": "double"},
    "duration": {"type": "string"},
    "bytes": {"type": "string", "format": "binary"},
    "object": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}
_FIELD = re.compile(r"  (\w+) ([^\s*{!]+)(\*|\{\})?(!)?(?: \^(\w+))?(?: @(\d+))?")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message; `since` is Istio's minor version."""

    name: str
    type: str
    card: str = ""
    """"*" a list, "{}" a map."""
    required: bool = False
    group: str = ""
    since: int = 0

    @property
    def words(self) -> Mapping[str, int]:
        """The words that it may have, and since which version; none where it is no enumeration."""
        if "|" not in self.type:
            return {}
        parts = [word.partition("@") for word in self.type.split("|")]
        return {word: int(since or 0) for word, _, since in parts}


@cache
def messages() -> Mapping[str, Sequence[Field]]:
    """All messages of the table, by name."""
    found: dict[str, list[Field]] = {}
    current: list[Field] = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        if not line.startswith(" "):
            current = found.setdefault(line, [])
            continue
        parts = _FIELD.fullmatch(line)
        assert parts is not None, line
        name, kind, card, required, group, since = parts.groups()
        current.append(Field(name, kind, card or "", bool(required), group or "", int(since or 0)))
    return found


def fields(message: str, minor: int) -> Sequence[Field]:
    """Those that a version has."""
    return [field for field in messages()[message] if field.since <= minor]


def schema_of(message: str, minor: int) -> Json:
    """The OpenAPI schema of a message in Istio 1.`minor`."""
    found = fields(message, minor)
    made: Json = {
        "type": "object",
        "properties": {field.name: _schema_of_field(field, minor) for field in found},
    }
    required = [field.name for field in found if field.required]
    if required and minor >= REQUIRED_SINCE:
        made["required"] = required
    groups: dict[str, list[str]] = {}
    for field in found:
        if field.group:
            groups.setdefault(field.group, []).append(field.name)
    choices = [_at_most_one(names) for names in groups.values() if len(names) > 1]
    if len(choices) == 1:
        made["oneOf"] = choices[0]
    elif choices:
        made["allOf"] = [{"oneOf": choice} for choice in choices]
    return made


def _at_most_one(names: Sequence[str]) -> list[Json]:
    each = [{"required": [name]} for name in names]
    return [{"not": {"anyOf": each}}, *each]


def _schema_of_field(field: Field, minor: int) -> Json:
    if words := field.words:
        made: Json = {"type": "string", "enum": [word for word, since in words.items() if since <= minor]}
    elif field.type in ANY_SCALAR:
        made = dict(ANY_SCALAR[field.type])
    else:
        made = schema_of(field.type, minor)
    if field.card == "*":
        return {"type": "array", "items": made}
    if field.card == "{}":
        return {"type": "object", "additionalProperties": made}
    return made


def unknown_fields(message: str, value: Any, minor: int, at: str = "") -> list[tuple[str, str]]:
    """(path of the object, name) of each field that a version does not know."""
    if not isinstance(value, dict):
        return []
    by_name = {field.name: field for field in fields(message, minor)}
    found: list[tuple[str, str]] = []
    for name, inner in value.items():
        field = by_name.get(name)
        if field is None:
            found.append((at, name))
        elif field.type in messages():
            for step, each in _each(field, inner):
                found += unknown_fields(field.type, each, minor, f"{at}.{name}{step}".lstrip("."))
    return found


def _each(field: Field, value: Any) -> list[tuple[str, Any]]:
    if field.card == "*" and isinstance(value, list):
        return [(f"[{index}]", each) for index, each in enumerate(value)]
    if field.card == "{}" and isinstance(value, dict):
        return [(f".{key}", each) for key, each in value.items()]
    return [("", value)]
