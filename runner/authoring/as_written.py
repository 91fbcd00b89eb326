"""Adapts the models' JSON Schema to the file as written: what an editor sees before the loader has read it.

pydantic's schema is of plain data. A lab's author may write a number where a text is wanted, and a `{{variable}}` where
a number is; what is left out is left out, and not null.
"""

from __future__ import annotations

import re
from typing import Any

from runner.labs.shape import TEMPLATED

_VARIABLE = r"\{\{"
_NOT_TEMPLATED = frozenset({"Access", "Capacity", "Practice", "Requirements", "Variable"})
"""Parts of a lab in which no variables are put in."""


TOGETHER: dict[str, dict[str, Any]] = {
    "Variable": {"anyOf": [{"required": [key]} for key in ("default", "choices", "from")]},
}
"""Which keys of a part need each other: the models say it in their validators. Checks bring their own rules."""


def as_written(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of the lab file. `$defs` and properties stay named as they were."""
    made = {
        **schema,
        "$defs": {
            name: _written(part, templated=name not in _NOT_TEMPLATED)
            for name, part in schema["$defs"].items()
        },
        "properties": {
            name: _written(part, templated=name in TEMPLATED) for name, part in schema["properties"].items()
        },
    }
    made["required"] = sorted({"format", *schema["required"]})
    for name, rule in TOGETHER.items():
        made["$defs"][name] = {**made["$defs"][name], **rule}
    return made


def _written(schema: Any, *, templated: bool) -> Any:
    if isinstance(schema, list):
        return [_written(part, templated=templated) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _below(key, part, templated) for key, part in schema.items()}
    for several in ("anyOf", "oneOf"):
        if several in made:
            made = _without_null(made, several)
    if _is_text(made):
        made = _not_empty(made)
    if "patternProperties" in made:
        made["additionalProperties"] = False
    kind = made.get("type")
    if kind == "string" and "const" not in made and "enum" not in made:
        return _text(made, templated)
    if kind in ("integer", "number", "boolean") and templated:
        return _number(made)
    if "enum" in made and templated:
        return {"anyOf": [made, {"type": "string", "pattern": _VARIABLE}]}
    return made


def _is_text(schema: dict[str, Any]) -> bool:
    """Whether it is a text, or a text by language."""
    kinds = [part.get("type") for part in schema.get("anyOf", ())]
    return (
        len(kinds) == 2
        and kinds[1] == "object"
        and "additionalProperties" in schema["anyOf"][1]
        and (kinds[0] == ["string", "number"])
    )


def _not_empty(schema: dict[str, Any]) -> dict[str, Any]:
    """A text must not be empty, in any of its languages."""
    plain, by_language = schema["anyOf"]
    plain = {**plain, "pattern": r"\S"}
    return {**schema, "anyOf": [plain, {**by_language, "minProperties": 1, "additionalProperties": plain}]}


def _below(key: str, part: Any, templated: bool) -> Any:
    if key == "default":
        return part
    if key in ("properties", "patternProperties"):
        return {name: _written(each, templated=templated) for name, each in part.items()}
    return (
        _written(part, templated=templated)
        if key in ("anyOf", "oneOf", "items", "additionalProperties")
        else part
    )


def _without_null(schema: dict[str, Any], several: str) -> dict[str, Any]:
    """Nothing may be written as null: a key that has no value is left out."""
    left = [part for part in schema[several] if part != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != several}
    if len(left) == 1 and not left[0].keys() & rest.keys() - {"description", "title", "default"}:
        return {**left[0], **rest}
    return {**rest, several: left}


def _text(schema: dict[str, Any], templated: bool) -> dict[str, Any]:
    """A number where a text is wanted is the text, where such a text can be right."""
    pattern = schema.get("pattern")
    if pattern is None:
        return {**schema, "type": ["string", "number"]}
    kinds, bounds = _kinds(pattern)
    if templated:
        schema = {**schema, "pattern": f"({pattern})|{_VARIABLE}"}
    return {**schema, "type": kinds, **bounds} if len(kinds) > 1 else schema


def _kinds(pattern: str) -> tuple[list[str], dict[str, Any]]:
    """The types that can be written for a text of this pattern, and the bounds of a number."""
    bounds = {} if re.search(pattern, "-5") else {"minimum": 0}
    if re.search(pattern, "5.5"):
        return ["string", "number"], bounds
    if re.search(pattern, "1.22"):  # a version of Kubernetes, which YAML reads as a number
        return ["string", "number"], {"minimum": 1, "exclusiveMaximum": 2}
    return (["string", "integer"], bounds) if re.search(pattern, "5") else (["string"], {})


def _number(schema: dict[str, Any]) -> dict[str, Any]:
    """A variable is allowed in its place."""
    about = {key: value for key, value in schema.items() if key in ("description", "title", "default")}
    bounded = {key: value for key, value in schema.items() if key not in about}
    return {**about, "anyOf": [bounded, {"type": "string", "pattern": _VARIABLE}]}
