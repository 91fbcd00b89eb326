"""A lab's own images: which file they are read from, and what is wrong with it, with the place."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from runner.authoring.json_schemas import images_schema
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.session.target import practice_wants

LAB = """\
format: 1
title: {en: A lab, ko: 실습}
summary: {en: Short., ko: 짧게.}
minutes: 5
level: beginner
steps:
  - {id: one, title: {en: One, ko: 하나}, text: {en: A Pod., ko: 파드.}, run: [ls]}
"""
HEAD = "format: 1\nimages:\n"


def lab_with(tmp_path: Path, images: str) -> Path:
    folder = tmp_path / "lab"
    (folder / "practice").mkdir(parents=True)
    (folder / "lab.yaml").write_text(LAB)
    (folder / "practice" / "images.yaml").write_text(images)
    return folder


def test_the_example_of_the_documentation_is_read_and_reaches_the_practice_cluster(tmp_path):
    written = re.findall(r"```yaml\n(.*?)```", Path("docs/lab-format.md").read_text(), re.DOTALL)
    example = next(each for each in written if "shop/cart" in each)
    lab = load(lab_with(tmp_path, example.replace("\n  ", "\n").strip() + "\n"))
    wanted = practice_wants(lab).images
    assert [image["name"] for image in wanted] == ["shop/cart", "shop/migrate"]
    assert wanted[0]["answers"][3]["failures"] == 0.1
    jsonschema.validate(yaml.safe_load(example), images_schema())


@pytest.mark.parametrize(
    ("words", "line", "said"),
    [
        (HEAD + "  - name: shop/cart\n    listen: [80]\n", 4, "unknown key: listen"),
        (HEAD + "  - listens: [80]\n", 3, "the key is missing: name"),
        (HEAD + "  - name: shop/cart\n    listens: [0]\n", 4, ""),
        (HEAD + "  - name: shop/cart\n    answers:\n      - {path: x}\n", 5, ""),
        (HEAD + "  - name: shop/cart\n    answers:\n      - {path: /, failures: 2}\n", 5, ""),
        (HEAD + "  - {name: shop/cart}\n  - {name: shop/cart}\n", 4, "the image is there twice: shop/cart"),
        ("format: 2\nimages: [{name: a}]\n", 1, "this Labgate reads labs of format 1, not 2"),
        ("- shop/cart\n", 1, "images.yaml has the keys format and images"),
        ("a: &a [1]\nb: " + "[" * 200 + "]" * 200 + "\n", 2, ""),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, words, line, said):
    with pytest.raises(LabErrors) as refused:
        load(lab_with(tmp_path, words))
    found = [problem.render() for problem in refused.value.problems]
    assert any(f"practice/images.yaml:{line}:" in each and said in each for each in found), found


def test_a_file_that_is_too_large_is_refused(tmp_path):
    with pytest.raises(LabErrors):
        load(lab_with(tmp_path, HEAD + f"  - {{name: a, logs: [{'x' * 1_200_000}]}}\n"))
