"""Rules of the schemas of CustomResourceDefinitions: what is supported of OpenAPI v3, and what makes a schema structural."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from runner.practice.machinery import structural_schema
from runner.practice.machinery.validation.problems import Object, Problems, shown

TYPES = ("array", "boolean", "integer", "number", "object", "string")
_NEVER = ("$ref", "definitions", "dependencies", "patternProperties", "additionalItems")
_NESTED = ("allOf", "anyOf", "oneOf")
_FORBIDDEN_NESTED = ("additionalProperties", "default", "description", "nullable", "title", "type")
_EXTENSIONS = (
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
)
PRESERVE, EMBEDDED, INT_OR_STRING, KEYS, LIST_TYPE, MAP_TYPE = _EXTENSIONS


def schema(problems: Problems, at: str, found: Object, *, structural: bool) -> None:
    """The whole schema of a version. Without `structural` (v1beta1 that keeps unknown fields) only what is never taken."""
    _supported(problems, at, found, root=True)
    if not structural:
        return
    if not found.get("type"):
        problems.required(f"{at}.type", "must not be empty at the root")
    elif found["type"] != "object":
        problems.invalid(f"{at}.type", found["type"], "must be object at the root")
    if found.get("nullable"):
        problems.forbidden(f"{at}.nullable", "nullable cannot be true at the root")
    _structural(problems, at, found, "root")
    if not problems.causes:
        _defaults(problems, at, found)


def extended(found: Object) -> bool:
    """Whether a schema uses what only structural ones may use."""
    own = any(found.get(field) for field in _EXTENSIONS) or found.get("nullable") or "default" in found
    return bool(own) or any(extended(one) for _, one in (*_inner(found), *_values(found)))


def has_default(found: Object) -> bool:
    return "default" in found or any(has_default(one) for _, one in (*_inner(found), *_values(found)))


def _inner(found: Object) -> Iterator[tuple[str, Object]]:
    """The schemas within one, with what their place is called."""
    for name, one in sorted((found.get("properties") or {}).items()):
        yield f".properties[{name}]", one
    if isinstance(found.get("items"), dict):
        yield ".items", found["items"]
    if isinstance(found.get("additionalProperties"), dict):
        yield ".additionalProperties", found["additionalProperties"]


def _values(found: Object) -> Iterator[tuple[str, Object]]:
    """The schemas that only say more about values."""
    for field in _NESTED:
        for index, one in enumerate(found.get(field) or ()):
            yield f".{field}[{index}]", one
    if found.get("not") is not None:
        yield ".not", found["not"]


def _supported(problems: Problems, at: str, found: Object, *, root: bool = False) -> None:
    _never(problems, at, found)
    more = found.get("additionalProperties")
    if more is False:
        problems.forbidden(f"{at}.additionalProperties", "additionalProperties cannot be set to false")
    if more not in (None, False) and found.get("properties"):
        problems.forbidden(
            f"{at}.additionalProperties", "additionalProperties and properties are mutual exclusive"
        )
    if root and more not in (None, False):
        problems.forbidden(f"{at}.additionalProperties", "additionalProperties cannot be used at the root")
    kind = found.get("type")
    if kind and kind not in TYPES:
        problems.unsupported(f"{at}.type", kind, TYPES)
    if pattern := found.get("pattern"):
        _pattern(problems, f"{at}.pattern", pattern)
    _lists(problems, at, found)
    for place, one in (*_inner(found), *_values(found)):
        _supported(problems, at + place, one)


def _never(problems: Problems, at: str, found: Object) -> None:
    """What no schema may use."""
    for field in _NEVER:
        if found.get(field) or (field == "additionalItems" and found.get(field) is not None):
            problems.forbidden(f"{at}.{field}", f"{field} is not supported")
    for field, text in (("$schema", "schema"), ("id", "id")):
        if found.get(field):
            problems.invalid(at, "", f"OpenAPIV3Schema '{text}' is not supported")
    if found.get("uniqueItems"):
        why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        problems.forbidden(f"{at}.uniqueItems", why)
    if isinstance(found.get("items"), list):
        problems.forbidden(f"{at}.items", "items must be a schema object and not an array")


def _pattern(problems: Problems, at: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        if not re.search(
            r"\\[pPzQE]|\[\[:|\(\?[a-zA-Z]*\)|\(\?P<", pattern
        ):  # what only Go knows is let through
            problems.invalid(at, pattern, f"must be a valid regular expression, but isn't: {error}")


def _lists(problems: Problems, at: str, found: Object) -> None:
    kind, keys, maps = found.get(LIST_TYPE), found.get(KEYS), found.get(MAP_TYPE)
    if kind is not None:
        _of_type(problems, at, found, "array", LIST_TYPE)
        if kind not in ("atomic", "set", "map"):
            problems.unsupported(f"{at}.{LIST_TYPE}", kind, ("atomic", "set", "map"))
    if keys and kind is None:
        problems.required(f"{at}.{LIST_TYPE}", f"must be map if {KEYS} is non-empty")
    elif keys and kind != "map":
        problems.invalid(f"{at}.{LIST_TYPE}", kind, f"must be map if {KEYS} is non-empty")
    if kind == "map":
        _map_keys(problems, at, found, keys or [])
    if kind == "set" and isinstance(found.get("items"), dict):
        _set_items(problems, f"{at}.items", found["items"])
    if maps is not None:
        _of_type(problems, at, found, "object", MAP_TYPE)
        if maps not in ("atomic", "granular"):
            problems.unsupported(f"{at}.{MAP_TYPE}", maps, ("atomic", "granular"))


def _of_type(
    problems: Problems, at: str, found: Object, wanted: str, because: str, state: str = "specified"
) -> None:
    kind, why = found.get("type"), f"must be {wanted} if {because} is {state}"
    if not kind:
        problems.required(f"{at}.type", why)
    elif kind != wanted:
        problems.invalid(f"{at}.type", kind, why)


def _set_items(problems: Problems, at: str, items: Object) -> None:
    """Items of a set are compared as a whole."""
    if items.get("nullable"):
        problems.forbidden(f"{at}.nullable", f"cannot be nullable when {LIST_TYPE} is set")
    field = {"object": MAP_TYPE, "array": LIST_TYPE}.get(items.get("type", ""))
    if field is None or items.get(field) == "atomic" or (field == LIST_TYPE and items.get(field) is None):
        return
    why = f"must be atomic as item of a list with {LIST_TYPE}=set"
    problems.invalid(f"{at}.{field}", items.get(field, ""), why)


def _map_keys(problems: Problems, at: str, found: Object, keys: list[str]) -> None:
    if not keys:
        problems.required(f"{at}.{KEYS}", f"must not be empty if {LIST_TYPE} is map")
    items = found.get("items")
    if not isinstance(items, dict):
        problems.required(f"{at}.items", f"must have a schema if {LIST_TYPE} is map")
        return
    if items.get("type") != "object":
        problems.invalid(
            f"{at}.items.type", items.get("type", ""), f"must be object if parent array's {LIST_TYPE} is map"
        )
    known, required = items.get("properties") or {}, items.get("required") or ()
    for index, key in enumerate(keys):
        here = f"{at}.{KEYS}[{index}]"
        if key not in known:
            problems.invalid(here, key, "entries must all be names of item properties")
        elif known[key].get("type") in ("array", "object"):
            problems.invalid(
                f"{at}.items.properties[{key}].type",
                known[key]["type"],
                "must be a scalar type if parent array's x-kubernetes-list-type is map",
            )
        elif key not in required and "default" not in known[key]:
            why = f"this property is in {KEYS}, so it must have a default or be a required property"
            problems.required(f"{at}.items.properties[{key}].default", why)
        if key in keys[:index]:
            problems.duplicate(here, key)


def _structural(problems: Problems, at: str, found: Object, level: str) -> None:
    """`level`: root, field, item: what the schema is of."""
    kind, either = found.get("type"), found.get(INT_OR_STRING)
    if not (kind or either or found.get(PRESERVE) or level == "root"):
        text = "array items" if level == "item" else "object fields"
        problems.required(f"{at}.type", f"must not be empty for specified {text}")
    if either and kind:
        problems.forbidden(f"{at}.type", f"must be empty if {INT_OR_STRING} is true")
    if found.get(PRESERVE) is False:
        problems.invalid(f"{at}.{PRESERVE}", False, "must be true or undefined")
    if found.get(EMBEDDED):
        _of_type(problems, at, found, "object", EMBEDDED, "true")
        if not found.get(PRESERVE) and not found.get("properties"):
            why = f"must not be empty if {EMBEDDED} is true without {PRESERVE}"
            problems.required(f"{at}.properties", why)
    for place, one in _values(found):
        _nested(problems, at + place, one, found, either=bool(either) and _is_int_or_string(found, place))
    if level == "root" or found.get(EMBEDDED):
        _typed(problems, at, found)
    for place, one in _inner(found):
        _structural(problems, at + place, one, "item" if place == ".items" else "field")
    if kind == "array" and not found.get("items") and not found.get(PRESERVE):
        problems.required(f"{at}.items", "must be specified")


_BOTH = [{"type": "integer"}, {"type": "string"}]


def _is_int_or_string(found: Object, place: str) -> bool:
    """Whether it is the two types of an int-or-string that stand at a place of its values' schemas."""
    if place.startswith(".anyOf"):
        return bool(found.get("anyOf") == _BOTH)
    return place == ".allOf[0]" and bool((found.get("allOf") or [{}])[0].get("anyOf") == _BOTH)


def _typed(problems: Problems, at: str, found: Object) -> None:
    """What every object has: apiVersion, kind, metadata."""
    known = found.get("properties") or {}
    for field in ("apiVersion", "kind"):
        kind = (known.get(field) or {}).get("type")
        if field in known and kind != "string":
            problems.invalid(f"{at}.properties[{field}].type", kind or "", "must be string")
    if "metadata" not in known:
        return
    meta = known["metadata"]
    if meta.get("type") != "object":
        problems.invalid(f"{at}.properties[metadata].type", meta.get("type") or "", "must be object")
    only = {"type", "properties", "description"}
    if {*meta} - only or {*(meta.get("properties") or {})} - {"name", "generateName"}:
        why = (
            "must not specify anything other than name and generateName, but metadata is implicitly specified"
        )
        problems.forbidden(f"{at}.properties[metadata]", why)


def _nested(problems: Problems, at: str, found: Object, outer: Object, *, either: bool) -> None:
    for field in (*_FORBIDDEN_NESTED, *_EXTENSIONS):
        if found.get(field) in (None, "", False) and not (field == "default" and field in found):
            continue
        if either and field == "type":
            continue  # the two types of an int-or-string may be reported
        problems.forbidden(f"{at}.{field}", "must be empty to be structural")
    known = outer.get("properties") or {}
    for name, one in sorted((found.get("properties") or {}).items()):
        here = f"{at}.properties[{name}]"
        if name not in known:
            if not isinstance(outer.get("additionalProperties"), dict):
                problems.required(_outer(at) + f".properties[{name}]", f"because it is defined in {here}")
            continue
        _nested(problems, here, one, known[name], either=False)
    if isinstance(found.get("items"), dict):
        inner = outer.get("items")
        if not isinstance(inner, dict):
            problems.required(_outer(at) + ".items", f"because it is defined in {at}.items")
        else:
            _nested(problems, f"{at}.items", found["items"], inner, either=False)
    for place, one in _values(found):
        _nested(problems, at + place, one, outer, either=either)


def _outer(at: str) -> str:
    """The place of the schema that the nested one says more about."""
    return re.sub(r"\.(allOf|anyOf|oneOf)\[\d+\](?!.*\.(allOf|anyOf|oneOf)\[)|\.not$", "", at)


def _defaults(problems: Problems, at: str, found: Object) -> None:
    """Defaults must be what the schema allows, and have no fields that it does not know."""
    if "default" in found and found["default"] is not None:
        value: Any = found["default"]
        for cause in structural_schema.problems_of(value, {**found, "nullable": True}):
            why = cause.message.partition(": ")[2]
            problems.causes.append(
                type(cause)(
                    f"{at}.default{(cause.field and '.' + cause.field) or ''}".replace("<nil>", ""),
                    f"Invalid value: {why}",
                )
            )
        _, unknown = structural_schema.prune(value, found, root=False)
        if unknown:
            problems.invalid(
                f"{at}.default",
                shown(value) if not isinstance(value, dict) else "",
                "must not have unknown fields",
            )
    for place, one in _inner(found):
        _defaults(problems, at + place, one)
