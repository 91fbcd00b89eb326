"""Custom resources by their structural schema: unknown fields, defaults, and what is invalid.

The sentences are those of the real server's schema validation (kube-openapi, apiextensions-apiserver).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from runner.practice.machinery.errors import Cause
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.text_formats import fits

Object = dict[str, Any]
Schema = Mapping[str, Any]

TYPE_FIELDS = ("apiVersion", "kind", "metadata")
PRESERVE = "x-kubernetes-preserve-unknown-fields"
MAX_CAUSES = 50


def prune(value: Any, schema: Schema, at: str = "", *, root: bool = True) -> tuple[Any, list[str]]:
    """(`value` without fields that the schema does not know, their names as the decoder reports them)."""
    problems: list[str] = []
    return _prune(
        value, schema, at, root or bool(schema.get("x-kubernetes-embedded-resource")), problems
    ), problems


def _prune(value: Any, schema: Schema, at: str, typed: bool, problems: list[str]) -> Any:
    if isinstance(value, list):
        items = schema.get("items") or {}
        return [_prune_inner(item, items, f"{at}[{i}]", problems) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    known, more = schema.get("properties") or {}, schema.get("additionalProperties")
    kept: Object = {}
    for name, inner in value.items():
        path = f"{at}.{name}" if at else name
        if typed and name in TYPE_FIELDS:
            kept[name] = inner
        elif name in known:
            kept[name] = _prune_inner(inner, known[name], path, problems)
        elif isinstance(more, Mapping):
            kept[name] = _prune_inner(inner, more, path, problems)
        elif more is True or schema.get(PRESERVE):
            kept[name] = inner
        else:
            problems.append(f'unknown field "{path}"')
    return kept


def _prune_inner(value: Any, schema: Schema, at: str, problems: list[str]) -> Any:
    return _prune(value, schema, at, bool(schema.get("x-kubernetes-embedded-resource")), problems)


def fill_defaults(value: Any, schema: Schema) -> Any:
    """`value` with the schema's defaults for what it leaves out; null counts as left out where not nullable."""
    if isinstance(value, list):
        items = schema.get("items") or {}
        return [fill_defaults(item, items) for item in value]
    if not isinstance(value, dict):
        return value
    known, more = schema.get("properties") or {}, schema.get("additionalProperties")
    filled = dict(value)
    for name, inner in known.items():
        if "default" in inner and (
            name not in filled or (filled[name] is None and not inner.get("nullable"))
        ):
            filled[name] = copied(inner["default"])
    for name, part in filled.items():
        inner = known.get(name, more)
        if isinstance(inner, Mapping):
            filled[name] = fill_defaults(part, inner)
    return filled


def problems_of(value: Any, schema: Schema) -> list[Cause]:
    """Everything that the schema does not allow."""
    found: list[Cause] = []
    for cause in _check(value, schema, ""):
        found.append(cause)
        if len(found) >= MAX_CAUSES:
            break
    return found


def _check(value: Any, schema: Schema, at: str) -> Iterator[Cause]:
    if value is None:
        if not schema.get("nullable") and at and schema.get("type"):
            yield _invalid(
                at, "null", f'{at} in body must be of type {schema["type"]}: "null"', "FieldValueInvalid"
            )
        return
    if (wrong := _wrong_type(value, schema)) is not None:
        text = json.dumps(wrong)
        yield _invalid(
            at, text, f"{at} in body must be of type {_type(schema)}: {text}", "FieldValueTypeInvalid"
        )
        return
    yield from _check_enum(value, schema, at)
    if isinstance(value, str):
        yield from _check_string(value, schema, at)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _check_number(value, schema, at)
    elif isinstance(value, list):
        yield from _check_list(value, schema, at)
    elif isinstance(value, dict):
        yield from _check_map(value, schema, at)
    yield from _check_combinations(value, schema, at)


def _invalid(at: str, shown: str, why: str, reason: str = "FieldValueInvalid") -> Cause:
    return Cause(at or "<nil>", f"Invalid value: {shown}: {why}", reason)


def _type(schema: Schema) -> str:
    return "integer,string" if schema.get("x-kubernetes-int-or-string") else str(schema.get("type", ""))


def _wrong_type(value: Any, schema: Schema) -> str | None:
    """The name of the type that `value` has where the schema wants another one."""
    if schema.get("x-kubernetes-int-or-string"):
        fits = isinstance(value, int | str) and not isinstance(value, bool)
        return None if fits else _json_type(value)
    wanted = schema.get("type")
    if not wanted:
        return None
    found = _json_type(value)
    if found == wanted or (wanted == "number" and found == "integer"):
        return None
    if wanted == "integer" and isinstance(value, float) and value.is_integer():
        return None
    return found


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names: dict[type, str] = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _check_enum(value: Any, schema: Schema, at: str) -> Iterator[Cause]:
    allowed = schema.get("enum")
    if allowed is not None and value not in allowed:
        text = ", ".join(json.dumps(one) for one in allowed)
        message = f"Unsupported value: {json.dumps(value)}: supported values: {text}"
        yield Cause(at, message, "FieldValueNotSupported")


def _check_string(value: str, schema: Schema, at: str) -> Iterator[Cause]:
    shown = json.dumps(value, ensure_ascii=False)
    if len(value) < schema.get("minLength", 0):
        yield _invalid(at, shown, f"{at} in body should be at least {schema['minLength']} chars long")
    if len(value) > schema.get("maxLength", math.inf):
        yield Cause(at, f"Too long: may not be longer than {schema['maxLength']}", "FieldValueTooLong")
    pattern = schema.get("pattern")
    if pattern and not _matches(pattern, value):
        yield _invalid(at, shown, f"{at} in body should match '{pattern}'")

    form = schema.get("format", "")
    if form and not fits(value, form):
        yield _invalid(at, shown, f"{at} in body must be of type {form}: {shown}")


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:  # Go's syntax knows classes that Python's does not: what can't be judged is let through
        return True


def _check_number(value: float, schema: Schema, at: str) -> Iterator[Cause]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None:
        if schema.get("exclusiveMinimum") and value <= low:
            yield _invalid(at, str(value), f"{at} in body should be greater than {low}")
        elif value < low:
            yield _invalid(at, str(value), f"{at} in body should be greater than or equal to {low}")
    if high is not None:
        if schema.get("exclusiveMaximum") and value >= high:
            yield _invalid(at, str(value), f"{at} in body should be less than {high}")
        elif value > high:
            yield _invalid(at, str(value), f"{at} in body should be less than or equal to {high}")
    bits = {"int32": 32, "int64": 64}.get(schema.get("format", ""))
    if bits and not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        yield _invalid(
            at, str(value), f"{at} in body must be of type {schema['format']}: {json.dumps(str(value))}"
        )
    multiple = schema.get("multipleOf")
    if multiple and value % multiple:
        yield _invalid(at, str(value), f"{at} in body should be a multiple of {multiple}")


def _check_list(value: list[Any], schema: Schema, at: str) -> Iterator[Cause]:
    if len(value) < schema.get("minItems", 0):
        yield _invalid(at, str(len(value)), f"{at} in body should have at least {schema['minItems']} items")
    if len(value) > schema.get("maxItems", math.inf):
        message = f"Too many: {len(value)}: must have at most {schema['maxItems']} items"
        yield Cause(at, message, "FieldValueTooMany")
    yield from _check_duplicates(value, schema, at)
    items = schema.get("items")
    if isinstance(items, Mapping):
        for i, item in enumerate(value):
            yield from _check(item, items, f"{at}[{i}]")


def _check_duplicates(value: list[Any], schema: Schema, at: str) -> Iterator[Cause]:
    kind = schema.get("x-kubernetes-list-type")
    if kind not in ("set", "map"):
        return
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    seen: list[Any] = []
    for i, item in enumerate(value):
        identity = (
            item if kind == "set" else {k: item.get(k) for k in keys} if isinstance(item, dict) else item
        )
        if identity in seen:
            yield Cause(f"{at}[{i}]", f"Duplicate value: {json.dumps(identity)}", "FieldValueDuplicate")
        seen.append(identity)


def _check_map(value: Object, schema: Schema, at: str) -> Iterator[Cause]:
    known, more = schema.get("properties") or {}, schema.get("additionalProperties")
    for name in schema.get("required") or ():
        if name not in value:
            yield Cause(f"{at}.{name}" if at else name, "Required value", "FieldValueRequired")
    if len(value) < schema.get("minProperties", 0):
        yield _invalid(
            at, str(len(value)), f"{at} in body should have at least {schema['minProperties']} properties"
        )
    for name, inner in sorted(value.items()):
        part = known.get(name, more)
        if isinstance(part, Mapping):
            yield from _check(inner, part, f"{at}.{name}" if at else name)


def _check_combinations(value: Any, schema: Schema, at: str) -> Iterator[Cause]:
    for part in schema.get("allOf") or ():
        yield from _check(value, part, at)
    alternatives = schema.get("anyOf")
    if alternatives and not any(_holds(value, part, at) for part in alternatives):
        yield _composite(at, "must validate at least one schema (anyOf)")
    if exclusive := schema.get("oneOf"):
        valid = sum(_holds(value, part, at) for part in exclusive)
        if valid != 1:
            many = "none valid" if not valid else f"{valid} valid alternatives"
            yield _composite(at, f"must validate one and only one schema (oneOf). Found {many}")
    if "not" in schema and _holds(value, schema["not"], at):
        yield _composite(at, "must not validate the schema (not)")


def _composite(at: str, why: str) -> Cause:
    """The real server names the field of these in the sentence alone."""
    return Cause("<nil>", f'Invalid value: "": "{at}" {why}')


def _holds(value: Any, schema: Schema, at: str) -> bool:
    return next(_check(value, schema, at), None) is None
