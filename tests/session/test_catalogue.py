from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner.paths import data_folder
from runner.session import events
from runner.session.lab_catalogue import attempts, listed
from runner.session.progress import Progress

LAB = """
format: 1
title: {title}
summary: A lab
minutes: {minutes}
level: {level}
steps: [{{id: one, title: One, text: "One it is. "}}, {{id: two, title: Two, text: "Two it is. "}}]
"""


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "labgate"))
    shelf = tmp_path / "labs"
    monkeypatch.setenv("LABGATE_LABS", str(shelf))
    monkeypatch.setattr("runner.labs.library.own_labs", lambda: tmp_path / "none")
    return shelf


def put(shelf: Path, name: str, content: str) -> None:
    (shelf / name).mkdir(parents=True)
    (shelf / name / "lab.yaml").write_text(content)


def work_on(lab: str, target: str, *happened: events.Event) -> Path:
    progress = Progress(data_folder() / "attempts" / lab / target.replace("/", "-"))
    progress.append(
        events.LabStarted(lab=lab, target=target, server="", version="1.27.0", attempt="1", resumed=False)
    )
    for event in happened:
        progress.append(event)
    progress.close()
    return progress.folder / "record.jsonl"


def passed(step: str) -> events.Event:
    return events.StepPassed(step, seconds=1.0)


def test_the_easier_and_shorter_come_first_and_the_broken_last(shelf: Path) -> None:
    put(shelf, "a-hard", LAB.format(title="Hard", minutes=5, level="advanced"))
    put(shelf, "b-long", LAB.format(title="Long", minutes=60, level="beginner"))
    put(shelf, "c-short", LAB.format(title="Short", minutes=20, level="beginner"))
    put(shelf, "a-broken", "format: 1\ntitel: x\n")
    found = listed()
    assert [each.id for each in found] == ["c-short", "b-long", "a-hard", "a-broken"]
    assert found[-1].lab is None
    assert any(problem.line == 2 and "titel" in problem.render() for problem in found[-1].problems)


def test_no_labs_is_an_empty_list() -> None:
    assert listed() == []


def test_an_attempt_reports_where_and_how_far(shelf: Path) -> None:
    put(shelf, "lab", LAB.format(title="Lab", minutes=5, level="beginner"))
    work_on("lab", "kind-dev", passed("one"))
    (found,) = listed()
    assert [(each.target, each.passed, each.finished) for each in found.attempts] == [
        ("kind-dev", frozenset({"one"}), False)
    ]
    assert not found.finished


def test_the_newest_attempt_is_first() -> None:
    old = work_on("lab", "kind-old")
    work_on("lab", "practice/lab")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    assert [each.target for each in attempts("lab")] == ["practice/lab", "kind-old"]
    assert attempts("lab")[1].at.year == 2001


def test_a_record_in_which_nothing_began_is_no_attempt() -> None:
    Progress(data_folder() / "attempts" / "lab" / "practice").close()
    assert attempts("lab") == ()
