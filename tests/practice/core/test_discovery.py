from __future__ import annotations

from typing import Any

import pytest

from runner.practice.kinds import registry_of
from runner.practice.machinery import discovery
from runner.practice.machinery.openapi import document_v2, document_v3
from runner.practice.machinery.openapi_v3 import index as index_v3
from runner.practice.machinery.served_resources import minor_of


def served(version: str) -> set[str]:
    return {f"{group}/{name}" for group, names in registry_of(version).groups() for name in names}


@pytest.mark.parametrize(
    ("group_version", "last"),
    [
        ("networking.k8s.io/v1beta1", 21),
        ("extensions/v1beta1", 21),
        ("apiextensions.k8s.io/v1beta1", 21),
        ("rbac.authorization.k8s.io/v1beta1", 21),
        ("policy/v1beta1", 24),
        ("batch/v1beta1", 24),
        ("autoscaling/v2beta1", 24),
        ("autoscaling/v2beta2", 25),
    ],
)
def test_old_versions_end_in_their_minor(group_version: str, last: int) -> None:
    assert group_version in served(f"1.{last}")
    assert group_version not in served(f"1.{last + 1}")


@pytest.mark.parametrize(
    ("group_version", "first"),
    [
        ("policy/v1", 21),
        ("autoscaling/v2", 23),
        ("discovery.k8s.io/v1", 21),
        ("flowcontrol.apiserver.k8s.io/v1", 29),
    ],
)
def test_new_versions_begin_in_their_minor(group_version: str, first: int) -> None:
    assert group_version in served(f"1.{first}")
    assert group_version not in served(f"1.{first - 1}")


def test_categories_and_short_names() -> None:
    listing = discovery.resource_list(registry_of("1.32"), "apps", "v1")
    by_name = {entry["name"]: entry for entry in listing["resources"]}
    assert by_name["deployments"]["shortNames"] == ["deploy"]
    assert by_name["deployments"]["categories"] == ["all"]
    assert by_name["deployments/scale"]["group"] == "autoscaling"
    assert "watch" in by_name["deployments"]["verbs"]


def test_tokens_of_service_accounts_are_reported() -> None:
    names = [entry["name"] for entry in discovery.resource_list(registry_of("1.20"), "", "v1")["resources"]]
    assert "serviceaccounts/token" in names
    assert "pods/ephemeralcontainers" not in names  # a feature gate that is off, until 1.23
    newer = discovery.resource_list(registry_of("1.23"), "", "v1")["resources"]
    assert "pods/ephemeralcontainers" in [entry["name"] for entry in newer]


def test_aggregated_discovery_by_minor() -> None:
    asked = {"g": "apidiscovery.k8s.io", "as": "APIGroupDiscoveryList"}
    assert discovery.aggregated_version({**asked, "v": "v2"}, 29) == ""
    assert discovery.aggregated_version({**asked, "v": "v2beta1"}, 29) == "v2beta1"
    assert discovery.aggregated_version({**asked, "v": "v2"}, 30) == "v2"
    found = discovery.aggregated(registry_of("1.32"), "v2", core=True)
    pods = next(r for r in found["items"][0]["versions"][0]["resources"] if r["resource"] == "pods")
    assert {s["subresource"] for s in pods["subresources"]} >= {"status", "log", "exec", "eviction"}


def parameters(operation: Any) -> set[str]:
    return {parameter["name"] for parameter in operation["parameters"]}


def test_field_validation_is_announced_since_1_25() -> None:
    path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    new, old = registry_of("1.25"), registry_of("1.24")
    for registry, expected in ((new, True), (old, False)):
        document = document_v3(registry, "apps", "v1", "1.0.0")
        assert document is not None
        assert ("fieldValidation" in parameters(document["paths"][path]["patch"])) is expected
        assert "dryRun" in parameters(document_v2(registry, "1.0.0")["paths"][path]["patch"])
    assert document_v3(new, "no.example", "v1", "1.0.0") is None
    assert "apis/apps/v1" in index_v3(new)["paths"]


def test_versions_of_kubernetes() -> None:
    assert [minor_of(text) for text in ("1.32", "v1.22.3", "1.20.2+practice")] == [32, 22, 20]
    with pytest.raises(ValueError, match="not a Kubernetes version"):
        minor_of("latest")
