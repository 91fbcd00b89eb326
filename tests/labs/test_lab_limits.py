"""The parts of a lab as they are written: what is at the limit of a field and what is beyond it, and what is not written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from runner.labs.model import (
    Access,
    Answer,
    Capacity,
    Cleanup,
    Command,
    Console,
    Lab,
    LabFile,
    Practice,
    Requirements,
    Step,
    Variable,
)

Written = dict[str, Any]
STEP: Written = {"id": "a", "title": "t", "text": "t"}
CONSOLE: Written = {"service": "a", "in": "b", "port": 80, "title": "c"}
ACCESS: Written = {"verb": "get", "resource": "pods"}
CLEANUP: Written = {"title": "t", "text": "t", "run": ["ls"]}
LAB: Written = {
    "format": 1, "title": "t", "summary": "s", "minutes": 10, "level": "beginner", "steps": [STEP],
}  # fmt: skip


def answer(expect: str = "a", send: str = "b") -> Written:
    return {"expect": expect, "send": send}


AT_MOST: list[tuple[str, type[BaseModel], int, Callable[[int], Written]]] = [
    ("answer.expect", Answer, 1000, lambda n: answer(expect="a" * n)),
    ("answer.send", Answer, 1000, lambda n: answer(send="a" * n)),
    ("command", Command, 10_000, lambda n: {"command": "a" * n}),
    ("command.otherwise", Command, 10_000, lambda n: {"command": "a", "otherwise": "a" * n}),
    ("command.keys", Command, 1000, lambda n: {"command": "a", "keys": ["a" * n]}),
    ("command.timeout", Command, 24 * 3600, lambda n: {"command": "a", "timeout": n}),
    ("console.port", Console, 65535, lambda n: {**CONSOLE, "port": n}),
    ("console.path", Console, 2000, lambda n: {**CONSOLE, "path": "/" * n}),
    ("console.title", Console, 100, lambda n: {**CONSOLE, "title": "a" * n}),
    ("access.resource", Access, 253, lambda n: {**ACCESS, "resource": "a" * n}),
    ("capacity.cpu", Capacity, 20, lambda n: {"cpu": "1" * n}),
    ("capacity.memory", Capacity, 20, lambda n: {"memory": "1" * n}),
    ("requires.tools", Requirements, 100, lambda n: {"tools": {"a" * n: "*"}}),
    ("variable.default", Variable, 250, lambda n: {"default": "a" * n}),
    ("variable.choices", Variable, 200, lambda n: {"choices": ["a"] * n}),
    ("variable.choices, each", Variable, 250, lambda n: {"choices": ["a" * n]}),
    ("step.id", Step, 63, lambda n: {**STEP, "id": "a" * n}),
    ("step.within", Step, 24 * 3600, lambda n: {**STEP, "within": n}),
    ("lab.minutes", LabFile, 24 * 60, lambda n: {**LAB, "minutes": n}),
    ("lab.steps", LabFile, 200, lambda n: {**LAB, "steps": [{**STEP, "id": f"a{each}"} for each in range(n)]}),
    ("lab.after", LabFile, 63, lambda n: {**LAB, "after": "a" * n}),
    ("lab.variables", LabFile, 63, lambda n: {**LAB, "variables": {"a" * n: {}}}),
]  # fmt: skip
AT_LEAST: list[tuple[str, type[BaseModel], int, Callable[[int], Written]]] = [
    ("answer.expect", Answer, 1, lambda n: answer(expect="a" * n)),
    ("answer.send", Answer, 0, lambda n: answer(send="a" * n) if n >= 0 else {"expect": "a"}),
    ("command", Command, 1, lambda n: {"command": "a" * n}),
    ("command.otherwise", Command, 1, lambda n: {"command": "a", "otherwise": "a" * n}),
    ("command.keys", Command, 1, lambda n: {"command": "a", "keys": ["a" * n]}),
    ("console.port", Console, 1, lambda n: {**CONSOLE, "port": n}),
    ("console.title", Console, 1, lambda n: {**CONSOLE, "title": "a" * n}),
    ("step.title", Step, 1, lambda n: {**STEP, "title": {"en": "t"} if n else {}}),
    ("cleanup.run", Cleanup, 1, lambda n: {**CLEANUP, "run": ["ls"] * n}),
    ("lab.minutes", LabFile, 1, lambda n: {**LAB, "minutes": n}),
    ("lab.steps", LabFile, 1, lambda n: {**LAB, "steps": [STEP] * n}),
    ("lab.format", LabFile, 1, lambda n: {**LAB, "format": n}),
]


@pytest.mark.parametrize(
    ("model", "most", "written"), [row[1:] for row in AT_MOST], ids=[row[0] for row in AT_MOST]
)
def test_at_most(model: type[BaseModel], most: int, written: Callable[[int], Written]) -> None:
    assert isinstance(model.model_validate(written(most)), model)
    with pytest.raises(ValidationError):
        model.model_validate(written(most + 1))


@pytest.mark.parametrize(
    ("model", "least", "written"), [row[1:] for row in AT_LEAST], ids=[row[0] for row in AT_LEAST]
)
def test_at_least(model: type[BaseModel], least: int, written: Callable[[int], Written]) -> None:
    assert isinstance(model.model_validate(written(least)), model)
    with pytest.raises(ValidationError):
        model.model_validate(written(least - 1))


@pytest.mark.parametrize(
    ("model", "written", "rest"),
    [
        (Command, {"command": "a"}, {"answers": (), "keys": (), "otherwise": None, "timeout": 120.0, "needs": None}),
        (Console, CONSOLE, {"path": "/"}),
        (Access, ACCESS, {"namespace": None}),
        (Capacity, {}, {"cpu": None, "memory": None}),
        (Requirements, {}, {"kubernetes": None, "tools": {}, "access": (), "capacity": None}),
        (Variable, {}, {"description": None, "default": None, "pattern": None, "choices": (), "source": None}),
        (Practice, {}, {"kubernetes": "1.32", "metrics_server": False}),
        (
            Step,
            STEP,
            {
                "run": (), "checks": (), "within": 60.0, "hints": (), "solution": None, "console": None, "learnt": None,
                "optional": False, "skip": None, "setup": (),
            },
        ),
        (Cleanup, CLEANUP, {"checks": (), "within": 120.0}),
        (
            LabFile,
            LAB,
            {
                "requires": Requirements(), "variables": {}, "practice": None, "after": None, "mode": "guided", "skip": False,
                "setup": (), "cleanup": None, "debrief": None,
            },
        ),
    ],
)  # fmt: skip
def test_what_is_not_written(model: type[BaseModel], written: Written, rest: Written) -> None:
    made = model.model_validate(written)
    asked = {"namespace" if key == "in" else key for key in written}
    assert {name: getattr(made, name) for name in model.model_fields if name not in asked} == rest


def test_a_lab_stays_as_it_is_and_knows_its_steps() -> None:
    lab = Lab.model_validate({**LAB, "id": "x", "folder": Path("x"), "steps": [STEP, {**STEP, "id": "b"}]})
    with pytest.raises(ValidationError, match="frozen"):
        lab.title = {"en": "another"}  # type: ignore[misc]
    assert (lab.format, lab.values) == (1, {})
    assert Console(service="a", namespace="b", port=80, title="c") == Console.model_validate(CONSOLE)
    assert lab.step("b") is lab.steps[1]
    with pytest.raises(KeyError):
        lab.step("c")


def step(**more: Any) -> Step:
    return Step.model_validate({**STEP, **more})


def test_the_work_of_a_step_is_its_run_or_its_solution() -> None:
    assert [each.command for each in step(run=["a"], solution=["b"]).work] == ["a"]
    assert [each.command for each in step(solution=["b"]).work] == ["b"]
    assert step().work == ()
    assert step(checks=[{"pods": 1, "points": 3}, {"pods": 2, "hidden": True}]).points == 4
    assert step().points == 0


def test_a_command_has_answers_or_keys() -> None:
    for each in ({"answers": [answer()]}, {"keys": ["i", "a"]}):
        assert Command.model_validate({"command": "a", **each})
    with pytest.raises(ValidationError, match="not both"):
        Command.model_validate({"command": "a", "answers": [answer()], "keys": ["i"]})


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ({}, "a" * 250, True),
        ({}, "a" * 251, False),
        ({}, "a;b", False),
        ({}, "", False),
        ({"choices": ["a b", "c"]}, "a b", True),
        ({"choices": ["a b", "c"]}, "d", False),
        ({"choices": ["a", "b"], "pattern": "a"}, "b", False),
        ({"pattern": ".*"}, "a;b", True),
        ({"pattern": ".*"}, "", True),
        ({"pattern": ".*"}, "a\nb", False),
        ({"pattern": "a"}, "ab", False),
        ({"pattern": ".*"}, "a" * 250, True),
        ({"pattern": ".*"}, "a" * 251, False),
    ],
)
def test_which_values_a_variable_may_have(variable: Written, value: str, allowed: bool) -> None:
    assert Variable.model_validate(variable).allows(value) is allowed
