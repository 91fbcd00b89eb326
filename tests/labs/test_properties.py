"""Whatever is written in a lab file, the loader answers with a Lab or with problems that have a place."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.registry import CHECKS
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.labs.model import Lab
from runner.words import LANGUAGES

OURS = Path(__file__).resolve().parents[2] / "labs" / "kubernetes-basics"
TEXT = (OURS / "lab.yaml").read_text()
DATA = yaml.safe_load(TEXT)
FREE = ("requires", "tools"), ("variables",)
"""Mappings whose keys are the author's own."""

thorough = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "kubernetes-basics"
        path.mkdir()
        (path / "text").mkdir()
        for file in (OURS / "text").iterdir():
            (path / "text" / file.name).write_bytes(file.read_bytes())
        yield path


def outcome(folder: Path, content: str | bytes) -> Lab | LabErrors:
    """A Lab, or problems that can be reported in every language and are in the file. Anything else is raised."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    (folder / "lab.yaml").write_bytes(raw)
    lines = raw.count(b"\n") + 1
    try:
        return load(folder)
    except LabErrors as errors:
        assert errors.problems
        for problem in errors.problems:
            assert all(problem.render(language) for language in LANGUAGES)
            if problem.file == folder / "lab.yaml" and problem.line is not None:
                assert 1 <= problem.line <= lines
                assert problem.col is not None and problem.col >= 1
        return errors


YAML_ISH = st.text(st.sampled_from(list("abc01 \n\n:-[]{}'\"|>&*!%#@`,?~<\t\\.yn=실")), max_size=120)


@given(YAML_ISH | st.text(max_size=80) | st.binary(max_size=80))
@thorough
def test_any_text(folder, content):
    assert isinstance(outcome(folder, content), LabErrors)


@given(st.integers(0, len(TEXT)), st.integers(0, 12), YAML_ISH)
@thorough
def test_a_lab_with_a_part_replaced(folder, at, length, other):
    outcome(folder, TEXT[:at] + other + TEXT[at + length :])


def _places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and item of a lab."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*path, key)
        if key != "matches":  # a partial object, in which anything may stand
            yield from _places(value, (*path, key))


ALL = list(_places(DATA))
KEYS = [path for path in ALL if isinstance(path[-1], str) and path[:-1] not in FREE]


def _with(path: tuple[Any, ...], change: Any) -> str:
    data = copy.deepcopy(DATA)
    inside = data
    for step in path[:-1]:
        inside = inside[step]
    change(inside, path[-1])
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def test_the_lab_itself_is_right(folder):
    assert isinstance(outcome(folder, yaml.safe_dump(DATA, allow_unicode=True)), Lab)


@given(st.sampled_from(KEYS))
@thorough
def test_a_misspelt_key(folder, path):
    def change(inside: Any, key: Any) -> None:
        inside[f"{key}x"] = inside.pop(key)

    assert isinstance(outcome(folder, _with(path, change)), LabErrors)


WRONG_TYPES = [True, 1.5, [[]], {"x": {"y": 1}}, None]


@given(st.sampled_from(ALL), st.sampled_from(WRONG_TYPES))
@thorough
def test_a_value_of_a_wrong_type(folder, path, value):
    def change(inside: Any, key: Any) -> None:
        inside[key] = value

    found = outcome(folder, _with(path, change))
    if isinstance(found, Lab) and path[-1] != "matches":  # 1.5 seconds or as text, true where it may stand
        assert value is True or value == 1.5


REQUIRED = {
    "format",
    "title",
    "summary",
    "minutes",
    "level",
    "steps",
    "id",
    "text",
    "en",
    "ko",
    "quiz",
    "command",
}


def _required(path) -> bool:
    of_a_check = len(path) > 2 and path[-3] == "checks"
    return path[-1] in REQUIRED | CHECKS.keys() and not (of_a_check and path[-1] == "title")


@given(st.sampled_from([path for path in ALL if _required(path)]))
@thorough
def test_a_key_left_out(folder, path):
    def change(inside: Any, key: Any) -> None:
        del inside[key]

    assert isinstance(outcome(folder, _with(path, change)), LabErrors)
