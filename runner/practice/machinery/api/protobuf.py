"""Objects that clients send as protobuf: kubectl does so since 1.32 for what its `create` commands make.

`protobuf_fields.json` lists for each message its fields by number, as "name type flags": the flags are r (repeated),
m (map by string), p (a pointer: its zero value was set on purpose) and o (left out of JSON when zero); the name "-"
is a message whose fields belong to its parent. Numbers and names are those of Kubernetes' API types; a number, once
given, keeps its meaning.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from runner.practice.machinery.errors import bad_request, unsupported_media_type

Object = dict[str, Any]
Fields = dict[int, tuple[str, str, str]]

MAGIC = b"k8s\0"
UNREADABLE = (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError, OSError)
"""Errors of reading damaged bytes: parts that are missing, too short, of another type, or out of range."""


@cache
def _messages() -> dict[str, Fields]:
    message = json.loads((Path(__file__).parent / "protobuf_fields.json").read_text())
    messages = {}
    for name, fields in message.items():
        split = {int(number): field.split(" ") for number, field in fields.items()}
        messages[name] = {number: (field[0], field[1], field[2]) for number, field in split.items()}
    return messages


def decode(body: bytes) -> Object:
    """The object in a Kubernetes protobuf envelope. Raises ApiError (400, or 415 for an unknown kind)."""
    if not body.startswith(MAGIC):
        raise bad_request("the body is not in Kubernetes' protobuf format")
    try:
        envelope = dict(_wire(body[len(MAGIC) :]))
        message = dict(_wire(envelope[1]))
        api_version, kind = message[1].decode(), message[2].decode()
        obj = _decode_kind(api_version, kind, envelope.get(2, b""))
    except UNREADABLE as error:
        raise bad_request(f"the protobuf body can't be read: {type(error).__name__}: {error}") from None
    return {"apiVersion": api_version, "kind": kind, **obj}


def _decode_kind(api_version: str, kind: str, raw: bytes) -> Object:
    name = "meta.DeleteOptions" if kind == "DeleteOptions" else f"{api_version}.{kind}"
    if name not in _messages():
        raise unsupported_media_type(("application/json", "application/yaml"))
    return _message(name, raw) or {"metadata": {}}


def _wire(content: bytes) -> Iterator[tuple[int, Any]]:
    """(field number, value) of a message: whole numbers, or the bytes of everything else."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(content, at)
            yield tag >> 3, value
        elif kind == 2:
            length, at = _varint(content, at)
            if at + length > len(content):
                raise ValueError("a field is longer than its message")
            yield tag >> 3, content[at : at + length]
            at += length
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            yield tag >> 3, content[at : at + size]
            at += size
        else:
            raise ValueError(f"wire type {kind}")


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")


def _message(name: str, content: bytes) -> Object:
    fields = _messages()[name]
    found: Object = {}
    for number, raw in _wire(content):
        if number not in fields:
            continue  # newer than the table
        field, kind, flags = fields[number]
        value = _map_entry(kind, raw) if "m" in flags else _value(kind, raw)
        if field == "-":
            found |= value
        elif "m" in flags:
            found.setdefault(field, {}).update(value)
        elif "r" in flags:
            found.setdefault(field, []).append(value)
        elif not _left_out(kind, flags, value):
            found[field] = value
    return found


def _left_out(kind: str, flags: str, value: Any) -> bool:
    """Go writes zero values of fields that are no pointers; JSON leaves most of them out."""
    if "p" in flags:
        return value is None
    if value is None or (value == {} and "o" in flags):
        return True
    return "o" in flags and value in ("", 0, False) and kind != "quantity"


def _map_entry(kind: str, raw: bytes) -> Object:
    entry = dict(_wire(raw))
    return {entry.get(1, b"").decode(): _value(kind, entry.get(2, b""))}


def _value(kind: str, raw: Any) -> Any:
    read = _SCALARS.get(kind)
    return read(raw) if read else _message(kind, raw)


def _signed(raw: int) -> int:
    return raw - (1 << 64) if raw >= 1 << 63 else raw


def _time(raw: bytes) -> str | None:
    parts = dict(_wire(raw))
    if not parts:
        return None
    at = datetime.fromtimestamp(_signed(parts.get(1, 0)), UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _int_or_string(raw: bytes) -> int | str:
    parts = dict(_wire(raw))
    return parts.get(3, b"").decode() if parts.get(0x1) == 1 else _signed(parts.get(2, 0))


def _raw_json(raw: bytes) -> Any:
    return json.loads(dict(_wire(raw)).get(1, b"null"))


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": lambda raw: raw.decode(),
    "bytes": lambda raw: base64.b64encode(raw).decode(),
    "int32": _signed,
    "int64": _signed,
    "bool": bool,
    "time": _time,
    "quantity": lambda raw: dict(_wire(raw)).get(1, b"0").decode(),
    "intOrString": _int_or_string,
    "raw": _raw_json,
    "items:string": lambda raw: [value.decode() for number, value in _wire(raw) if number == 1],
}
