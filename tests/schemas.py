"""What other programs read is what the committed schemas describe: all of it, and nothing else."""

from __future__ import annotations

from typing import Any

import jsonschema

from runner.authoring.json_schemas import SCHEMAS


def conforms(name: str, document: Any) -> None:
    """Fails where the document is not as the schema says, or has a field that the schema does not know."""
    jsonschema.Draft202012Validator(_closed(SCHEMAS[name]())).validate(document)


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    if isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed
