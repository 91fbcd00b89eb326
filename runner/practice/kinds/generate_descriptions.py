"""Writes descriptions.json: what the API reference says of each type in the table of fields, and of its fields.

The words are those of the kubernetes package's models. The models have none for fields that are structs of their
own (`spec`, `affinity`) and lack the kinds of old releases: for these the words stay that are in the file, which
came from the document of a real API server. Run by `make schemas`; with such a document
(`kubectl get --raw /openapi/v2 > v2.json`) as `python -m runner.practice.kinds.generate_descriptions v2.json`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any

from runner.practice.kinds import KINDS
from runner.practice.machinery.descriptions import FILE, OF_TYPE
from runner.practice.machinery.openapi_types import type_names
from runner.practice.machinery.served_resources import minor_of
from runner.practice.machinery.validation.field_table import all_types, fields_of

IN_LISTS = ("apiVersion", "items", "kind", "metadata")
NOT_IN_QUERY = ("async_req", "body", "name", "namespace", "stream")
"""Parameters of the methods that are none of a query."""
Words = dict[str, dict[str, str]]


def of_models() -> Words:
    """{"V1PodSpec": {"": of the type, "containers": of the field}} from the package's models."""
    from kubernetes.client import models

    return {name: _of_model(getattr(models, name)) for name in all_types() if hasattr(models, name)}


def of_lists() -> Words:
    """The words for the lists of objects, which have the same fields whatever is in them."""
    from kubernetes.client import models

    names = (f"{name}List" for name in all_types() if hasattr(models, f"{name}List"))
    return {name: _of_model(getattr(models, name)) for name in names}


def of_parameters() -> Words:
    """The query parameters, from what the package's clients say of their methods: as the fields of Kubernetes' option types."""
    from kubernetes.client import CoreV1Api

    methods = {
        "ListOptions": CoreV1Api.list_namespaced_pod,
        "PatchOptions": CoreV1Api.patch_namespaced_pod,
        "DeleteOptions": CoreV1Api.delete_namespaced_pod,
        "PodLogOptions": CoreV1Api.read_namespaced_pod_log,
    }
    return {name: dict(_parameters(method.__doc__ or "")) for name, method in methods.items()}


def _parameters(words: str) -> Iterator[tuple[str, str]]:
    for name, text in re.findall(r":param (\w+): (.*?)\n\s*:type", words, re.DOTALL):
        first, *rest = name.strip("_").split("_")
        if name.strip("_") not in NOT_IN_QUERY and not (name.startswith("_") and name != "_continue"):
            yield first + "".join(part.capitalize() for part in rest), re.sub(r" \(required\)$", "", text)


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
        of_list = document["definitions"].get(f"{definition}List")
        if of_list:
            fields = {field: one.get("description", "") for field, one in of_list["properties"].items()}
            found.setdefault(f"{type_name}List", {OF_TYPE: of_list.get("description", ""), **fields})
    return found


def build(*sources: Words) -> Words:
    """One table of all; what an earlier source says goes first. Fields that the table of fields lacks are left out."""
    found: Words = {}
    for name in (*all_types(), *(f"{name}List" for name in all_types())):
        merged: dict[str, str] = {}
        for field in (OF_TYPE, *(fields_of(name) or IN_LISTS)):
            output = next((words for source in sources if (words := source.get(name, {}).get(field))), "")
            if output:
                merged[field] = output
        if merged:
            found[name] = merged
    return found | of_parameters()


def text(built: Words) -> str:
    """The file's content: a line for each field, so that a change of the package reads well in a diff."""
    return json.dumps(built, indent=0, sort_keys=True, ensure_ascii=False) + "\n"


def known() -> Words:
    """What is in the file."""
    loaded: Words = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return loaded


if __name__ == "__main__":
    documents = [of_document(json.loads(Path(path).read_text(encoding="utf-8"))) for path in sys.argv[1:]]
    FILE.write_text(text(build(of_models() | of_lists(), *documents, known())), encoding="utf-8")
