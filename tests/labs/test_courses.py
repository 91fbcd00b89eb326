"""Courses: what a course.yaml says, what is wrong with one, and how far a learner is with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from runner.authoring.lint.course_rules import lint_course
from runner.cli import cli
from runner.labs import library
from runner.labs.course_file import course_at, courses, load_course
from runner.labs.lab_problems import LabErrors
from runner.session import events
from runner.session.course_progress import Group, grouped, next_after, next_of, waits_for
from runner.session.lab_catalogue import listed, listed_in
from runner.session.progress import Progress

LAB = """\
format: 1
title: {{en: The lab {name}, ko: 실습 {name}}}
summary: {{en: It is quite small., ko: 아주 작습니다.}}
minutes: 5
level: {level}
{more}steps:
  - id: first
    title: {{en: The first step, ko: 첫 단계}}
    text: {{en: Do it., ko: 해 보세요.}}
    run: [kubectl create namespace {name}]
    checks: [{{namespace: {name}}}]
"""
COURSE = """\
format: 1
title: {en: A course, ko: 과정}
summary: {en: All about it., ko: 모두 다룹니다.}
chapters:
  - title: {en: Beginning, ko: 시작}
    labs: [zebra, apple]
  - title: {en: More, ko: 더}
    labs:
      - {lab: mango, after: [zebra, apple], minutes: 45}
      - banana
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of four labs, the only labs that there are. `apple` starts from the result of `zebra`."""
    shelf = tmp_path / "fruit"
    for name, level, more in (
        ("zebra", "advanced", ""),
        ("apple", "beginner", "after: zebra\n"),
        ("mango", "beginner", ""),
        ("banana", "beginner", "after: mango\n"),
    ):
        (shelf / name).mkdir(parents=True)
        (shelf / name / "lab.yaml").write_text(LAB.format(name=name, level=level, more=more))
    (shelf / "course.yaml").write_text(COURSE)
    empty = tmp_path / "own"
    empty.mkdir()
    monkeypatch.setattr(library, "own_labs", lambda: empty)
    monkeypatch.setenv("LABGATE_LABS", str(shelf))
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return shelf


def work_on(folder: Path, lab: str, *, finished: bool = True) -> None:
    progress = Progress(folder.parent / "home" / "attempts" / lab / "practice")
    progress.append(
        events.LabStarted(
            lab=lab, target=f"practice/{lab}", server="", version="1.32.0", attempt="1", resumed=False
        )
    )
    if finished:
        progress.append(
            events.LabFinished(
                passed=True,
                could_not_judge=False,
                steps_passed=1,
                steps_total=1,
                points=1,
                points_total=1,
                seconds=1.0,
            )
        )
    progress.close()


def states(folder: Path) -> list[tuple[str, Group]]:
    return [(each.id, group) for group, each in grouped(listed())]


def test_the_labs_of_a_course_are_in_its_order_whatever_their_level(folder):
    assert states(folder) == [
        ("zebra", Group.NEXT),
        ("apple", Group.LATER),
        ("mango", Group.LATER),
        ("banana", Group.LATER),
    ]
    work_on(folder, "zebra")
    assert states(folder)[:2] == [("zebra", Group.FINISHED), ("apple", Group.NEXT)]
    labs = listed()
    mango = next(each for each in labs if each.id == "mango")
    assert (waits_for(mango, labs), mango.minutes) == (("apple",), 45)
    assert mango.place is not None and mango.place.chapter == 2
    work_on(folder, "mango", finished=False)
    assert states(folder)[0] == ("mango", Group.CONTINUE)


def test_what_is_next_is_the_next_one_of_the_course_that_waits_for_nothing(folder):
    assert next_of(listed()).id == "zebra"
    work_on(folder, "zebra")
    assert next_of(listed()).id == "apple"
    assert next_after("zebra", listed()).id == "apple"
    for each in ("apple", "mango", "banana"):
        work_on(folder, each)
    assert next_of(listed()) is None


def test_a_course_is_found_by_its_name_its_folder_and_its_file(folder):
    assert [each.id for each in courses()] == ["fruit"]
    for name in ("fruit", str(folder), str(folder / "course.yaml")):
        assert course_at(name).resolve() == folder
    assert course_at("vegetables") is None
    assert [each.id for each in listed_in(load_course(folder))] == ["zebra", "apple", "mango", "banana"]


@pytest.mark.parametrize(
    ("written", "instead", "problem"),
    [
        (
            "[zebra, apple]",
            "[zebra, aple]",
            "fruit/course.yaml:6:19: unknown lab: aple (did you mean apple?)",
        ),
        ("[zebra, apple]", "[zebra, zebra, apple]", "6:19: the lab is in the course twice: zebra"),
        ("after: [zebra, apple]", "after: [zebr]", "9:30: not in the course: zebr (did you mean zebra?)"),
        ("after: [zebra, apple]", "after: [banana]", "9:30: mango comes before banana, which it needs"),
        ("chapters:", "chapter:", "4:1: unknown key: chapter (did you mean chapters?)"),
        ("minutes: 45", "minutes: 0", "too small: 0; at least 1"),
        ("[zebra, apple]", "[]", "6:11: too few; at least 1"),
        ("en: More, ko: 더", "en: More", "7:12: the text is missing for: ko"),
        ("format: 1", "format: 2", "1:9"),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(folder, written, instead, problem):
    (folder / "course.yaml").write_text(COURSE.replace(written, instead))
    with pytest.raises(LabErrors) as raised:
        load_course(folder)
    assert problem in "\n".join(each.render() for each in raised.value.problems)
    assert courses() == []
    assert len(listed()) == 4  # the labs are there all the same


def test_a_lab_before_the_one_that_it_continues_is_an_error(folder):
    assert lint_course(folder) == []
    (folder / "course.yaml").write_text(COURSE.replace("[zebra, apple]", "[apple, zebra]"))
    with pytest.raises(LabErrors, match=r"6:12: apple comes before zebra, whose result it starts from"):
        lint_course(folder)
    (folder / "course.yaml").write_text(COURSE.replace("      - banana\n", ""))
    assert [each.render() for each in lint_course(folder)] == [
        "fruit/course.yaml:5:3: labs in this folder that are not in the course: banana [not-in-course]"
    ]


def test_lint_takes_a_course_with_its_labs(folder):
    done = CliRunner().invoke(cli, ["lint", "fruit"], standalone_mode=False)
    assert done.return_value == 0 and "Labs: 4, errors: 0" in done.output
    (folder / "course.yaml").write_text(COURSE.replace("[zebra, apple]", "[zebra, aple]"))
    done = CliRunner().invoke(cli, ["lint"], standalone_mode=False)
    assert done.return_value == 2 and "unknown lab: aple" in done.output


def test_the_course_on_the_command_line(folder):
    work_on(folder, "zebra")
    done = CliRunner().invoke(cli, ["course"], standalone_mode=False)
    assert done.return_value == 0
    assert "\n1. Beginning\n  ✓ zebra  The lab zebra  5 min\n  ○ apple" in done.output
    assert "  · mango  The lab mango  45 min  after apple\n" in done.output
    assert "Labs finished: 1 of 4" in done.output and "Next: labgate learn apple" in done.output
    (folder / "mango" / "lab.yaml").write_text("format: 1\n")
    assert "✗ mango  -  has errors: labgate lint" in CliRunner().invoke(cli, ["course", "fruit"]).output
    (folder / "course.yaml").write_text("format: 1\n")
    assert CliRunner().invoke(cli, ["course", "fruit"], standalone_mode=False).return_value == 2
    assert CliRunner().invoke(cli, ["course", "vegetables"], standalone_mode=False).exit_code != 0


def test_labgates_own_labs_are_a_course():
    found = lint_course(library.own_labs())  # a lab that is being written may not be in it yet
    assert {problem.rule for problem in found} <= {"not-in-course"}
    assert len(list(load_course(library.own_labs()).labs())) >= 10
