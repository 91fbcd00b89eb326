"""The JSON Schema of lab files, for editors."""

from __future__ import annotations

from typing import Any

from runner.labs.model import LabFile


def lab_schema() -> dict[str, Any]:
    """The schema (draft 2020-12), made from the models: what they would refuse, an editor underlines."""
    schema = LabFile.model_json_schema(by_alias=True, mode="validation")
    _tidy(schema)
    definitions = schema.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Labgate lab",
        **{key: value for key, value in schema.items() if key != "title"},
        "$defs": definitions,
    }


def _tidy(part: Any) -> None:
    """Take away what pydantic adds for programs: titles made of names, and defaults of null."""
    if isinstance(part, list):
        for each in part:
            _tidy(each)
    if not isinstance(part, dict):
        return
    if isinstance(part.get("title"), str) and not isinstance(part.get("properties", {}), str):
        del part["title"]
    if part.get("default", ...) is None:
        del part["default"]
    choices = part.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:  # to leave a value out, leave the key out
        rest = [choice for choice in choices if choice != {"type": "null"}]
        del part["anyOf"]
        part.update(rest[0] if len(rest) == 1 else {"anyOf": rest})
    for each in list(part.values()):
        _tidy(each)
