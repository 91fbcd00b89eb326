"""The reference of lab.yaml, from the models: `python -m runner.authoring.reference` writes docs/lab-format.md."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from checks.base import Check
from checks.registry import CHECKS
from runner.labs import course_model, model

FILE = Path(__file__).resolve().parents[2] / "docs" / "lab-format.md"
HEAD = Path(__file__).with_name("lab-format-head.md")
PARTS: tuple[type[BaseModel], ...] = (
    model.LabFile,
    model.Requirements,
    model.Access,
    model.Capacity,
    model.Variable,
    model.Practice,
    model.Step,
    model.Command,
    model.Answer,
    model.Console,
    model.Cleanup,
)
COURSE_PARTS: tuple[type[BaseModel], ...] = (
    course_model.CourseFile,
    course_model.Chapter,
    course_model.CourseLab,
)
_NAMES: dict[type[BaseModel], str] = {model.LabFile: "lab", course_model.CourseFile: "course"}


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that a field's type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


CHECK_PARTS: tuple[type[BaseModel], ...] = tuple(
    dict.fromkeys(
        part
        for check in CHECKS.values()
        for field in check.model_fields.values()
        for part in _models_in(field.annotation)
    )
)
"""What checks are made of besides plain values."""


def written() -> str:
    """The whole document: the introduction, then every key of every part, then every check."""
    lines = [HEAD.read_text().rstrip(), "", "## Every key", ""]
    for part in PARTS:
        lines += [f"### {'The lab' if part is model.LabFile else part.__name__}", "", *_part(part)]
    lines += ["## Checks", "", "Every check can also have:", "", *_table(Check, Check.model_fields), ""]
    for subject, check in CHECKS.items():
        lines += [f"### `{subject}`", "", *_check(check)]
    lines += ["## Parts of checks", ""]
    for part in CHECK_PARTS:
        lines += [f"### {part.__name__}", "", *_part(part)]
    lines += ["## The course file", ""]
    for part in COURSE_PARTS:
        lines += [
            f"### {'The course' if part is course_model.CourseFile else part.__name__}",
            "",
            *_part(part),
        ]
    return "\n".join(lines).rstrip() + "\n"


def topics() -> dict[str, str]:
    """Each part of the lab file and each check by its name, and what the document has of it."""
    parts = {
        _NAMES.get(part, part.__name__.lower()): _part(part) for part in (*PARTS, *CHECK_PARTS, *COURSE_PARTS)
    }
    common = ["Every check can also have:", "", *_table(Check, Check.model_fields)]
    checks = {subject: [*_check(check), *common] for subject, check in CHECKS.items()}
    return {name: "\n".join(lines).rstrip() + "\n" for name, lines in {**parts, **checks}.items()}


def _part(part: type[BaseModel]) -> list[str]:
    return [_description(part), "", *_table(part, part.model_fields), ""]


def _check(check: type[Check]) -> list[str]:
    common = set(Check.model_fields)
    own = {name: field for name, field in check.model_fields.items() if name not in common}
    own = dict(sorted(own.items(), key=lambda each: (each[1].alias or each[0]) != check.subject))
    return [_description(check), "", *_table(check, own), "", *_example(check)]


def _example(check: type[Check]) -> list[str]:
    words = check.examples.strip("\n").splitlines()
    return ["```yaml", *words, "```", ""] if words else []


def _description(part: type[BaseModel]) -> str:
    return inspect.cleandoc(part.__doc__ or "")


def _table(part: type[BaseModel], fields: dict[str, FieldInfo]) -> Iterator[str]:
    schema = part.model_json_schema(by_alias=True)["properties"]
    yield "| key | what it takes | default | |"
    yield "|---|---|---|---|"
    for name, field in fields.items():
        key = field.alias or name
        takes = _type(schema[key]).replace("|", "\\|")
        yield f"| `{key}` | {takes} | {_default(field)} | {(field.description or '').replace('|', chr(92) + '|')} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*needed*"
    default = field.default
    if default is PydanticUndefined:  # made anew each time: a mapping that is empty
        return ""
    if (not default and not isinstance(default, bool | int | float)) or isinstance(default, BaseModel):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _type(schema: dict[str, Any]) -> str:
    """What a key takes, in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1].rsplit("__", 1)[-1]
        return _LINKS.get(name, name)
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema or "oneOf" in schema:
        parts = [_type(part) for part in schema.get("anyOf", schema.get("oneOf", []))]
        known = list(dict.fromkeys(part for part in parts if part != "null"))
        if "oneOf" in schema and len(known) > 5:
            return "a check"
        return _TEXT if set(known) == {"mapping of text", "text"} else " or ".join(known)
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"mapping of {_type(inner)}" if isinstance(inner, dict) and inner else "mapping"
    return {"string": "text", "boolean": "`true` or `false`", "integer": "whole number"}.get(kind, str(kind))


_LINKS = {part.__name__: f"[{part.__name__}](#{part.__name__.lower()})" for part in (*PARTS, *CHECK_PARTS)}
_TEXT = "text, or `{en: …, ko: …}`"


if __name__ == "__main__":
    FILE.write_text(written())
