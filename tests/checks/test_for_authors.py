"""What check types tell the recorder, the importer and lint."""

from __future__ import annotations

import pytest
from fake_world import make
from pydantic import TypeAdapter

from checks import registry
from checks.base import Change, LooksAt, ObjectRef
from checks.registry import CHECKS, AnyCheck

CHECK = TypeAdapter(AnyCheck)
WEB = ObjectRef("Deployment", "web", "shop", "apps/v1")
SERVICE = ObjectRef("Service", "web", "shop")
POD = ObjectRef("Pod", "web", "shop")
RUNS = "status.phase=='Running' || status.phase=='Succeeded'"


@pytest.mark.parametrize(
    "check",
    [
        {"namespace": "default"},
        {"deployment": "web", "image": ".*"},
        {"resource": "Namespace", "name": "kube-system"},
        {"resource": "Namespace"},
        {"resource": "Pod"},
        {"resource": "ConfigMap", "name": "a", "where": "!data"},
        {"service": "kubernetes"},
        {"service": "kubernetes", "type": "ClusterIP"},
        {"tool": "bash"},
        {"environment": "PATH"},
        {"environment": "MODE", "matches": ""},
        {"file": "/tmp/"},
        {"file": "~"},
        {"command": "true"},
        {"command": "kubectl get pods; exit 0"},
        {"command": "kubectl get pods", "output": ".*"},
        {"quiz": "?", "id": "q", "answer": ".*", "example": "x"},
    ],
)
def test_a_check_that_cannot_fail_says_so(check):
    assert CHECK.validate_python(check).never_fails() is not None


@pytest.mark.parametrize(
    "check",
    [
        {"namespace": "shop"},
        {"namespace": "default", "labels": {"a": "b"}},
        {"namespace": "default", "absent": True},
        {"deployment": "web", "image": "nginx"},
        {"deployment": "web"},
        {"resource": "Namespace", "name": "shop"},
        {"resource": "Pod", "in": "default"},
        {"resource": "Pod", "name": "web"},
        {"resource": "Pod", "api": "example.org/v1"},
        {"resource": "Pod", "selector": "a=b"},
        {"resource": "Pod", "count": 3},
        {"resource": "Pod", "names": ["a"]},
        {"resource": "Pod", "absent": True},
        {"resource": "Node", "matches": {"a": "b"}},
        {"resource": "ConfigMap", "name": "a", "where": "data"},
        {"service": "kubernetes", "type": "NodePort"},
        {"service": "kubernetes", "ports": [80]},
        {"service": "kubernetes", "external": True},
        {"service": "kubernetes", "absent": True},
        {"service": "kubernetes", "in": "shop"},
        {"service": "web"},
        {"tool": "bash", "version": ">=5"},
        {"tool": "istioctl"},
        {"environment": "PATH", "contains": "x"},
        {"environment": "PATH", "equals": "x"},
        {"environment": "PATH", "matches": "x"},
        {"environment": "MODE"},
        {"file": "/tmp/x"},
        {"file": "~", "absent": True},
        {"command": "true", "exit_code": 1},
        {"command": "true", "contains": "x"},
        {"command": "true", "not_contains": "x"},
        {"command": "kubectl get pods"},
        {"quiz": "?", "id": "q", "answer": "8[0]"},
    ],
)
def test_a_check_that_can_fail_says_nothing(check):
    written = {**check, "example": "80"} if "quiz" in check else check
    assert CHECK.validate_python(written).never_fails() is None


@pytest.mark.parametrize(
    ("ref", "there", "done"),
    [
        (ObjectRef("Namespace", "a"), {"namespace": "a"}, {}),
        (WEB, {"deployment": "web", "in": "shop"}, {"ready": True}),
        (ObjectRef("Job", "a", "b", "batch/v1"), {"job": "a", "in": "b"}, {"ready": True}),
        (SERVICE, {"service": "web", "in": "shop"}, {}),
        (POD, {"resource": "Pod", "name": "web", "in": "shop"}, {"where": RUNS}),
        (ObjectRef("Node", "a"), {"resource": "Node", "name": "a"}, {}),
        # kinds of the same name in other groups
        (
            ObjectRef("Service", "a", "b", "serving.knative.dev/v1"),
            {"resource": "Service", "api": "serving.knative.dev/v1", "name": "a", "in": "b"},
            {},
        ),
        (
            ObjectRef("Job", "a", "b", "batch.volcano.sh/v1alpha1"),
            {"resource": "Job", "api": "batch.volcano.sh/v1alpha1", "name": "a", "in": "b"},
            {},
        ),
    ],
)
def test_an_object_has_the_check_of_its_kind(ref, there, done):
    assert registry.existing(ref) == there
    assert registry.existing(ref, done=True) == {**there, **done}
    assert CHECK.validate_python(registry.existing(ref)).about() in (ref, None)


def service(kind, ports=(80,), **spec):
    written = [{"port": port} for port in ports]
    return make("Service", "web", "shop", spec={**({"type": kind} if kind else {}), "ports": written, **spec})


def test_what_was_made_the_strictest_first():
    there = {"deployment": "web", "in": "shop"}
    assert list(registry.made(WEB, {})) == [{**there, "ready": True}, there]
    assert list(registry.made(ObjectRef("Namespace", "a"), {})) == [{"namespace": "a"}]
    assert list(registry.made(ObjectRef("ConfigMap", "a", "b"), {})) == []
    pod = {"resource": "Pod", "name": "web", "in": "shop"}
    assert list(registry.made(POD, {})) == [{**pod, "where": RUNS}, pod]
    claim = {"resource": "PersistentVolumeClaim", "name": "a", "in": "b"}
    bound = {"matches": {"status": {"phase": "Bound"}}}
    assert list(registry.made(ObjectRef("PersistentVolumeClaim", "a", "b"), {})) == [
        {**claim, **bound},
        claim,
    ]
    made = {"service": "web", "in": "shop", "ports": [80]}
    assert list(registry.made(SERVICE, service(""))) == [made]
    assert list(registry.made(SERVICE, service("NodePort"))) == [{**made, "type": "NodePort"}]
    assert list(registry.made(SERVICE, service("", selector={"a": "b"}))) == [
        {**made, "endpoints": True},
        made,
    ]
    open_to_all = {**made, "type": "LoadBalancer"}
    addressed = {**open_to_all, "external": True, "or_forwarded": True}
    assert list(registry.made(SERVICE, service("LoadBalancer"))) == [addressed, open_to_all]
    assert list(registry.made(SERVICE, service("", ports=()))) == [{"service": "web", "in": "shop"}]


def changed(ref, before, after, differs=None, by_chance=lambda name, value: False):
    return list(registry.changed(ref, Change(before, after, differs or {}, by_chance)))


def deployment(image="nginx:1", replicas=1):
    spec = {"template": {"spec": {"containers": [{"name": "a", "image": image}]}}}
    return {"spec": {**spec, **({"replicas": replicas} if replicas is not None else {})}}


def test_what_was_changed_the_strictest_first():
    web = {"deployment": "web", "in": "shop"}
    image = {**web, "image": "nginx:2"}
    assert changed(WEB, deployment(), deployment("nginx:2")) == [{**image, "ready": True}, image]
    assert (
        changed(WEB, deployment(), deployment("nginx:2"), by_chance=lambda name, value: name == "image") == []
    )
    three = {**web, "replicas": 3}
    assert changed(WEB, deployment(), deployment(replicas=3)) == [{**three, "ready": True}, three]
    assert changed(WEB, deployment(), deployment(replicas=None)) == []
    assert changed(WEB, deployment(), deployment()) == []
    labels = {"metadata": {"labels": {"a": "b", "gone": None}}}
    assert changed(ObjectRef("Namespace", "x"), {}, {}, labels) == [{"namespace": "x", "labels": {"a": "b"}}]
    assert changed(ObjectRef("Namespace", "x"), {}, {}, {"metadata": {"labels": {"gone": None}}}) == []
    assert changed(ObjectRef("Namespace", "x"), {}, {}) == []
    this = {"service": "web", "in": "shop"}
    node_port = changed(SERVICE, service("ClusterIP"), service("NodePort", ports=(81,)))
    assert node_port == [{**this, "type": "NodePort"}, {**this, "ports": [81]}]
    opened = {"type": "LoadBalancer", "external": True, "or_forwarded": True}
    to_all = changed(SERVICE, service(""), service("LoadBalancer"))
    assert to_all == [{**this, **opened}, {**this, "type": "LoadBalancer"}]
    assert changed(SERVICE, service(""), service("ClusterIP")) == []
    assert changed(POD, {}, {"a": "b"}, {"a": "b"}) == []


@pytest.mark.parametrize(
    ("written", "takes"),
    [
        ({"deployment": "web", "ready": True}, True),
        ({"deployment": "web"}, False),
        ({"pods": 1}, True),
        ({"service": "web", "external": True}, True),
        ({"service": "web", "endpoints": True}, True),
        ({"service": "web"}, False),
        ({"resource": "Pod"}, True),
        ({"resource": "ConfigMap"}, False),
        ({"namespace": "a"}, False),
        ({"deployment": "{{name}}", "ready": True}, True),
        ({}, False),
    ],
)
def test_what_takes_time(written, takes):
    assert registry.takes_time(written) is takes


def test_where_each_type_looks():
    beside = {
        "command": LooksAt.COMMAND,
        "file": LooksAt.FOLDER,
        "tool": LooksAt.MACHINE,
        "environment": LooksAt.MACHINE,
        "quiz": LooksAt.ANSWERS,
    }
    examples = {
        "command": {"command": "ls"},
        "file": {"file": "a"},
        "tool": {"tool": "a"},
        "environment": {"environment": "A"},
        "quiz": {"quiz": "?", "id": "q", "answer": "x"},
    }
    assert {each: CHECK.validate_python(examples[each]).looks_at for each in beside} == beside
    assert set(beside) < set(CHECKS)
    web = CHECK.validate_python({"http": {"url": "http://a/"}})
    assert (web.looks_at, web.about()) == (LooksAt.WEB, None)
    page = CHECK.validate_python({"http": {"service": "a", "in": "b", "port": 80}})
    assert (page.looks_at, page.about()) == (LooksAt.CLUSTER, ObjectRef("Service", "a", "b"))
    several = CHECK.validate_python({"resource": "ConfigMap", "in": "b", "names": ["x", "y"]}).about()
    assert several.names == ("x", "y") and several.namespace == "b"
    assert CHECK.validate_python({"resource": "ConfigMap"}).about().names == ()
    assert (
        CHECK.validate_python({"pods": 0}).wants_absence
        and not CHECK.validate_python({"pods": 1}).wants_absence
    )
