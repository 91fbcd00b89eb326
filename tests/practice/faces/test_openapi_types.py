"""The definitions by which kubectl checks manifests."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds import registry_of
from runner.practice.machinery.openapi_types import definitions
from runner.practice.machinery.served_resources import Resource, Version


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"].removeprefix("#/definitions/")} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(inner) for inner in value.values()))
    return set().union(*(references(inner) for inner in value)) if isinstance(value, list) else set()


def test_every_reference_leads_somewhere() -> None:
    for version in ("1.20", "1.22", "1.32"):
        found = definitions(registry_of(version))
        assert references(found) <= set(found)


def test_names_and_merge_keys_are_those_of_the_real_server() -> None:
    found = definitions(registry_of("1.22"))
    containers = found["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers == {
        "type": "array",
        "description": "List of containers belonging to the pod. Containers cannot currently be added or removed. "
        "There must be at least one container in a Pod. Cannot be updated.",
        "items": {"$ref": "#/definitions/io.k8s.api.core.v1.Container"},
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "name",
    }
    kind = found["io.k8s.api.apps.v1.Deployment"]["x-kubernetes-group-version-kind"]
    assert kind == [{"group": "apps", "kind": "Deployment", "version": "v1"}]
    assert "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" in found
    assert found["io.k8s.api.batch.v1beta1.CronJob"]["type"] == "object"


def test_required_fields_follow_the_version() -> None:
    for version, required in (("1.21", False), ("1.22", True)):
        path = definitions(registry_of(version))["io.k8s.api.networking.v1.HTTPIngressPath"]
        assert ("pathType" in path["required"]) is required


def test_custom_kinds_are_described_as_far_as_their_schema_says() -> None:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["host"],
                "properties": {
                    "host": {"type": "string"},
                    "port": {"x-kubernetes-int-or-string": True},
                    "rest": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                },
            }
        },
    }
    registry = registry_of("1.22")
    version = Version("v1", schema=schema)
    registry.add(Resource("a.example.com", "Thing", "things", "thing", True, (version,)))
    found = definitions(registry)["com.example.a.v1.Thing"]
    assert set(found["properties"]) == {"apiVersion", "kind", "metadata", "spec"}
    assert found["properties"]["spec"]["properties"] == {
        "host": {"type": "string"},
        "port": {},
        "rest": {"type": "object"},
    }
