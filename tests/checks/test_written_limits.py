"""Checks as they are written: what is at the limit of a field and what is beyond it, and what is not written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from checks.base import Check
from checks.can import Action, Can
from checks.http import Page
from checks.registry import CHECKS, AnyCheck

ANY = TypeAdapter(AnyCheck)
Written = dict[str, Any]

COMMAND: Written = {"command": "ls"}
EVENT: Written = {"event": "BackOff"}
PODS: Written = {"resource": "Pod"}
WEB: Written = {"service": "web", "port": 80}
ASKED: Written = {"quiz": "?", "id": "q", "answer": "x"}
LOG: Written = {"log": "x"}


def can(**more: Any) -> Written:
    return {"can": {"verb": "get", **({} if "path" in more else {"resource": "pods"}), **more}, "as": "dev"}


def choices(number: int) -> Written:
    made = [{"id": f"c{each}", "text": "t", "correct": each == 0} for each in range(number)]
    return {"quiz": "?", "id": "q", "choices": made}


AT_MOST: list[tuple[str, int, Callable[[int], Written]]] = [
    ("points", 1000, lambda n: {**PODS, "points": n}),
    ("can.verb", 63, lambda n: can(verb="a" * n)),
    ("can.resource", 253, lambda n: can(resource="a" * n)),
    ("can.path", 253, lambda n: can(path="/" * n)),
    ("can.as", 500, lambda n: {**can(), "as": "a" * n}),
    ("can.groups", 50, lambda n: {**can(), "groups": ["a"] * n}),
    ("command", 10_000, lambda n: {"command": "a" * n}),
    ("command.exit_code", 255, lambda n: {**COMMAND, "exit_code": n}),
    ("command.timeout", 24 * 3600, lambda n: {**COMMAND, "timeout": n}),
    ("command.timeout in seconds", 24 * 3600, lambda n: {**COMMAND, "timeout": f"{n}s"}),
    ("command.output", 1000, lambda n: {**COMMAND, "output": "a" * n}),
    ("environment", 255, lambda n: {"environment": "A" * n}),
    ("event", 128, lambda n: {"event": "A" * n}),
    ("event.kind", 63, lambda n: {**EVENT, "kind": "A" * n}),
    ("event.name", 253, lambda n: {**EVENT, "name": "a" * n}),
    ("file", 4096, lambda n: {"file": "a" * n}),
    ("http.port", 65535, lambda n: {"http": {**WEB, "port": n}}),
    ("http.path", 2000, lambda n: {"http": {**WEB, "path": "/" * n}}),
    ("http.url", 2000, lambda n: {"http": {"url": "http://a/".ljust(n, "a")}}),
    ("http.status", 599, lambda n: {"http": WEB, "status": n}),
    ("name", 253, lambda n: {"deployment": "a" * n}),
    ("namespace", 63, lambda n: {"namespace": "a" * n}),
    ("in", 63, lambda n: {"deployment": "a", "in": "a" * n}),
    ("pods", 10_000, lambda n: {"pods": n}),
    ("pods.min", 10_000, lambda n: {"pods": {"min": n}}),
    ("pods.max", 10_000, lambda n: {"pods": {"max": n}}),
    ("quiz.id", 63, lambda n: {**ASKED, "id": "a" * n}),
    ("quiz.choices", 20, choices),
    ("resource", 63, lambda n: {"resource": "A" * n}),
    ("resource.names", 100, lambda n: {**PODS, "names": ["a"] * n}),
    ("resource.where", 1000, lambda n: {**PODS, "where": "a" * n}),
    ("resource.where, deep", 100, lambda n: {**PODS, "where": "!" * (n - 1) + "a"}),
    ("selector", 2000, lambda n: {**PODS, "selector": "a" * n}),
    ("service.ports", 65535, lambda n: {"service": "a", "ports": [n]}),
    ("tool", 100, lambda n: {"tool": "a" * n}),
    ("tool.version", 200, lambda n: {"tool": "a", "version": ",".join(["1"] * 100).ljust(n)}),
]
AT_LEAST: list[tuple[str, int, Callable[[int], Written]]] = [
    ("points", 0, lambda n: {**PODS, "points": n}),
    ("title", 1, lambda n: {**PODS, "title": {"en": "x"} if n else {}}),
    ("can.as", 1, lambda n: {**can(), "as": "a" * n}),
    ("command", 1, lambda n: {"command": "a" * n}),
    ("command.exit_code", 0, lambda n: {**COMMAND, "exit_code": n}),
    ("command.contains", 1, lambda n: {**COMMAND, "contains": "a" * n}),
    ("command.not_contains", 1, lambda n: {**COMMAND, "not_contains": "a" * n}),
    ("environment.contains", 1, lambda n: {"environment": "A", "contains": "a" * n}),
    ("file", 1, lambda n: {"file": "a" * n}),
    ("file.contains", 1, lambda n: {"file": "a", "contains": "a" * n}),
    ("http.port", 1, lambda n: {"http": {**WEB, "port": n}}),
    ("http.status", 100, lambda n: {"http": WEB, "status": n}),
    ("http.contains", 1, lambda n: {"http": WEB, "contains": "a" * n}),
    ("log", 1, lambda n: {"log": "a" * n, "pod": "a"}),
    ("namespace.labels", 1, lambda n: {"namespace": "a", "labels": {"a": "b"} if n else {}}),
    ("pods", 0, lambda n: {"pods": n}),
    ("pods.min", 0, lambda n: {"pods": {"min": n, "max": 0}}),
    ("pods.containers", 1, lambda n: {"pods": 1, "containers": n}),
    ("quiz.choices", 2, choices),
    ("resource.matches", 1, lambda n: {**PODS, "matches": {"a": 1} if n else {}}),
    ("resource.where", 1, lambda n: {**PODS, "where": "a" * n}),
    ("service.ports", 1, lambda n: {"service": "a", "ports": [n]}),
    ("workload.replicas", 0, lambda n: {"deployment": "a", "replicas": n}),
]


@pytest.mark.parametrize(("most", "written"), [row[1:] for row in AT_MOST], ids=[row[0] for row in AT_MOST])
def test_at_most(most: int, written: Callable[[int], Written]) -> None:
    assert isinstance(ANY.validate_python(written(most)), Check)
    with pytest.raises(ValidationError):
        ANY.validate_python(written(most + 1))


@pytest.mark.parametrize(
    ("least", "written"), [row[1:] for row in AT_LEAST], ids=[row[0] for row in AT_LEAST]
)
def test_at_least(least: int, written: Callable[[int], Written]) -> None:
    assert isinstance(ANY.validate_python(written(least)), Check)
    with pytest.raises(ValidationError):
        ANY.validate_python(written(least - 1))


@pytest.mark.parametrize("written", ["0s", "0.0m", 0, "-1s", "90 s", "1d", "٣s", [90]])
def test_what_is_no_duration(written: object) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python({**COMMAND, "timeout": written})


OF_EVERY_CHECK = {
    "title": None, "message": None, "hint": None, "points": 1, "hidden": False, "once": False, "given": False, "needs": None,
}  # fmt: skip
OF_A_WORKLOAD = {"namespace": "default", "ready": False, "replicas": None, "image": None, "absent": False}


@pytest.mark.parametrize(
    ("written", "rest"),
    [
        (can(), {"groups": (), "allowed": True}),
        (COMMAND, {"exit_code": 0, "output": None, "contains": None, "not_contains": None, "timeout": 30.0}),
        ({"environment": "A"}, {"contains": None, "equals": None, "matches": None}),
        (EVENT, {"namespace": "default", "kind": None, "name": None, "type": None, "matches": None, "once": True}),
        ({"file": "a"}, {"base": "workspace", "folder": None, "executable": False, "contains": None, "absent": False}),
        ({"http": WEB}, {"status": 200, "contains": None, "timeout": 10.0}),
        ({**LOG, "pod": "a"}, {"namespace": "default", "selector": "", "container": None, "previous": False, "once": True}),
        ({**LOG, "selector": "a"}, {"namespace": "default", "pod": None, "container": None, "previous": False, "once": True}),
        ({"namespace": "a"}, {"labels": None, "absent": False}),
        ({"pods": 1}, {"namespace": "default", "selector": "", "ready": True, "containers": None}),
        (ASKED, {"choices": (), "example": None, "explain": None, "tell_count": False}),
        (
            PODS,
            {
                "api": "v1", "name": None, "namespace": None, "selector": "", "matches": None, "where": None, "count": None,
                "names": (), "absent": False,
            },
        ),
        (
            {"service": "a"},
            {
                "namespace": "default", "type": None, "ports": (), "external": False, "or_forwarded": False,
                "endpoints": False, "absent": False,
            },
        ),
        ({"tool": "a"}, {"version": None}),
        ({"deployment": "a"}, OF_A_WORKLOAD),
        ({"statefulset": "a"}, OF_A_WORKLOAD),
        ({"daemonset": "a"}, OF_A_WORKLOAD),
        ({"job": "a"}, OF_A_WORKLOAD),
    ],
)  # fmt: skip
def test_what_is_not_written(written: Written, rest: Written) -> None:
    check = ANY.validate_python(written)
    asked = {"user" if key == "as" else key for key in written}
    found = {key: value for key, value in dict(check).items() if key not in asked}
    assert found == {**OF_EVERY_CHECK, **rest}


def test_the_parts_that_are_not_written() -> None:
    page = ANY.validate_python({"http": WEB}).http
    assert (page.namespace, page.path, page.url) == ("default", "/", None)
    action = ANY.validate_python(can()).can
    assert (action.name, action.namespace, action.path) == (None, None, None)
    assert not ANY.validate_python(choices(2)).choices[1].correct
    least = ANY.validate_python({"pods": {"max": 2}}).pods
    assert (least.min, least.max) == (1, 2)


def test_the_parts_can_be_made_by_their_own_names() -> None:
    assert Page(service="a", port=80, namespace="b") == Page.model_validate(
        {"service": "a", "port": 80, "in": "b"}
    )
    asked = Action.model_validate({"verb": "get", "resource": "pods", "in": "b"})
    assert Action(verb="get", resource="pods", namespace="b") == asked
    assert Can(can=asked, user="dev") == Can.model_validate({"can": asked, "as": "dev"})


LOOKED_AT_AGAIN = {
    "can": 2.0, "command": 2.0, "environment": 0.5, "file": 1.0, "http": 2.0, "log": 3.0, "pods": 2.0,
    "quiz": 0.3, "service": 2.0, "tool": 2.0, "exec": 3.0, "traffic": 5.0, "metric": 5.0, "trace": 5.0,
    "deployment": 2.0, "statefulset": 2.0, "daemonset": 2.0, "job": 2.0,
}  # fmt: skip
"""Seconds; what is not here is watched."""


def test_how_often_what_is_not_watched_is_looked_at() -> None:
    assert {subject: check.interval for subject, check in CHECKS.items() if check.interval} == LOOKED_AT_AGAIN


@pytest.mark.parametrize("written", [can(), {"http": WEB}, choices(2), {"pods": {"min": 1}}])
def test_a_check_and_its_parts_stay_as_they_are(written: Written) -> None:
    check = ANY.validate_python(written)
    parts = [check, *(part for part in dict(check).values() if isinstance(part, BaseModel))]
    for part in [*parts, *getattr(check, "choices", ())]:
        for name in type(part).model_fields:
            with pytest.raises(ValidationError, match="frozen"):
                setattr(part, name, getattr(part, name))


@pytest.mark.parametrize(
    "written",
    [
        {"service": "a", "or_forwarded": True},
        {"service": "a", "external": True, "type": "NodePort"},
        {"service": "a", "endpoints": True, "type": "ExternalName"},
        {"service": "a", "absent": True, "type": "ClusterIP"},
        {"service": "a", "absent": True, "ports": [80]},
        {"service": "a", "absent": True, "endpoints": True},
        {"file": "a", "absent": True, "executable": True},
        {"file": "a", "absent": True, "contains": "x"},
        {"file": "a", "absent": True, "folder": False},
        {"file": "a", "folder": True, "contains": "x"},
        {"environment": "A", "equals": "x", "contains": "x"},
        {"environment": "A", "equals": "x", "matches": "x"},
        {"command": "a", "contains": "abc", "not_contains": "b"},
        {"deployment": "a", "absent": True, "replicas": 0},
        {"deployment": "a", "absent": True, "image": "x"},
        {"namespace": "a", "absent": True, "labels": {"a": "b"}},
        {"pods": 0, "containers": 1},
        {"pods": 0, "ready": True},
        {"pods": 0, "ready": False},
        {**PODS, "absent": True, "count": 1},
        {**PODS, "absent": True, "where": "a"},
        {**PODS, "absent": True, "name": "a", "matches": {"a": 1}},
        {**PODS, "count": 1, "names": ["a", "b"]},
        {**PODS, "count": {"max": 1}, "names": ["a", "b"]},
        {**ASKED, "choices": choices(2)["choices"]},
        {**choices(2), "example": "x"},
        {"log": "x", "pod": "a", "selector": "b"},
        LOG,
        {"http": {"service": "web"}},
        {"http": {"port": 80}},
        {"http": {"url": "http://a/", "in": "shop"}},
    ],
)
def test_what_contradicts_itself(written: Written) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python(written)


@pytest.mark.parametrize(
    "written",
    [
        {"service": "a", "external": True, "or_forwarded": True},
        {"service": "a", "external": True, "type": "LoadBalancer"},
        {"service": "a", "endpoints": True, "type": "ClusterIP"},
        {"service": "a", "type": "ExternalName"},
        {"file": "a", "folder": False, "executable": True, "contains": "x"},
        {"file": "a", "folder": True},
        {"environment": "A", "contains": "x", "matches": "x"},
        {"command": "a", "contains": "b", "not_contains": "abc"},
        {"pods": {"min": 1, "max": 1}},
        {"pods": {"min": 0, "max": 0}},
        {**PODS, "absent": True, "matches": {"a": 1}},
        {**PODS, "count": 2, "names": ["a", "b"]},
        {**PODS, "count": 1, "names": ["a", "a"]},
        {**PODS, "count": {"min": 2}, "names": ["a", "b", "c"]},
    ],
)
def test_what_does_not_contradict_itself(written: Written) -> None:
    assert ANY.validate_python(written).subject in written
