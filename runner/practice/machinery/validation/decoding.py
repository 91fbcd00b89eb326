"""Decodes objects as Go's decoder does: unknown fields are reported, wrong types refused, empty values dropped."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from runner.practice.machinery.errors import ApiError, bad_request
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.validation.field_table import (
    Field,
    Object,
    fields_of,
    go_name,
    stored_type,
    type_of,
)
from runner.practice.machinery.validation.quantity_format import PATTERN, amount, canonical

_WORDS = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}
_GO_SCALARS = {
    "bytes": "[]uint8",
    "time": "v1.Time",
    "microtime": "v1.MicroTime",
    "intstr": "intstr.IntOrString",
    "quantity": "resource.Quantity",
}
LEFT_OUT_FALSE = {
    "globalDefault",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "paused",
    "publishNotReadyAddresses",
    "readOnly",
    "stdin",
    "stdinOnce",
    "tty",
    "unschedulable",
}
LEFT_OUT_ZERO = {
    "failureThreshold",
    "healthCheckNodePort",
    "hostPort",
    "initialDelaySeconds",
    "minReadySeconds",
    "nodePort",
    "periodSeconds",
    "successThreshold",
    "timeoutSeconds",
}
_BITS = {"int32": 32, "int64": 64, "intstr": 32}
_TIMES = {
    "time": (
        r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)",
        "2006-01-02T15:04:05Z07:00",
    ),
    "microtime": (
        r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{6}(?:Z|[+-]\d\d:\d\d)",
        "2006-01-02T15:04:05.000000Z07:00",
    ),
}
"""How each kind of time is written, and Go's name for that."""


def check_fields(kind: Kind, api_version: str, obj: Object) -> list[str]:
    """The fields that the kind does not have, as a strict decoder reports them: `unknown field "spec.replica"`.

    Nothing for kinds and old versions that the table does not know. Raises ApiError (400) if a value has
    the wrong type.
    """
    type_name = type_of(kind, api_version)
    if type_name is None:
        return []
    version = api_version.rpartition("/")[2]

    def refuse(words: str) -> ApiError:
        return bad_request(f'{kind.name} in version "{version}" cannot be handled as a {kind.name}: {words}')

    return [f'unknown field "{path}"' for path in _Reader(refuse).unknown(obj, type_name, "", "", "")]


def read_metadata(meta: Object, refuse: Callable[[str], ApiError]) -> Object:
    """The metadata of a custom object as Go reads it: without nulls and unknown fields.

    Raises what `refuse` makes of the words where a value has the wrong type.
    """
    list(_Reader(refuse).unknown(meta, _META, "metadata", "metadata", ""))
    found: Object = _pruned(_without_nulls(meta, _META), _META)
    return found


def metadata_problem(meta: Object) -> str:
    """Wrong types in an object's metadata; empty if there are none."""
    try:
        read_metadata(meta, bad_request)
    except ApiError as error:
        return error.message
    return ""


_META = "V1ObjectMeta"


class _Reader:
    """`path` is reported with indexes (strict errors), `place` without (type errors), as Go does."""

    def __init__(self, refuse: Callable[[str], ApiError]) -> None:
        self._refuse = refuse

    def unknown(self, value: Any, type_name: str, path: str, place: str, owner: str) -> Iterator[str]:
        if value is None:
            return
        type_name = chosen(value, type_name)
        inner = type_name[2:]
        if type_name.startswith("[]"):
            self._expect(value, list, type_name, place, owner)
            for index, item in enumerate(value):
                yield from self.unknown(item, inner, f"{path}[{index}]", place, owner)
        elif type_name.startswith("{}"):
            self._expect(value, dict, type_name, place, owner)
            for key, item in value.items():
                yield from self.unknown(item, inner, f"{path}.{key}" if path else key, place, owner)
        elif (fields := fields_of(type_name)) is not None:
            self._expect(value, dict, type_name, place, owner)
            for key, item in value.items():
                at, where = (f"{path}.{key}", f"{place}.{key}") if path else (key, key)
                if key not in fields:
                    yield at
                else:
                    yield from self.unknown(item, fields[key].type, at, where, go_name(type_name))
        else:
            self._scalar(value, type_name, place, owner)

    def _expect(self, value: Any, wanted: type, type_name: str, place: str, owner: str) -> None:
        if not isinstance(value, wanted):
            raise self._mismatch(_WORDS[type(value)], type_name, place, owner)

    def _mismatch(self, found: str, type_name: str, place: str, owner: str) -> ApiError:
        into = f"struct field {owner}.{place}" if owner else "value"
        return self._refuse(f"json: cannot unmarshal {found} into Go {into} of type {_go_type(type_name)}")

    def _scalar(self, value: Any, type_name: str, place: str, owner: str) -> None:
        kind = _WORDS[type(value)]
        allowed = {
            "any": tuple(_WORDS.values()),
            "int32": ("number",),
            "int64": ("number",),
            "float64": ("number",),
            "bool": ("bool",),
            "intstr": ("number", "string"),
            "quantity": ("number", "string"),
        }.get(type_name, ("string",))
        if kind not in allowed:
            raise self._mismatch(kind, type_name, place, owner)
        if type_name in _BITS and kind == "number" and not _fits(value, _BITS[type_name]):
            raise self._mismatch(
                f"number {value}", "int32" if type_name == "intstr" else type_name, place, owner
            )
        if type_name in _TIMES:
            self._time(value, type_name)
        if type_name == "quantity":
            self._quantity(value)
        if type_name == "bytes":
            self._base64(value)

    def _time(self, value: str, type_name: str) -> None:
        pattern, layout = _TIMES[type_name]
        try:
            found = re.fullmatch(pattern, value, re.ASCII)
            if not found:
                raise ValueError(value)
            datetime.fromisoformat(f"{found[1]}T{found[2]}")
        except ValueError:
            raise self._refuse(
                f'parsing time "\\"{value}\\"" as "\\"{layout}\\"": cannot parse "{value}" as "2006"'
            ) from None

    def _quantity(self, value: Any) -> None:
        try:
            amount(value)
        except (ValueError, ArithmeticError):
            raise self._refuse(f"quantities must match the regular expression '{PATTERN}'") from None

    def _base64(self, value: str) -> None:
        try:
            base64.b64decode(value.replace("\n", "").replace("\r", ""), validate=True)
        except (binascii.Error, ValueError):
            raise self._refuse(f"illegal base64 data at input byte {_first_wrong(value)}") from None


def chosen(value: Any, type_name: str) -> str:
    """Which of `one|other` a value is, by its shape; every other type stays itself."""
    if "|" not in type_name or type_name[:2] in ("{}", "[]"):
        return type_name
    shape = {dict: "V1JSONSchemaProps", list: "[]", bool: "bool"}.get(type(value), "")
    kinds = type_name.split("|")
    return next((kind for kind in kinds if shape and kind.startswith(shape)), kinds[0])


def _fits(value: Any, bits: int) -> bool:
    return isinstance(value, int) and -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def read_nulls(kind: Kind, api_version: str, obj: Object) -> Object:
    """`obj` with its nulls read as Go reads them: a field is left out, an item or a map's value is its type's zero."""
    type_name = type_of(kind, api_version)
    found: Object = _without_nulls(obj, type_name or "any")
    return found


def _without_nulls(value: Any, type_name: str) -> Any:
    type_name = chosen(value, type_name)
    fields = fields_of(type_name)
    if isinstance(value, dict):
        if type_name.startswith("{}"):
            return {name: _item(inner, type_name[2:]) for name, inner in value.items()}
        if fields is None:
            return value
        return {
            name: _without_nulls(inner, fields[name].type if name in fields else "any")
            for name, inner in value.items()
            if inner is not None
        }
    if isinstance(value, list) and type_name.startswith("[]"):
        return [_item(item, type_name[2:]) for item in value]
    return value


def _item(value: Any, type_name: str) -> Any:
    return _zero(type_name) if value is None else _without_nulls(value, type_name)


def _zero(type_name: str) -> Any:
    if type_name.startswith("[]"):
        return []
    if type_name.startswith("{}") or fields_of(type_name) is not None:
        return {}
    zeros: Object = {
        "bool": False,
        "int32": 0,
        "int64": 0,
        "float64": 0,
        "intstr": 0,
        "quantity": "0",
        "any": None,
    }
    return zeros.get(type_name, "")


def _first_wrong(value: str) -> int:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n"
    body = value.rstrip("=")
    wrong = next((index for index, letter in enumerate(body) if letter not in letters), None)
    if wrong is not None:
        return wrong
    return len(body) // 4 * 4 if body == value else len(value)


def _go_type(type_name: str) -> str:
    if type_name.startswith("[]"):
        return "[]" + _go_type(type_name[2:])
    if type_name.startswith("{}"):
        return "map[string]" + _go_type(type_name[2:])
    if fields_of(type_name) is not None:
        return f"v1.{go_name(type_name)}"
    return _GO_SCALARS.get(type_name, type_name)


def prune(kind: Kind, obj: Object, api_version: str = "") -> Object:
    """`obj` without the fields that its kind does not have; `api_version` as the object says, if not given."""
    type_name = type_of(kind, api_version or obj.get("apiVersion", ""))
    return obj if type_name is None else _pruned(obj, type_name)


def _pruned(value: Any, type_name: str) -> Any:
    type_name = chosen(value, type_name)
    if isinstance(value, list) and type_name.startswith("[]"):
        return [_pruned(item, type_name[2:]) for item in value]
    if not isinstance(value, dict):
        return value
    if type_name.startswith("{}"):
        return {key: _pruned(item, type_name[2:]) for key, item in value.items()}
    fields = fields_of(type_name)
    if fields is None:
        return value
    return {key: _pruned(item, fields[key].type) for key, item in value.items() if key in fields}


def tidied(kind: Kind, obj: Object) -> Object:
    """`obj` (in the store's version) as Go would write it after reading it: a new object.

    Nulls and empty lists, maps and texts are left out, quantities take their canonical form. Its status and
    managedFields stay as they are.
    """
    type_name = stored_type(kind)
    if type_name is None:
        return obj
    given = {name: value for name, value in obj.items() if name != "status"}
    new: Object = _tidied(given, type_name)
    if "status" in obj:
        new["status"] = obj["status"]
    return new


def _tidied(value: Any, type_name: str) -> Any:
    type_name = chosen(value, type_name)
    if type_name.startswith("[]") and isinstance(value, list):
        return [_tidied(item, type_name[2:]) for item in value]
    if type_name.startswith("{}") and isinstance(value, dict):
        return {key: _tidied(item, type_name[2:]) for key, item in value.items()}
    if type_name == "quantity":
        return _quantity(value)
    fields = fields_of(type_name)
    if fields is None or not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        field = fields.get(name, Field("any", False))
        if not _left_out(type_name, name, field, item):
            kept[name] = item if name == "managedFields" else _tidied(item, field.type)
    return kept


def _quantity(value: Any) -> Any:
    try:
        return canonical(value)
    except (ValueError, ArithmeticError):  # validation says so in words
        return value


def _left_out(owner: str, name: str, field: Field, value: Any) -> bool:
    if value is None:
        return not (owner == "V1ObjectMeta" and name == "creationTimestamp")
    if field.kept_empty:
        return False
    if value is False:
        return name in LEFT_OUT_FALSE
    if value == 0 and isinstance(value, int):
        return name in LEFT_OUT_ZERO
    if field.type == "string":
        return value == "" and not field.required
    return field.type[:2] in ("[]", "{}") and not value
