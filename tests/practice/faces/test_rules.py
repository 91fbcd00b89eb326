"""The rules of built-in kinds. The words were compared with a real server's: tests/control_plane."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from runner.practice.kinds import BY_KEY
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.strategy import apply_defaults, validate

WEB = yaml.safe_load("""\
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: "nginx:1.25"}]}
""")


def refusal(
    resource: str, obj: dict[str, Any], old: dict[str, Any] | None = None, minor: int = 32
) -> list[str]:
    """`field: message` of every cause; empty where the object is fine."""
    kind = BY_KEY[resource]
    before = apply_defaults(kind, old, minor) if old else None
    try:
        validate(kind, apply_defaults(kind, obj, minor), before, minor)
    except ApiError as error:
        assert (error.code, error.reason) == (422, "Invalid")
        return [f"{cause['field']}: {cause['message']}" for cause in error.details["causes"]]
    return []


def changed(obj: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    new: Any = copy.deepcopy(obj)
    at = new
    *parts, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parts:
        at = at[part]
    at[last] = value
    return dict(new)


def test_a_good_one_passes() -> None:
    assert refusal("deployments.apps", WEB) == []


CONTAINER = "spec.template.spec.containers.0"
AT = "spec.template.spec.containers[0]"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("spec.replicas", -1, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (f"{CONTAINER}.image", "", f"{AT}.image: Required value"),
        (f"{CONTAINER}.ports", [{"containerPort": 0}], f"{AT}.ports[0].containerPort: Required value"),
        (
            f"{CONTAINER}.ports",
            [{"containerPort": 70000}],
            f"{AT}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            f"{CONTAINER}.volumeMounts",
            [{"name": "data", "mountPath": "/d"}],
            f'{AT}.volumeMounts[0].name: Not found: "data"',
        ),
        (
            f"{CONTAINER}.resources",
            {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
            f'{AT}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
        (
            f"{CONTAINER}.livenessProbe",
            {"periodSeconds": 3},
            f"{AT}.livenessProbe: Required value: must specify a handler type",
        ),
        (
            "spec.template.metadata.labels",
            {"app": "other"},
            'spec.template.metadata.labels: Invalid value: map[string]string{"app":"other"}: '
            "`selector` does not match template `labels`",
        ),
        (
            "spec.template.spec.restartPolicy",
            "Never",
            'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        ),
    ],
)
def test_deployments(path: str, value: Any, words: str) -> None:
    assert refusal("deployments.apps", changed(WEB, path, value)) == [words]


def test_a_selector_can_not_be_changed() -> None:
    other = changed(
        changed(WEB, "spec.selector.matchLabels", {"app": "b"}), "spec.template.metadata.labels", {"app": "b"}
    )
    assert refusal("deployments.apps", other, WEB) == [
        'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"b"}, '
        "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable"
    ]


def service(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}], **spec}}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"ports": []}, "spec.ports: Required value"),
        ({"type": "ExternalName"}, "spec.externalName: Required value"),
        (
            {"ports": [{"port": 0}]},
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        ({"ports": [{"port": 80, "name": "a"}, {"port": 81}]}, "spec.ports[1].name: Required value"),
        (
            {"type": "Balancer"},
            'spec.type: Unsupported value: "Balancer": supported values: '
            '"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
        ),
    ],
)
def test_services(spec: dict[str, Any], words: str) -> None:
    assert words in refusal("services", service(**spec))


@pytest.mark.parametrize(
    ("resource", "name", "good"),
    [
        ("pods", "a.b-c", True),
        ("pods", "A", False),
        ("pods", "a_b", False),
        ("services", "1a", False),
        ("namespaces", "a.b", False),
        ("roles.rbac.authorization.k8s.io", "system:A_b", True),
        ("roles.rbac.authorization.k8s.io", "a/b", False),
        ("configmaps", "a" * 254, False),
    ],
)
def test_names(resource: str, name: str, good: bool) -> None:
    obj = {**WEB, "metadata": {"name": name}}
    found = [cause for cause in refusal(resource, obj) if cause.startswith("metadata.name")]
    assert bool(found) is not good


def test_labels() -> None:
    message = refusal("configmaps", {"metadata": {"name": "c", "labels": {"-a": "b", "c": "d e"}}})
    assert [cause.split(":")[0] for cause in message] == ["metadata.labels"] * 2
    assert "name part must consist of" in message[0]
    assert "a valid label must be an empty string or" in message[1]


def test_settings_that_are_frozen() -> None:
    old = {"metadata": {"name": "c"}, "data": {"a": "1"}, "immutable": True}
    assert refusal("configmaps", {**old, "data": {"a": "2"}}, old) == [
        "data: Forbidden: field is immutable when `immutable` is set"
    ]


def test_secrets_and_roles() -> None:
    tls = {"metadata": {"name": "s"}, "type": "kubernetes.io/tls"}
    assert refusal("secrets", tls) == ["data[tls.crt]: Required value", "data[tls.key]: Required value"]
    role = {"metadata": {"name": "r"}, "rules": [{"resources": ["pods"], "apiGroups": [""]}]}
    key = "roles.rbac.authorization.k8s.io"
    assert refusal(key, role) == ["rules[0].verbs: Required value: verbs must contain at least one value"]


@pytest.mark.parametrize("schedule", ["often", "* * * *", "61 * * * *", "* 25 * * *", "a b c d e", "@never"])
def test_schedules_that_are_none(schedule: str) -> None:
    assert refusal("cronjobs.batch", cron(schedule))[0].startswith("spec.schedule: Invalid value")


@pytest.mark.parametrize(
    "schedule", ["0 3 * * *", "*/5 * * * *", "0 0 1,15 * MON-FRI", "@daily", "@every 1h"]
)
def test_schedules(schedule: str) -> None:
    assert refusal("cronjobs.batch", cron(schedule)) == []


def cron(schedule: str) -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}
    job = {"spec": {"template": {"spec": pod}}}
    return {"metadata": {"name": "c"}, "spec": {"schedule": schedule, "jobTemplate": job}}


def test_a_pod_hardly_changes() -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "image": "b"}]}}
    assert refusal("pods", changed(pod, "spec.containers.0.image", "c"), pod) == []
    message = refusal("pods", changed(pod, "spec.restartPolicy", "Never"), pod)
    assert message[0].startswith("spec: Forbidden: pod updates may not change fields other than")
