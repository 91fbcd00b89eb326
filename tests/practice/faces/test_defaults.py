"""What the server fills in, and what it leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.kinds import BY_KEY
from runner.practice.machinery import strategy
from runner.practice.machinery.validation.decoding import tidied
from runner.practice.machinery.validation.quantity_format import canonical


def apply_defaults(resource: str, obj: dict[str, Any], minor: int = 32) -> dict[str, Any]:
    return strategy.apply_defaults(BY_KEY[resource], obj, minor)


POD: dict[str, Any] = {"containers": [{"name": "c", "image": "nginx"}]}


def workload(**spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": POD}
    return {
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


def test_a_deployment() -> None:
    spec = apply_defaults("deployments.apps", workload())["spec"]
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }
    assert spec["template"]["metadata"]["creationTimestamp"] is None
    inner = spec["template"]["spec"]
    assert inner["containers"][0]["terminationMessagePath"] == "/dev/termination-log"
    assert "enableServiceLinks" not in inner  # pods have it, templates don't


def test_the_given_object_stays_as_it_is() -> None:
    given = workload()
    apply_defaults("deployments.apps", given)
    assert given == workload()
    assert POD == {"containers": [{"name": "c", "image": "nginx"}]}


def test_defaults_are_applied_once() -> None:
    for key in ("deployments.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "services"):
        once = apply_defaults(key, workload())
        assert apply_defaults(key, once) == once


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("localhost:5000/nginx", "Always"),
        ("nginx:1.25", "IfNotPresent"),
        ("nginx@sha256:0", "IfNotPresent"),
    ],
)
def test_pull_policy(image: str, policy: str) -> None:
    pod = apply_defaults("pods", {"spec": {"containers": [{"name": "c", "image": image}]}})
    assert pod["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_versions() -> None:
    assert "completionMode" not in apply_defaults("jobs.batch", workload(), 21)["spec"]
    assert apply_defaults("jobs.batch", workload(), 22)["spec"]["completionMode"] == "NonIndexed"
    service: dict[str, Any] = {"spec": {"ports": [{"port": 80}]}}
    assert "internalTrafficPolicy" not in apply_defaults("services", service, 20)["spec"]
    made = apply_defaults("services", service, 32)["spec"]
    assert made["internalTrafficPolicy"] == "Cluster"
    assert made["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]


def test_secrets_are_written_down_encoded() -> None:
    made = apply_defaults("secrets", {"data": {"a": "YQ=="}, "stringData": {"b": "bee"}})
    assert made["data"] == {"a": "YQ==", "b": "YmVl"}
    assert "stringData" not in made


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("0.5", "500m"),
        (1, "1"),
        ("1000m", "1"),
        ("1000", "1k"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("512", "512"),
        ("100Ki", "100Ki"),
        ("0", "0"),
        ("1e3", "1e3"),
        ("-1", "-1"),
        ("0.5Ki", "512"),
    ],
)
def test_quantities(text: object, reported: str) -> None:
    assert canonical(text) == reported


@pytest.mark.parametrize("text", ["lots", "1.2.3", "", "1 Gi", "Gi"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError):
        canonical(text)


def test_empty_fields_are_left_out() -> None:
    pod = {
        "metadata": {"name": "a", "labels": {}, "namespace": "", "annotations": None},
        "spec": {
            "hostNetwork": False,
            "nodeSelector": {},
            "securityContext": {},
            "volumes": [{"name": "v", "emptyDir": {}}],
            "containers": [{"name": "c", "command": [], "resources": {"limits": {"cpu": 0.5}}}],
        },
        "status": {"conditions": []},
    }
    assert tidied(BY_KEY["pods"], pod) == {
        "metadata": {"name": "a"},
        "spec": {
            "securityContext": {},
            "volumes": [{"name": "v", "emptyDir": {}}],
            "containers": [{"name": "c", "resources": {"limits": {"cpu": "500m"}}}],
        },
        "status": {"conditions": []},
    }
