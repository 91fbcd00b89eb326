"""Collects validation errors of an object, worded as the API server words them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runner.practice.machinery.errors import Cause

Object = dict[str, Any]


def quoted(text: str) -> str:
    """The text as Go's %q writes it."""
    return json.dumps(text, ensure_ascii=False)


def shown(value: Any) -> str:
    """A value as the sentences of errors show it."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return string_map(value)
    return "[]string{" + ", ".join(quoted(str(item)) for item in value) + "}"


def string_map(value: Mapping[str, Any] | None) -> str:
    """A map of labels in Go's syntax."""
    if value is None:
        return "map[string]string(nil)"
    return (
        "map[string]string{" + ", ".join(f"{quoted(k)}:{quoted(str(value[k]))}" for k in sorted(value)) + "}"
    )


class Raw(str):
    """A value that is already written as the sentence shall have it."""

    __slots__ = ()


def int_or_string(value: int | str) -> Raw:
    """An IntOrString in Go's syntax."""
    kind, number, text = (1, 0, value) if isinstance(value, str) else (0, value, "")
    return Raw(f"intstr.IntOrString{{Type:{kind}, IntVal:{number}, StrVal:{quoted(str(text))}}}")


class Problems:
    """Collects causes. `minor` is the Kubernetes minor whose words are wanted; the object came in `group`/`version`."""

    def __init__(self, minor: int, group: str = "", version: str = "") -> None:
        self.minor, self.group, self.version = minor, group, version
        self.causes: list[Cause] = []

    def _add(self, field: str, message: str, reason: str) -> None:
        self.causes.append(Cause(field, message, f"FieldValue{reason}"))

    def invalid(self, field: str, value: Any, why: str) -> None:
        words = str(value) if isinstance(value, Raw) else shown(value)
        self._add(field, f"Invalid value: {words}: {why}", "Invalid")

    def required(self, field: str, why: str = "") -> None:
        self._add(field, f"Required value: {why}" if why else "Required value", "Required")

    def forbidden(self, field: str, why: str) -> None:
        self._add(field, f"Forbidden: {why}", "Forbidden")

    def duplicate(self, field: str, value: Any) -> None:
        self._add(field, f"Duplicate value: {shown(value)}", "Duplicate")

    def too_long(self, field: str, most: int) -> None:
        self._add(field, f"Too long: must have at most {most} bytes", "TooLong")

    def too_many(self, field: str, found: int, most: int) -> None:
        self._add(field, f"Too many: {found}: must have at most {most} items", "TooMany")

    def not_found(self, field: str, value: Any) -> None:
        self._add(field, f"Not found: {shown(value)}", "NotFound")

    def unsupported(self, field: str, value: Any, known: Iterable[str]) -> None:
        """`known` in the order of the real server's messages."""
        listed = ", ".join(quoted(one) for one in known)
        words = str(value) if isinstance(value, Raw) else shown(value)
        self._add(field, f"Unsupported value: {words}: supported values: {listed}", "NotSupported")

    def one_of(self, field: str, value: Any, known: Sequence[str]) -> None:
        """Required where empty, unsupported where it is none of `known`."""
        if not value:
            self.required(field)
        elif value not in known:
            self.unsupported(field, value, known)

    def not_negative(self, field: str, value: Any) -> None:
        if isinstance(value, int) and value < 0:
            self.invalid(field, value, "must be greater than or equal to 0")

    def immutable(self, field: str, new: Any, old: Any) -> None:
        if new != old:
            self.invalid(field, new, "field is immutable")
