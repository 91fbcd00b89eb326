"""The JSON Schema of lab.yaml, for editors: `python -m runner.authoring.schema` writes docs/lab.schema.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runner.labs.model import LabFile

FILE = Path(__file__).resolve().parents[2] / "docs" / "lab.schema.json"


def lab_schema() -> dict[str, Any]:
    """The schema (draft 2020-12), from the models that the loader uses."""
    schema = _with_variables(LabFile.model_json_schema(mode="validation", by_alias=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:labgate:lab:1",
        **schema,
        "title": "A Labgate lab",
        "required": sorted({"format", *schema["required"]}),
    }


def _with_variables(schema: Any) -> Any:
    """The schema with every pattern also taking a `{{variable}}`: an editor sees the file before they are put in."""
    if isinstance(schema, list):
        return [_with_variables(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: _with_variables(part) for key, part in schema.items()}
    if isinstance(changed.get("pattern"), str) and changed.get("type") == "string":
        changed["pattern"] = rf"({changed['pattern']})|\{{\{{"
    return changed


def written() -> str:
    """The schema as the file has it."""
    return json.dumps(lab_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(written())
