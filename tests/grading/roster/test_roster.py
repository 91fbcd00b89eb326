"""Rosters as teachers write them, and what is reported those that can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.grading.roster.roster import RosterErrors, read_roster
from runner.labs.load import load

LAB = """\
format: 1
title: {en: Shop, ko: 가게}
summary: {en: A shop., ko: 가게.}
minutes: 5
level: beginner
variables:
  namespace: {default: shop}
  colour: {choices: [red, blue]}
steps:
  - id: shop
    title: {en: Make it, ko: 만들기}
    text: {en: Make it., ko: 만듭니다.}
    run: [kubectl create namespace shop]
    checks: [{namespace: shop}]
"""


@pytest.fixture
def read(tmp_path):
    """Reads a roster of this content beside two kubeconfigs; gives the learners."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "lab.yaml").write_text(LAB)
    for name in ("kim.yaml", "lee.yaml"):
        (tmp_path / name).write_text("{}")

    def run(content: str | bytes, name: str = "class.yaml"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_roster(file, load(folder))

    return run


def reported(read, content, name="class.yaml"):
    with pytest.raises(RosterErrors) as caught:
        read(content, name)
    return [each.render()[each.render().index(f"/{name}") + 1 :] for each in caught.value.problems]


def test_a_list_of_learners(read, tmp_path):
    kim, lee = read(
        "- {id: kim, name: 김민수, kubeconfig: kim.yaml, namespace: kim}\n- {id: lee, kubeconfig: lee.yaml}\n"
    )
    assert (kim.id, kim.name, kim.kubeconfig) == ("kim", "김민수", str(tmp_path / "kim.yaml"))
    assert kim.variables == {"namespace": "kim"}  # the lab has a variable of this name
    assert (lee.namespace, lee.variables) == ("", {})


def test_learners_under_a_key(read):
    (kim,) = read("learners:\n  - id: kim\n    kubeconfig: kim.yaml\n    variables: {colour: blue}\n")
    assert kim.variables == {"colour": "blue"}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_csv_as_spreadsheets_write_it(read, separator, encoding):
    rows = [
        ("id", "name", "kubeconfig", "var.colour"),
        ("kim", "김민수", "kim.yaml", "red"),
        ("", "", "", ""),
    ]
    content = "\r\n".join(separator.join(row) for row in rows).encode(encoding)
    (kim,) = read(content, "class.csv")
    assert (kim.name, kim.variables) == ("김민수", {"colour": "red"})


def test_everything_that_is_wrong_is_reported_at_once(read):
    lines = reported(
        read,
        "- {id: kim, kubeconfig: kim.yaml, colour: red}\n"
        "- {id: kim, kubeconfig: gone.yaml}\n"
        "- {id: lee, kubeconfig: lee.yaml, variables: {colour: green, colur: red}}\n"
        "- {kubeconfig: lee.yaml}\n",
    )
    assert any(line.startswith("class.yaml:1:") and "colour" in line for line in lines)
    assert any(line.startswith("class.yaml:4:") for line in lines)


def test_what_only_the_lab_can_report(read):
    lines = reported(
        read,
        "- {id: kim, kubeconfig: kim.yaml}\n"
        "- {id: kim, kubeconfig: gone.yaml}\n"
        "- {id: lee, kubeconfig: lee.yaml, workspace: nowhere, variables: {colour: green, colur: red}}\n"
        "- {id: ann}\n",
    )
    assert [line.split(":")[1] for line in lines] == ["2", "2", "3", "3", "3", "4"]
    assert "two learners have the same id: kim (the first one is in line 1)" in lines[0]
    assert "gone.yaml" in lines[1]
    assert "the folder does not exist" in lines[2]
    assert "can't be green" in lines[3]
    assert "did you mean colour?" in lines[4]
    assert "kubeconfig is missing" in lines[5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "id,name,kubeconfg\nkim,Kim,kim.yaml\n",
            "class.csv:1:3: unknown column: kubeconfg (did you mean kubeconfig?)",
        ),
        (
            "name,kubeconfig\nKim,kim.yaml\n",
            "class.csv:1:1: the first line must name the columns, id among them",
        ),
        ("id,kubeconfig\nkim,kim.yaml,more\n", "class.csv:2:3: has 3 cells, and there are 2 columns"),
        ("id,kubeconfig\na b,kim.yaml\n", "class.csv:2:1: an id has letters, digits and . _ @ - only"),
        ("id,kubeconfig\n", "class.csv:1:1: the roster has no learners"),
        ("id,id,kubeconfig\nkim,kim,kim.yaml\n", "class.csv:1:2: a column is there twice: id"),
    ],
)
def test_csv_that_can_not_be_used(read, content, message):
    assert message in reported(read, content, "class.csv")


@pytest.mark.parametrize("content", ["", "just words", "{learners: {}}", "[1, 2]", "a: [", "\x00"])
def test_yaml_that_is_no_roster(read, content):
    assert reported(read, content)


def test_a_roster_that_is_not_there(read, tmp_path):
    lab = load(tmp_path / "shop")
    with pytest.raises(RosterErrors, match="can't be read"):
        read_roster(Path(tmp_path / "none.yaml"), lab)
