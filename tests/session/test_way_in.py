"""Where a lab opens, with which values, and in which order the labs are met."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.base import Outcome, Verdict
from runner.labs.library import own_labs
from runner.labs.load import load
from runner.session import events
from runner.session.attempt_state import AttemptState
from runner.session.attempt_view import AttemptView
from runner.session.course_progress import Group, grouped, here, matches, next_after, progress_of
from runner.session.kept_values import FILE, as_left, keep_values
from runner.session.lab_catalogue import Attempt, Listed
from runner.session.lab_places import Place, Survey
from runner.session.reducer import reduce
from runner.session.target import attempt_folder
from runner.session.way_in import straight_to
from runner.words import phrase

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PRACTICE = Place("practice/one", "", "", None, True, False)
SCHOOL = Place("school", "https://school", "school", None, False, True)
BEEN = Attempt("school", "https://school", frozenset({"namespace"}), False, NOON)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "data"))


@pytest.mark.parametrize(
    ("places", "problems", "been", "goes"),
    [
        ([PRACTICE], [], [], PRACTICE),
        ([PRACTICE, SCHOOL], [], [], None),  # to be chosen
        ([PRACTICE], [phrase("not YAML")], [], None),  # what can't be read may be what was meant
        ([PRACTICE, SCHOOL], [], [BEEN], SCHOOL),
        ([PRACTICE, SCHOOL], [], [replace(BEEN, target="practice/one", server="x"), BEEN], PRACTICE),
        ([PRACTICE], [], [BEEN], None),  # it is gone
        (
            [PRACTICE, SCHOOL],
            [],
            [replace(BEEN, server="https://other")],
            None,
        ),  # another cluster of that name
    ],
)
def test_a_lab_goes_straight_where_there_is_nothing_to_choose(places, problems, been, goes):
    assert straight_to(Survey(places, problems), been) == goes


def test_who_continues_has_the_values_they_began_with():
    lab = load(own_labs() / "kubernetes-basics", {"namespace": "mine"})
    plain = load(own_labs() / "kubernetes-basics")
    attempt_folder(lab, "school").mkdir(parents=True)
    keep_values(lab, "school")
    assert as_left(plain, "school").values["namespace"] == "mine"
    assert as_left(plain, "elsewhere") is plain
    given = load(own_labs() / "kubernetes-basics", {"namespace": "given"})
    assert as_left(given, "school").values["namespace"] == "given"


@pytest.mark.parametrize(
    "content", ["", "[]", '{"namespace": 1}', '{"namespace": "Not Allowed!"}', '{"gone": "x"}']
)
def test_values_that_make_no_sense_are_left_out(content):
    plain = load(own_labs() / "kubernetes-basics")
    folder = attempt_folder(plain, "school")
    folder.mkdir(parents=True)
    (folder / FILE).write_text(content)
    assert as_left(plain, "school").values == plain.values


def lab(name: str, after: str | None = None, *attempts: Attempt) -> Listed:
    made = load(own_labs() / "kubernetes-basics").model_copy(update={"id": name, "after": after})
    return Listed(name, Path(name), made, (), attempts)


DONE = replace(BEEN, finished=True, seconds=600.0)


def test_what_was_begun_comes_first_then_what_goes_on_from_a_finished_lab():
    older = replace(BEEN, at=NOON - timedelta(days=1))
    found = [
        lab("done", None, DONE),
        lab("fresh"),
        lab("third", "second"),
        lab("second", "begun"),
        lab("follows", "done"),
        lab("older", None, older),
        lab("begun", None, BEEN),
        Listed("broken", Path("broken"), None, (), ()),
    ]
    assert [(group.name, each.id) for group, each in grouped(found)] == [
        ("CONTINUE", "begun"),
        ("CONTINUE", "older"),
        ("NEXT", "follows"),
        ("NEXT", "fresh"),
        ("LATER", "second"),
        ("LATER", "third"),
        ("FINISHED", "done"),
        ("BROKEN", "broken"),
    ]
    following = next_after("done", found)
    assert following is not None
    assert following.id == "follows"
    assert next_after("done", [found[0]]) is None
    course = progress_of(found)
    assert (course.labs, course.finished, course.minutes, course.minutes_finished) == (7, 1, 7 * 25, 25)
    assert course.seconds == 600


def test_labs_that_come_after_each_other_in_a_circle_are_listed():
    found = [lab("a", "b"), lab("b", "a")]
    assert {group for group, _ in grouped(found)} == {Group.LATER}


def test_the_step_that_is_gone_on_with():
    of = load(own_labs() / "kubernetes-basics")
    assert here(BEEN, of) == 2  # the first that has not passed
    assert here(replace(BEEN, here="service"), of) == 4
    assert here(replace(BEEN, here="gone"), of) == 2
    every = frozenset(step.id for step in of.steps)
    assert here(replace(BEEN, passed=every), of) == len(of.steps)


@pytest.mark.parametrize("words", ["KUBERNETES", "디플로이먼트", "deployment 일생", "고장", "x"])
def test_the_search_is_in_all_languages_whatever_the_case(words):
    assert matches(lab("x"), words)
    assert not matches(lab("x"), "istio")


def _after(*happened: events.Event) -> AttemptView:
    state = AttemptState()
    for event in happened:
        state = reduce(state, event)
    return AttemptView(load(own_labs() / "kubernetes-basics"), state)


def test_a_step_that_passes_without_work_is_known_from_one_that_was_done():
    failed = Outcome(Verdict.FAILED, phrase("there"), phrase("not there"))
    passed = Outcome(Verdict.PASSED, phrase("there"), phrase("there"))
    there = (events.CheckUpdated("namespace", 0, passed), events.StepPassed("namespace", 1.0))
    assert _after(*there).was_there("namespace")
    assert not _after(events.CheckUpdated("namespace", 0, passed)).was_there("namespace")
    for before in (
        events.CheckUpdated("namespace", 0, failed),  # somebody made it, in another terminal say
        events.StepTried("namespace"),
        events.SolutionShown("namespace", "typed"),
        events.SkipTaken("namespace"),
    ):
        assert not _after(before, *there).was_there("namespace")


def test_the_lab_ends_at_its_last_step_or_where_the_learner_was():
    end = events.LabFinished(True, False, 7, 7, 1, 1, 1.0)
    assert not _after(events.StepReached("scale")).ends_at("rollback")
    ended = _after(events.StepReached("scale"), end)
    assert [step.id for step in ended.lab.steps if ended.ends_at(step.id)] == ["scale", "rollback"]
