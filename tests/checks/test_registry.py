"""The registry: one type a subject, good errors, and what holds for every check type there is."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args

import pytest
import yaml
from fake_world import UNREACHABLE, FakeCluster, FakeWorld
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from checks import registry
from checks.base import Check, LooksAt, ObjectRef, Outcome, Verdict, World
from checks.phrase import Phrase, phrase
from checks.registry import CHECKS, AnyCheck, look

ANY = TypeAdapter(AnyCheck)

# With and without every field that changes what is looked at; those of the reference come to them.
EXAMPLES: list[dict[str, Any]] = [
    {"command": "kubectl version"},
    {"command": "true", "exit_code": 1, "not_contains": "x"},
    {"file": "istio/bin/istioctl", "executable": True},
    {"file": "a", "contains": "b"},
    {"tool": "istioctl", "version": ">=1.11"},
    {"environment": "PATH", "contains": "istio"},
    {"environment": "PATH", "equals": ""},
    {"namespace": "shop"},
    {"namespace": "shop", "labels": {"a": "b"}},
    *(
        {kind: "a", "in": "shop", **more}
        for kind in ("deployment", "statefulset", "daemonset", "job")
        for more in ({}, {"ready": True}, {"replicas": 0}, {"replicas": 0, "ready": True}, {"image": "x"})
    ),
    {"pods": 1, "in": "shop"},
    {"pods": {"min": 1, "max": 3}, "in": "shop", "selector": "a!=b", "ready": False},
    {"pods": 1, "in": "shop", "containers": 2},
    {"service": "a", "in": "shop"},
    {"service": "a", "in": "shop", "ports": [80], "external": True, "endpoints": True},
    {"service": "a", "in": "shop", "endpoints": True},
    {"resource": "ConfigMap", "in": "shop"},
    {"resource": "ConfigMap", "in": "shop", "name": "a", "matches": {"data": {"x": None}}},
    {"resource": "ConfigMap", "where": "length(@) == `0`"},
    {"resource": "ConfigMap", "name": "a", "where": "!data"},
    {"resource": "ConfigMap", "in": "shop", "names": ["a"]},
    {"resource": "ConfigMap", "count": {"max": 3}, "selector": "!a"},
    {"http": {"service": "a", "in": "shop", "port": 80}},
    {"exec": "cat /x", "in": "shop", "pod": "a"},
    {"metric": "up", "min": 1},
    {"trace": "web", "backend": "tempo"},
    {"traffic": {"service": "a", "in": "shop", "port": 80}, "from": {"pod": "p"}, "share": {"v2": "10%"}},
    {"traffic": {"url": "http://localhost/"}, "availability": "99%"},
    {"exec": ["ls", "/"], "in": "shop", "selector": "a=b", "exit_code": 1},
    {"http": {"url": "http://localhost/"}, "status": 404},
    {"quiz": "?", "id": "q", "answer": ".*", "example": "x"},
]
ABSENT: list[dict[str, Any]] = [
    {"file": "a", "absent": True},
    {"namespace": "shop", "absent": True},
    *({kind: "a", "absent": True} for kind in ("deployment", "statefulset", "daemonset", "job", "service")),
    {"pods": 0, "in": "shop"},
    {"resource": "ConfigMap", "absent": True},
    {"resource": "ConfigMap", "name": "a", "absent": True},
]
for of_the_reference in (each for check in CHECKS.values() for each in yaml.safe_load(check.examples)):
    (ABSENT if ANY.validate_python(of_the_reference).wants_absence else EXAMPLES).append(of_the_reference)
OF_THE_CLUSTER = [
    check for check in EXAMPLES + ABSENT if ANY.validate_python(check).looks_at is LooksAt.CLUSTER
]


def test_the_union_and_the_registry_are_the_same():
    union = get_args(get_args(AnyCheck)[0])
    assert {get_args(member)[0] for member in union} == set(CHECKS.values())
    assert all(subject in check.model_fields for subject, check in CHECKS.items())


def test_the_reference_has_examples_of_every_type():
    for subject, check in CHECKS.items():
        written = yaml.safe_load(check.examples)
        assert written and {ANY.validate_python(each).subject for each in written} == {subject}


def test_every_field_is_described():
    bare = [
        f"{s}.{name}" for s, c in CHECKS.items() for name, f in c.model_fields.items() if not f.description
    ]
    assert bare == []


def test_a_json_schema_can_be_made():
    schema = ANY.json_schema()
    assert len(schema["oneOf"]) == len(CHECKS)
    assert '"in"' in str(schema).replace("'", '"')


@pytest.mark.parametrize("check", EXAMPLES)
async def test_nothing_passes_in_an_empty_world(check):
    outcome = await look(ANY.validate_python(check), FakeWorld())
    assert outcome.verdict is not Verdict.PASSED, outcome


@pytest.mark.parametrize("check", ABSENT)
async def test_what_must_be_absent_passes_in_an_empty_world(check):
    assert (await look(ANY.validate_python(check), FakeWorld())).verdict is Verdict.PASSED


@pytest.mark.parametrize("check", OF_THE_CLUSTER)
async def test_nothing_but_an_error_where_the_cluster_cannot_be_read(check):
    outcome = await look(ANY.validate_python(check), FakeWorld(cluster=FakeCluster(error=UNREACHABLE)))
    assert outcome.verdict is Verdict.ERROR


@pytest.mark.parametrize("check", EXAMPLES + ABSENT)
def test_every_check_describes_itself_in_one_line(check):
    described = ANY.validate_python(check).describe()
    message = described.render()
    assert message and "\n" not in message
    assert set(re.findall(r"{(\w+)}", described.template)) <= set(described.values)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "replicas",
        "generation",
        "observedGeneration",
        "conditions",
        "type",
        "status",
        "reason",
        "message",
        "containers",
        "initContainers",
        "image",
        "template",
        "spec",
        "metadata",
        "labels",
        "annotations",
        "ports",
        "port",
        "name",
        "loadBalancer",
        "lastState",
        "terminated",
        "exitCode",
        "matchLabels",
        "kind",
        "ingress",
        "ip",
        "subsets",
        "addresses",
        "selector",
        "phase",
        "containerStatuses",
        "state",
        "waiting",
        "deletionTimestamp",
        "updateStrategy",
        "rollingUpdate",
        "partition",
    ]
)
SHAPED = st.recursive(
    JSON | st.sampled_from(["Ready", "True", "Complete", "LoadBalancer", 1, 2]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
PARTS = st.dictionaries(
    st.sampled_from(["spec", "status", "subsets", "data", "type", "reason", "message", "involvedObject"]),
    SHAPED,
    max_size=6,
)
KINDS = [
    "Namespace",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "Pod",
    "Service",
    "Endpoints",
    "ConfigMap",
]
KINDS += ["Event", "Node"]


@settings(max_examples=150, deadline=None)
@given(parts=PARTS, extra=st.dictionaries(KEYS, SHAPED, max_size=3), check=st.sampled_from(OF_THE_CLUSTER))
async def test_no_check_fails_to_run_on_malformed_objects(parts, extra, check):
    judged = ANY.validate_python(check)
    about = judged.about() or ObjectRef("Pod", "a", "shop")
    home = about.namespace or "shop"
    objects = [
        {**parts, "kind": kind, "metadata": {**extra, "name": name, "namespace": home}}
        for kind in dict.fromkeys([*KINDS, about.kind])
        for name in [home if kind == "Namespace" else about.name or "a"]
    ]
    world = FakeWorld(*objects)
    outcome = await judged.evaluate(world)  # `look` would hide what it raises
    for finding in await judged.diagnose(world):
        assert finding.cause.render()
        assert finding.remedy.render()
    assert isinstance(outcome, Outcome)
    assert outcome.expected.render() and outcome.found.render()


async def test_a_fault_in_a_check_is_an_error_and_is_logged(caplog):
    class Broken(Check):
        subject = "broken"

        async def evaluate(self, world: World) -> Outcome:
            raise ZeroDivisionError("oh")

        def describe(self) -> Phrase:
            return phrase("never")

    outcome = await look(Broken(), FakeWorld())
    assert outcome.verdict is Verdict.ERROR
    assert "ZeroDivisionError" in outcome.found.render()
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"deploymnt": "x"}, "did you mean deployment?"),
        ({"nothing": "x"}, "it needs one of: command, file"),
        ({"deployment": "x", "namespace": "y"}, "names several: deployment, namespace"),
        ({"deployment": "x", "redy": True}, "Extra inputs"),
        ("deployment", "a check is a mapping"),
        (None, "a check is a mapping"),
        ({}, "it needs one of"),
        ({1: 2}, "it needs one of"),
    ],
)
def test_a_wrong_check_is_reported_what_is_wrong(written, message):
    with pytest.raises(ValidationError, match=message.replace("?", r"\?")):
        ANY.validate_python(written)


def test_any_check_is_usable_as_the_type_of_a_field():
    many = TypeAdapter(tuple[Annotated[AnyCheck, "a field"], ...])
    read = many.validate_python([{"deployment": "a"}, {"pods": 3, "once": True, "points": 5}])
    assert [check.subject for check in read] == ["deployment", "pods"]
    assert many.validate_python(read) == read
    with pytest.raises(ValidationError) as error:
        many.validate_python([{"pods": 3}, {"service": "a", "external": "maybe"}])
    assert error.value.errors()[0]["loc"] == (1, "service", "external")


def test_checks_are_exported_for_the_engine():
    assert {"CHECKS", "AnyCheck", "look"} <= set(registry.__all__)
