"""The committed documents are those that the code writes, and the schema takes what the loader takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, get_args

import jsonschema
import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from checks.base import Check
from checks.registry import CHECKS, AnyCheck
from runner.authoring import json_schemas, reference
from runner.labs import library
from runner.labs.model import LabFile
from runner.labs.wanted import shapes
from runner.practice.network.pages import KEYS


@pytest.mark.parametrize("name", json_schemas.SCHEMAS)
def test_the_schemas_are_fresh(name: str) -> None:
    assert json_schemas.file(name).read_text() == json_schemas.written(name), "run: make docs"


def test_the_reference_is_fresh() -> None:
    assert reference.FILE.read_text() == reference.written(), "run: make docs"


def test_every_check_and_all_its_keys_are_in_the_reference() -> None:
    document = reference.FILE.read_text()
    for subject, check in CHECKS.items():
        part = document.split(f"### `{subject}`", 1)[1].split("\n### ", 1)[0]
        for name, field in check.model_fields.items():
            if name not in Check.model_fields:
                assert f"`{field.alias or name}`" in part, (subject, name)


def _models(of: object, found: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Every model that can stand in a lab."""
    for shape in shapes(of):
        if isinstance(shape, type) and issubclass(shape, BaseModel) and shape not in found:
            found.add(shape)
            for field in shape.model_fields.values():
                _models(Annotated[field.annotation, None, *field.metadata], found)
        for inside in get_args(shape):
            if inside is not Ellipsis:
                _models(inside, found)
    return found


def test_every_part_and_all_its_keys_are_in_the_reference() -> None:
    parts = {*reference.PARTS, *reference.CHECK_PARTS, *CHECKS.values()}
    assert _models(LabFile, set()) == parts
    document = reference.FILE.read_text()
    for part in parts - set(CHECKS.values()):
        heading = "The lab" if part is LabFile else part.__name__
        table = document.split(f"\n### {heading}\n", 1)[1].split("\n### ", 1)[0]
        for name, field in part.model_fields.items():
            assert f"| `{field.alias or name}` |" in table, (heading, name)
    for name in re.findall(r"\]\(#([a-z]+)\)", document):
        assert re.search(rf"^### {name}$", document, re.MULTILINE | re.IGNORECASE), name


def test_the_examples_of_checks_are_right(tmp_path: Path) -> None:
    for subject, written in ((check.subject, check.examples) for check in CHECKS.values()):
        folder = tmp_path / subject
        folder.mkdir()
        checks = yaml.safe_load(written)
        lab = {
            "format": 1, "title": "A lab", "summary": "A lab.", "minutes": 1, "level": "beginner",
            "steps": [{"id": "a", "title": "A", "text": "Do it.", "checks": checks}],
        }  # fmt: skip
        text = yaml.safe_dump(lab, allow_unicode=True, width=1000)
        (folder / "lab.yaml").write_text(text.replace("title: A\n", "title: {en: A, ko: A}\n"))
        assert problems(lab) == []
        for check in checks:
            assert isinstance(TypeAdapter(AnyCheck).validate_python(check), CHECKS[subject])


def test_what_pages_yaml_takes_is_reported() -> None:
    for key in KEYS:
        assert f"| `{key}` |" in reference.HEAD.read_text()


@pytest.mark.parametrize("name", json_schemas.SCHEMAS)
def test_the_schemas_are_some(name: str) -> None:
    schema = json_schemas.SCHEMAS[name]()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert not jsonschema.Draft202012Validator(schema).is_valid("no document")


@pytest.mark.parametrize("entry", library.available(), ids=lambda entry: str(entry.id))
def test_an_editor_finds_nothing_wrong_with_our_labs(entry: library.LabEntry) -> None:
    data = yaml.safe_load((entry.path / "lab.yaml").read_text())
    assert problems(data) == []


@pytest.mark.parametrize(
    "change",
    [
        {"minuts": 10},
        {"level": "easy"},
        {"steps": []},
        {"steps": [{"id": "One two", "title": "x", "text": "x"}]},
        {"steps": [{"id": "a", "title": "x", "text": "x", "checks": [{"deploymnt": "web"}]}]},
        {"steps": [{"id": "a", "title": "x", "text": "x", "checks": [{"deployment": "web", "redy": True}]}]},
    ],
    ids=str,
)
def test_an_editor_finds_what_the_loader_refuses(change: dict[str, Any]) -> None:
    data = yaml.safe_load(Path("labs/kubernetes-basics/lab.yaml").read_text())
    assert problems(data | change)


def test_the_example_of_the_reference_is_a_lab(tmp_path: Path) -> None:
    from runner.labs.load import load

    example = reference.HEAD.read_text().split("```yaml\n", 1)[1].split("```", 1)[0]
    folder = tmp_path / "my-lab"
    folder.mkdir()
    (folder / "lab.yaml").write_text(example)
    assert [step.id for step in load(folder).steps] == ["create"]


def problems(data: object) -> list[str]:
    return [
        error.message
        for error in jsonschema.Draft202012Validator(json_schemas.lab_schema()).iter_errors(data)
    ]
