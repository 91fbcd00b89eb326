"""What an editor finds wrong by the schema is what the loader refuses, on some thousand labs with one mistake each."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from checks.registry import CHECKS
from runner.authoring.json_schemas import lab_schema
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load

Path_ = tuple[str | int, ...]

LAB: dict[str, Any] = {
    "format": 1,
    "title": {"en": "A lab"},
    "summary": "What it is about.",
    "minutes": 10,
    "level": "beginner",
    "after": "another",
    "mode": "by-hand",
    "skip": True,
    "requires": {
        "kubernetes": ">=1.20",
        "tools": {"kubectl": ">=1.20"},
        "access": [{"verb": "create", "resource": "namespaces", "namespace": "x"}],
        "capacity": {"cpu": "500m", "memory": "1Gi"},
    },
    "variables": {
        "word": {"description": "A word.", "default": "a", "pattern": "[a-z]+"},
        "one": {"choices": ["a", "b"], "default": "b"},
        "machine": {"from": "machine", "default": "x86_64"},
    },
    "practice": {"kubernetes": "1.32"},
    "setup": ["true"],
    "steps": [
        {
            "id": "one",
            "title": "One",
            "text": "Do it now.",
            "run": [
                "true",
                {"command": "ask", "answers": [{"expect": "Sure", "send": "y"}], "otherwise": "false", "timeout": "5s"},
                {"command": "vi x", "keys": ["i", "escape", "ctrl+c"], "timeout": 5},
            ],
            "within": "2m",
            "hints": ["Look."],
            "solution": ["true"],
            "console": {"service": "web", "in": "default", "port": 80, "path": "/", "title": "Web"},
            "learnt": "It is done.",
            "optional": True,
            "skip": False,
            "checks": [
                {"command": "true", "exit_code": 0, "output": "a", "contains": "b", "not_contains": "c", "timeout": 3},
                {"file": "x", "base": "folder", "folder": False, "executable": True, "contains": "b"},
                {"file": "y", "absent": True},
                {"tool": "kubectl", "version": ">=1.18"},
                {"environment": "X", "contains": "a", "matches": "b"},
                {"environment": "Y", "equals": "a"},
                {"namespace": "x", "labels": {"a": "b"}, "points": 2, "hidden": True, "once": True, "given": True},
                {"namespace": "y", "absent": True, "title": "It is gone.", "message": "It is not.", "hint": "Look."},
                {"deployment": "web", "in": "x", "ready": True, "replicas": 2, "image": "nginx"},
                {"statefulset": "db", "absent": True},
                {"daemonset": "log", "ready": True},
                {"job": "once", "ready": True},
                {"pods": {"min": 1, "max": 3}, "in": "x", "selector": "app=web", "ready": False, "containers": 2},
                {"pods": 0},
                {"service": "web", "type": "LoadBalancer", "ports": [80, "http:80"], "external": True, "or_forwarded": True},
                {"service": "api", "endpoints": True},
                {"resource": "Gateway", "api": "networking.istio.io/v1beta1", "name": "g", "in": "x", "matches": {"a": 1}},
                {"resource": "Pod", "selector": "a=b", "where": "length(@) > `1`", "count": 2, "names": ["a", "b"]},
                {"resource": "Pod", "in": "y", "absent": True},
                {"http": {"service": "web", "in": "x", "port": 80, "path": "/"}, "status": 200, "contains": "a"},
                {"http": {"url": "http://x/"}, "timeout": 5},
                {"quiz": "Which?", "id": "q", "choices": [{"id": "a", "text": "A", "correct": True}, {"id": "b", "text": "B"}]},
                {"quiz": "What?", "id": "r", "answer": "[ab]", "example": "a", "explain": "So it is."},
            ],
        }
    ],
    "cleanup": {
        "title": "Away", "text": "It goes away.", "run": ["true"], "within": 30, "checks": [{"namespace": "x", "absent": True}]
    },
}  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, 0, 5, -5, 3.5, 100_000, "", " ", "text of words", "5", "{{word}}", [], ["a"], [5], [[]], {}, {"a": "b"},
    {"en": "x"}, {"unknown": 1}, "x" * 20_000,
)  # fmt: skip
"""What is put in place of every value."""


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every value of the lab, by its path."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from places(each, (*path, key))


def at(value: Any, path: Path_) -> Any:
    for key in path:
        value = value[key]
    return value


def around(path: Path_) -> tuple[Any, Path_]:
    """A copy of the lab, and the path in it. Where a check is meant, no other is there: validation takes time for each."""
    changed = copy.deepcopy(LAB)
    if path[:3] != ("steps", 0, "checks") or len(path) < 4:
        return changed, path
    checks = changed["steps"][0]["checks"]
    checks[:] = [checks[path[3]]]
    return changed, (*path[:3], 0, *path[4:])


def mutants() -> Iterator[tuple[Path_, str, Any]]:
    """Where, what was done there, and the lab that comes of it."""
    for path in places(LAB):
        for value in VALUES:
            changed, there = around(path)
            at(changed, there[:-1])[there[-1]] = value
            yield path, f"= {json.dumps(value)[:40]}", changed
        removed, there = around(path)
        del at(removed, there[:-1])[there[-1]]
        yield path, "removed", removed
        if isinstance(at(LAB, path), dict):
            added, there = around(path)
            at(added, there)["unknwon"] = 1
            yield path, "with an unknown key", added


def pairs() -> Iterator[tuple[Path_, str, Any]]:
    """Each check with one more key that another check of its type has."""
    checks = LAB["steps"][0]["checks"]
    for index, check in enumerate(checks):
        subject = next(key for key in check if key in CHECKS)
        for other in checks:
            for key, value in other.items() if subject in other else ():
                if key not in check:
                    changed, there = around(("steps", 0, "checks", index))
                    at(changed, there)[key] = value
                    yield ("steps", 0, "checks", index), f"with {key}", changed


def by_schema(lab: Any) -> bool:
    return VALIDATOR.is_valid(lab)


VALIDATOR = jsonschema.Draft202012Validator(lab_schema())


def by_loader(lab: Any, folder: Path) -> LabErrors | None:
    (folder / "lab.yaml").write_text(yaml.safe_dump(lab, allow_unicode=True, sort_keys=False, width=10**6))
    try:
        load(folder)
    except LabErrors as errors:
        return errors
    return None


EXPLAINED = {
    "a regular expression, a selector, JMESPath, or a port's number: JSON Schema has no words for what these are": (
        "this regular expression can't be used", "a label selector looks like", "not a JMESPath expression",
        "a port looks like", "wanted: a port", "it can't print contains", "is no key's name",
    ),
    "what a variable stands for": (
        "this must be true or false, but is text", "this must be a whole number, but is text",
        "this must be a number, or a range, but is text", "a duration is a number of seconds", "a version range looks like",
        "unknown value: {{word}}",
        "a does not fit; wanted:",
    ),
    "what another value says, or how often one is there": (
        "is not a value of", "the example is not a right answer", "max is less than min", "two choices have the same id",
        "there are more names than count allows", "a quiz has two choices or more", "a quiz has either choices",
        "the id is used twice",
        "where no pod may be left", "or_forwarded needs external", "a folder can't be executable",
        "a range that holds for none", "for none, write absent: true", "what must not exist", "only a LoadBalancer",
        "an ExternalName has no endpoints", "a command has answers", "a lab can't come after itself",
    ),
    "which languages the lab is in": ("the lab is not in this language", "the text is missing for"),
    "which files there are beside it": ("there is no such file", "outside the lab's folder"),
}  # fmt: skip
"""What the loader refuses and a JSON Schema can't, and how the loader says it. There is nothing the other way round."""


def reported(errors: LabErrors) -> str:
    return "\n".join(problem.render() for problem in errors.problems)


@pytest.mark.timeout(300)
def test_an_editor_and_the_loader_agree(tmp_path: Path) -> None:
    folder = tmp_path / "mutant"
    folder.mkdir()
    assert by_schema(LAB)
    assert by_loader(LAB, folder) is None
    known = [each for fragments in EXPLAINED.values() for each in fragments]
    wrong = []
    tried = 0
    for path, what, lab in (*mutants(), *pairs()):
        tried += 1
        green, errors = by_schema(lab), by_loader(lab, folder)
        if green and errors is not None:
            reasons = {each for each in known if each in reported(errors)}
            if not reasons:
                wrong.append((path, what, reported(errors)))
        elif not green and errors is None:
            wrong.append((path, what, "red in an editor, and loaded"))
    assert wrong == []
    assert tried > 4000


@pytest.mark.parametrize(
    "written",
    [
        "title: 5",
        "summary: 1.10",
        "minutes: 10",
        "practice: {kubernetes: 1.30}",
        "setup: [5]",
        "requires: {kubernetes: 1.20}",
    ],
)
def test_a_number_where_a_text_is_wanted_is_the_text(written: str, tmp_path: Path) -> None:
    lab = LAB | yaml.safe_load(written)
    folder = tmp_path / "numbers"
    folder.mkdir()
    assert by_schema(lab)
    assert (
        by_loader(lab | ({"practice": {"kubernetes": "1.30"}} if "practice" in written else {}), folder)
        is None
    )


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ("{environment: X, equals: a, contains: b}", "equals is the whole value"),
        ("{environment: X, equals: a, matches: b}", "equals is the whole value"),
        ("{command: x, contains: ab, not_contains: a}", "it can't print contains"),
        ("{pods: 0, containers: 2}", "where no pod may be left"),
        ("{pods: 0, ready: true}", "where no pod may be left"),
        ("{service: x, type: NodePort, external: true}", "only a LoadBalancer"),
        ("{service: x, type: ExternalName, endpoints: true}", "an ExternalName has no endpoints"),
        ("{resource: Pod, count: 1, names: [a, b]}", "there are more names than count allows"),
        (
            "{quiz: x, id: x, example: a, choices: [{id: a, text: A, correct: true}, {id: b, text: B}]}",
            "an example is for",
        ),
    ],
)
def test_what_makes_no_sense_together_is_reported(checks: str, message: str, tmp_path: Path) -> None:
    lab = LAB | {"steps": [{"id": "a", "title": "A", "text": "Do it.", "checks": [yaml.safe_load(checks)]}]}
    folder = tmp_path / "nonsense"
    folder.mkdir()
    errors = by_loader(lab, folder)
    assert errors is not None
    assert message in reported(errors)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("esc", "escape"), ("ESC", "escape"), ("return", "enter"), ("<cr>", "enter"), ("<Esc>", "escape"), ("del", "delete"),
        ("bksp", "backspace"), ("pgdn", "pagedown"), ("ctrl-c", "ctrl+c"), ("C-x", "ctrl+x"), ("escpe", "escape"),
        ("bckspace", "backspace"), (" enter ", "enter"), ("pageupp", "pageup"),
    ],
)  # fmt: skip
def test_a_key_that_is_named_otherwise_is_reported(key: str, name: str, tmp_path: Path) -> None:
    lab = LAB | {"setup": [{"command": "vi x", "keys": ["i", key]}]}
    folder = tmp_path / "keys"
    folder.mkdir()
    errors = by_loader(lab, folder)
    assert errors is not None
    assert f"did you mean {name}?" in reported(errors)


@pytest.mark.parametrize(
    "text", ["i", ":wq", "dd", "es", "c", "center", "replicas: 2", "엔터", "ends", "<b>", "{{word}}", "5dd"]
)
def test_a_text_to_be_typed_stays_one(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    assert (
        by_loader(LAB | {"setup": [{"command": "vi x", "keys": [text, "ESCAPE", "Ctrl+C"]}]}, folder) is None
    )
