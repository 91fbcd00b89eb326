"""The committed documents are those that the code writes, and the schema takes what the loader takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from checks.base import Check
from checks.registry import CHECKS
from runner.authoring import reference, schema
from runner.labs import library


@pytest.mark.parametrize("name", schema.SCHEMAS)
def test_the_schemas_are_fresh(name: str) -> None:
    assert schema.file(name).read_text() == schema.written(name), "run: make docs"


def test_the_reference_is_fresh() -> None:
    assert reference.FILE.read_text() == reference.written(), "run: make docs"


def test_every_check_and_all_its_keys_are_in_the_reference() -> None:
    document = reference.FILE.read_text()
    for subject, check in CHECKS.items():
        part = document.split(f"### `{subject}`", 1)[1].split("\n### ", 1)[0]
        for name, field in check.model_fields.items():
            if name not in Check.model_fields:
                assert f"`{field.alias or name}`" in part, (subject, name)


@pytest.mark.parametrize("name", schema.SCHEMAS)
def test_the_schemas_are_some(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema.SCHEMAS[name]())


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
    return [error.message for error in jsonschema.Draft202012Validator(schema.lab_schema()).iter_errors(data)]
