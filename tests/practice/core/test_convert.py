"""Old and new versions of one kind."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from runner.practice.kinds import registry_of
from runner.practice.machinery.conversion import from_storage, to_storage

OLD = registry_of("1.20")


def both_ways(key: str, version: str, obj: Any) -> Any:
    """The object as it is stored; reading it back must give what was written."""
    resource = OLD.by_key(key)
    assert resource is not None
    stored = to_storage(resource, version, copy.deepcopy(obj))
    before = copy.deepcopy(stored)
    again = from_storage(resource, version, stored)
    assert stored == before
    message = {name: value for name, value in again.items() if name not in ("apiVersion", "kind", "status")}
    assert message == {name: value for name, value in obj.items() if name != "status"}
    return stored


def test_ingresses() -> None:
    path = {"path": "/", "pathType": "Prefix", "backend": {"serviceName": "a", "servicePort": "http"}}
    spec = {"backend": {"serviceName": "d", "servicePort": 80}, "rules": [{"http": {"paths": [path]}}]}
    stored = both_ways("ingresses.extensions", "v1beta1", {"metadata": {"name": "i"}, "spec": spec})
    assert stored["apiVersion"] == "networking.k8s.io/v1"
    assert stored["spec"]["defaultBackend"] == {"service": {"name": "d", "port": {"number": 80}}}


def test_autoscalers() -> None:
    obj = {"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 50}}
    stored = both_ways("horizontalpodautoscalers.autoscaling", "v1", obj)
    assert stored["spec"]["metrics"][0]["resource"]["target"] == {
        "type": "Utilization",
        "averageUtilization": 50,
    }
    metric = {"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 70}}
    beta = {"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "metrics": [metric]}}
    both_ways("horizontalpodautoscalers.autoscaling", "v2beta1", beta)


def test_events() -> None:
    event = {"metadata": {"name": "e"}, "note": "hello", "regarding": {"kind": "Pod"}, "deprecatedCount": 2}
    stored = both_ways("events.events.k8s.io", "v1", event)
    assert (stored["message"], stored["involvedObject"], stored["count"]) == ("hello", {"kind": "Pod"}, 2)


def test_definitions() -> None:
    column = {"name": "Host", "type": "string", "JSONPath": ".spec.host"}
    spec = {
        "group": "example.com",
        "version": "v1",
        "versions": [{"name": "v1", "served": True, "storage": True}],
        "additionalPrinterColumns": [column],
        "subresources": {"status": {}},
        "validation": {"openAPIV3Schema": {"type": "object"}},
        "preserveUnknownFields": False,
    }
    key = "customresourcedefinitions.apiextensions.k8s.io"
    stored = both_ways(key, "v1beta1", {"metadata": {"name": "d"}, "spec": spec})
    version = stored["spec"]["versions"][0]
    assert version["additionalPrinterColumns"] == [
        {"name": "Host", "type": "string", "jsonPath": ".spec.host"}
    ]
    assert version["schema"] == {"openAPIV3Schema": {"type": "object"}}


@pytest.mark.parametrize(
    ("key", "version"), [("poddisruptionbudgets.policy", "v1beta1"), ("cronjobs.batch", "v1beta1")]
)
def test_kinds_of_which_the_version_alone_changed(key: str, version: str) -> None:
    stored = both_ways(key, version, {"metadata": {"name": "x"}, "spec": {"a": 1}})
    assert stored["apiVersion"].endswith("/v1")
