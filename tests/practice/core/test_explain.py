"""`kubectl explain`: what the documents say of the fields of a kind, in the API reference's words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from runner.practice.kinds import registry_of
from runner.practice.kinds.generate_descriptions import build, known, of_models, text
from runner.practice.machinery.openapi_types import definitions
from runner.practice.machinery.openapi_v3 import V3_REFERENCE, custom_name, schemas_of
from runner.practice.machinery.served_resources import Resource, Version

POD = "io.k8s.api.core.v1.Pod"


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for name, inner in schema.items():
            if name == "$ref" and isinstance(inner, str):
                yield inner.removeprefix(V3_REFERENCE)
            else:
                yield from references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from references(inner)


@pytest.mark.parametrize("version", ["1.24", "1.34"])
def test_schemas_hold_all_that_they_refer_to(version):
    registry = registry_of(version)
    for group, versions in registry.groups():
        for name in versions:
            schemas = schemas_of(registry, group, name)
            assert set(references(schemas)) <= set(schemas), f"{group}/{name}"
            kinds = [
                gvk["kind"]
                for one in schemas.values()
                for gvk in one.get("x-kubernetes-group-version-kind", ())
            ]
            assert {resource.kind for resource in registry.in_version(group, name)} <= set(kinds)


def test_fields_have_their_words_and_their_merge_keys():
    schemas = schemas_of(registry_of("1.32"), "", "v1")
    spec = schemas["io.k8s.api.core.v1.PodSpec"]
    assert spec["description"] == "PodSpec is a description of a pod."
    containers = spec["properties"]["containers"]
    assert containers["description"].startswith("List of containers belonging to the pod.")
    assert containers["items"] == {"allOf": [{"$ref": f"{V3_REFERENCE}io.k8s.api.core.v1.Container"}]}
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert spec["properties"]["affinity"]["description"] == "If specified, the pod's scheduling constraints"
    assert schemas[POD]["properties"]["spec"]["allOf"] == [
        {"$ref": f"{V3_REFERENCE}io.k8s.api.core.v1.PodSpec"}
    ]


def test_older_kubectls_have_the_same_words():
    found = definitions(registry_of("1.20"))
    assert "ExternalName" in found["io.k8s.api.core.v1.ServiceSpec"]["properties"]["type"]["description"]
    described = [field for one in found.values() for field in one.get("properties", {}).values()]
    assert sum("description" in field for field in described) / len(described) > 0.94


def test_a_custom_kind_has_the_fields_of_every_object():
    schema = {
        "type": "object",
        "description": "A Brick is laid.",
        "properties": {"spec": {"type": "object", "properties": {"colour": {"type": "string"}}}},
    }
    brick = Resource("example.com", "Brick", "bricks", "brick", True, (Version("v1", schema=schema),))
    registry = registry_of("1.32")
    registry.add(brick)
    schemas = schemas_of(registry, "example.com", "v1")
    assert definitions(registry)["com.example.v1.Brick"]["description"] == "A Brick is laid."
    found = schemas[custom_name(brick, "v1")]
    assert found["description"] == "A Brick is laid."
    assert set(found["properties"]) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(references(schemas)) <= set(schemas)
    assert "properties" not in (schema.get("metadata") or {})


def test_the_file_is_what_its_generator_writes():
    assert text(build(of_models(), known())) == text(known())
    assert json.loads(text(known())) == known()
