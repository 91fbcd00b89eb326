"""The labs before a lab: found, in their order, with its values; unknown ones and circles in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.labs.load import load
from runner.labs.prerequisites import EarlierProblem, earlier
from runner.session.target import practice_wants

LAB = """\
format: 1
title: One
summary: A lab
minutes: 5
level: beginner
variables: {space: {default: shop}, own: {choices: [NAME]}}
steps:
  - {id: one, title: One, text: "One it is. ", run: ["echo {{space}} {{own}}"]}
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Labs in one folder, each after the one that is named; gives their folder."""
    monkeypatch.setenv("LABGATE_LABS", str(tmp_path / "shelf"))

    def write(where: str = "course", **labs: str) -> Path:
        for name, after in labs.items():
            (tmp_path / where / name).mkdir(parents=True)
            text = LAB.replace("NAME", name) + (f"after: {after}\n" if after else "")
            (tmp_path / where / name / "lab.yaml").write_text(text)
        return tmp_path / where

    return write


def test_the_first_comes_first(course):
    folder = course(one="", two="one", three="two")
    assert [each.id for each in earlier(load(folder / "three"))] == ["one", "two"]
    assert earlier(load(folder / "one")) == []


def test_the_values_of_variables_that_both_have_are_the_same(course):
    folder = course(one="", two="one")
    (first,) = earlier(load(folder / "two", {"space": "market"}))
    assert first.steps[0].run[0].command == "echo market one"


def test_one_beside_goes_before_one_of_that_name_elsewhere(course):
    course("shelf", one="", other="")
    folder = course(one="", two="one", three="other")
    assert [each.folder.parent.name for each in earlier(load(folder / "two"))] == ["course"]
    assert [each.folder.parent.name for each in earlier(load(folder / "three"))] == ["shelf"]


@pytest.mark.parametrize(
    ("labs", "words"),
    [
        ({"one": "none"}, "one comes after none, and there is no such lab."),
        ({"one": "two", "two": "three", "three": "two"}, "one → two → three → two"),
    ],
)
def test_what_cannot_come_before(course, labs, words):
    folder = course(**labs)
    with pytest.raises(EarlierProblem) as raised:
        earlier(load(folder / "one"))
    assert words in raised.value.message.render()


def test_one_that_cannot_be_read(course):
    folder = course(one="", two="one")
    (folder / "one" / "lab.yaml").write_text(LAB.replace("format: 1", "format: 2"))
    with pytest.raises(EarlierProblem, match=r"one comes before two, and can't be read: .*lab.yaml:1"):
        earlier(load(folder / "two"))


def test_a_practice_cluster_has_the_pages_of_the_labs_before_behind_its_own(course):
    folder = course(one="", two="one", three="two", lost="nowhere")
    for name in ("one", "three"):
        (folder / name / "practice" / "pages").mkdir(parents=True)
    pages = {name: practice_wants(load(folder / name))[1] for name in ("one", "two", "three", "lost")}
    one, three = (folder / name / "practice" / "pages" for name in ("one", "three"))
    assert pages == {"one": (one,), "two": (one,), "three": (three, one), "lost": ()}
