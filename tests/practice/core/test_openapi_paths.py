"""/openapi/v2: the paths of everything that is served, and the lists of the kinds, with their words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runner.practice.kinds import registry_of
from runner.practice.machinery.custom_resources import resource_of
from runner.practice.machinery.openapi import document_v2

CORE = "io.k8s.api.core.v1"


def document(version: str) -> Any:
    return document_v2(registry_of(version), version)


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(inner) for inner in value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("version", ["1.16", "1.20.2", "1.24", "1.28", "1.32", "1.34"])
def test_every_reference_has_its_definition(version: str) -> None:
    found = document(version)
    known = {f"#/definitions/{name}" for name in found["definitions"]}
    assert references(found) <= known
    ids = [
        one["operationId"] for at in found["paths"].values() for one in at.values() if "operationId" in one
    ]
    assert len(ids) == len(set(ids))


def test_what_kubectls_own_suite_looks_for() -> None:
    text = json.dumps(document("1.20.2"))
    for words in ("list of returned", "List of services", "Watch for changes to the described resources"):
        assert words in text


def test_operations_say_what_they_take_and_give() -> None:
    paths = document("1.20.2")["paths"]
    pods = paths["/api/v1/namespaces/{namespace}/pods"]
    assert pods["get"]["x-kubernetes-action"] == "list"
    assert pods["get"]["responses"]["200"]["schema"] == {"$ref": f"#/definitions/{CORE}.PodList"}
    assert pods["delete"]["operationId"] == "deleteCoreV1CollectionNamespacedPod"
    everywhere = paths["/api/v1/pods"]
    assert list(everywhere) == ["get", "parameters"]
    assert everywhere["get"]["operationId"] == "listCoreV1PodForAllNamespaces"
    scale = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]["patch"]
    assert scale["x-kubernetes-group-version-kind"] == {
        "group": "autoscaling",
        "kind": "Scale",
        "version": "v1",
    }
    proxied = paths["/api/v1/nodes/{name}/proxy/{path}"]
    assert {"head", "options", "post"} < set(proxied)
    assert proxied["get"]["x-kubernetes-action"] == "connect"
    log = paths["/api/v1/namespaces/{namespace}/pods/{name}/log"]["get"]
    assert "tailLines" in {one["name"] for one in log["parameters"]}
    assert "/api/v1/watch/namespaces/{namespace}/pods/{name}" in paths
    assert "/apis/apps/v1/" in paths


@pytest.mark.parametrize(("version", "evicts"), [("1.21", "v1beta1"), ("1.22", "v1")])
def test_what_a_version_has_not_is_not_there(version: str, evicts: str) -> None:
    paths = document(version)["paths"]
    eviction = paths["/api/v1/namespaces/{namespace}/pods/{name}/eviction"]["post"]
    assert eviction["x-kubernetes-group-version-kind"]["version"] == evicts
    assert ("/apis/networking.k8s.io/v1beta1/" in paths) is (version == "1.21")
    assert "/api/v1/namespaces/{namespace}/pods/{name}/ephemeralcontainers" not in paths


def test_custom_resources_have_paths_but_no_old_watches() -> None:
    registry = registry_of("1.32")
    schema = {"openAPIV3Schema": {"type": "object"}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": schema,
        "subresources": {"status": {}},
    }
    spec = {
        "group": "example.com",
        "names": {"kind": "Brick", "plural": "bricks"},
        "scope": "Namespaced",
        "versions": [version],
    }
    registry.add(resource_of({"metadata": {"name": "bricks.example.com"}, "spec": spec}))
    found = {path for path in document_v2(registry, "1.32")["paths"] if "example.com" in path}
    root = "/apis/example.com/v1"
    one = f"{root}/namespaces/{{namespace}}/bricks/{{name}}"
    assert found == {f"{root}/bricks", f"{root}/namespaces/{{namespace}}/bricks", one, f"{one}/status"}
