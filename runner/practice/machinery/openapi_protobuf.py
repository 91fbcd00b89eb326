"""OpenAPI v2 as protobuf: the part of openapi.v2.Document (google/gnostic) that kubectl reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Object = Mapping[str, Any]


def text(number: int, content: str) -> bytes:
    return part(number, content.encode())


def part(number: int, content: bytes) -> bytes:
    """One length-delimited field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def named(number: int, name: str, content: bytes) -> bytes:
    """An entry of a map: {name = 1, value = 2}."""
    return part(number, text(1, name) + part(2, content))


def extension(number: int, name: str, value: Any) -> bytes:
    """An `x-…` value, which travels as YAML (JSON is YAML)."""
    return named(number, name, text(2, json.dumps(value)))


def definitions(found: Mapping[str, Object]) -> bytes:
    """The content of Document.definitions."""
    return b"".join(named(1, name, schema(one)) for name, one in found.items())


def schema(one: Object) -> bytes:
    """openapi.v2.Schema: its field numbers are the ones below."""
    parts: list[bytes] = []
    if "$ref" in one:
        parts.append(text(1, one["$ref"]))
    if "format" in one:
        parts.append(text(2, one["format"]))
    if "description" in one:
        parts.append(text(4, one["description"]))
    parts += [text(19, field) for field in one.get("required", ())]
    if isinstance(one.get("additionalProperties"), Mapping):
        parts.append(part(21, part(1, schema(one["additionalProperties"]))))
    if "type" in one:
        parts.append(part(22, text(1, one["type"])))
    if "items" in one:
        parts.append(part(23, part(1, schema(one["items"]))))
    if one.get("properties"):
        inner = b"".join(named(1, name, schema(value)) for name, value in one["properties"].items())
        parts.append(part(25, inner))
    parts += _extensions(one.items())
    return b"".join(parts)


def _extensions(items: Iterable[tuple[str, Any]]) -> list[bytes]:
    return [extension(31, name, value) for name, value in items if name.startswith("x-")]
