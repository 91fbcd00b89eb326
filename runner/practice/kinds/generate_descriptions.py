"""Writes descriptions.json: what the API reference says of each type in the table of fields, and of its fields.

The words are those of the kubernetes package's models. The models have none for fields that are structs of their
own (`spec`, `affinity`) and lack the kinds of old releases: for these the words stay that are in the file, which
came from the document of a real API server. Run by `make schemas`; with such a document
(`kubectl get --raw /openapi/v2 > v2.json`) as `python -m runner.practice.kinds.generate_descriptions v2.json`.
"""

from __future__ import annotations

import json
import sys
from inspect import cleandoc
from pathlib import Path
from typing import Any

from runner.practice.kinds import KINDS
from runner.practice.machinery.descriptions import FILE, OF_TYPE
from runner.practice.machinery.openapi_types import type_names
from runner.practice.machinery.served_resources import minor_of
from runner.practice.machinery.validation.field_table import all_types, fields_of

Words = dict[str, dict[str, str]]


def of_models() -> Words:
    """{"V1PodSpec": {"": of the type, "containers": of the field}} from the package's models."""
    from kubernetes.client import models

    return {name: _of_model(getattr(models, name)) for name in all_types() if hasattr(models, name)}


def _of_model(model: Any) -> dict[str, str]:
    message = {OF_TYPE: cleandoc(model.__doc__ or "").split("Attributes:")[0].strip()}
    for attribute, field in model.model_fields.items():
        name = model.attribute_map.get(attribute) or field.serialization_alias or attribute
        message[name] = field.description or ""
    return message


def of_document(document: Any) -> Words:
    """The same from a Swagger 2.0 document of an API server."""
    found: Words = {}
    for definition, type_name in type_names(KINDS, minor_of(document["info"]["version"])).items():
        message = document["definitions"].get(definition)
        if message:
            fields = {
                field: one.get("description", "") for field, one in message.get("properties", {}).items()
            }
            found[type_name] = {OF_TYPE: message.get("description", ""), **fields}
    return found


def build(*sources: Words) -> Words:
    """One table of all; what an earlier source says goes first. Fields that the table of fields lacks are left out."""
    found: Words = {}
    for name in all_types():
        merged: dict[str, str] = {}
        for field in (OF_TYPE, *(fields_of(name) or {})):
            output = next((words for source in sources if (words := source.get(name, {}).get(field))), "")
            if output:
                merged[field] = output
        if merged:
            found[name] = merged
    return found


def text(built: Words) -> str:
    """The file's content: a line for each field, so that a change of the package reads well in a diff."""
    return json.dumps(built, indent=0, sort_keys=True, ensure_ascii=False) + "\n"


def known() -> Words:
    """What is in the file."""
    loaded: Words = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return loaded


if __name__ == "__main__":
    documents = [of_document(json.loads(Path(path).read_text(encoding="utf-8"))) for path in sys.argv[1:]]
    FILE.write_text(text(build(of_models(), *documents, known())), encoding="utf-8")
