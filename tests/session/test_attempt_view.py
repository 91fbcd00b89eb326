"""Where each step is, and what the whole comes to, as one who looks at an attempt asks."""

from __future__ import annotations

import pytest

from checks.base import Finding, Outcome, Verdict
from checks.phrase import phrase
from runner.labs.model import Lab
from runner.session.attempt_state import AttemptState
from runner.session.attempt_view import AttemptView
from runner.session.events import (
    CLEANUP,
    CheckUpdated,
    CommandFinished,
    CommandStarted,
    ConsoleOpened,
    HintShown,
    LabFinished,
    SkipTaken,
    SolutionShown,
    StepBroken,
    StepFailed,
    StepPassed,
    StepReached,
    StepSkipped,
    StepStarted,
    StepTried,
)
from runner.session.reducer import reduce
from runner.session.score import could_not_judge, points, points_unjudged, score, unknown
from runner.session.step_states import StepState
from runner.session.unlock_policy import any_order
from runner.shell import CommandEnd

TEXT = {"en": "A title", "ko": "제목"}
GOOD, BAD = CommandEnd(0, 1.5), CommandEnd(1, 0.5)
PASSED, PENDING, FAILED, UNREAD, NOBODY = (
    Outcome(verdict, phrase("there"), phrase("found"))
    for verdict in (Verdict.PASSED, Verdict.PENDING, Verdict.FAILED, Verdict.ERROR, Verdict.SKIPPED)
)
EXPLAINED = Outcome(
    Verdict.FAILED, phrase("there"), phrase("found"), (Finding("x", phrase("cause"), phrase("remedy")),)
)


@pytest.fixture
def lab(tmp_path) -> Lab:
    def step(name: str, *commands: str, **more: object) -> dict[str, object]:
        return {
            "id": name,
            "title": TEXT,
            "text": TEXT,
            "run": [{"command": each} for each in commands],
            **more,
        }

    return Lab.model_validate(
        {
            "id": "lab", "folder": tmp_path, "title": TEXT, "summary": TEXT, "minutes": 1, "level": "beginner",
            "steps": [
                step("one", "a", "b", checks=[{"namespace": "n"}, {"namespace": "m", "points": 3}]),
                step("bonus", optional=True, checks=[{"namespace": "n", "points": 7}]),
                step("two", "c", solution=[{"command": "d"}, {"command": "e"}], checks=[{"namespace": "n"}], skip=False),
                step("read", skip=True),
            ],
            "cleanup": {"title": TEXT, "text": TEXT, "run": [{"command": "rm"}, {"command": "rm 2"}],
                        "checks": [{"namespace": "n"}, {"namespace": "m"}]},
        }
    )  # fmt: skip


@pytest.fixture
def view(lab):
    def seen(*events, **more) -> AttemptView:
        state = AttemptState()
        for event in events:
            state = reduce(state, event)
        return AttemptView(lab, state, **more)

    return seen


def done(step, *commands):
    return [CommandFinished(step, at, "x", GOOD) for at in commands]


# where a step is


@pytest.mark.parametrize(
    ("events", "states"),
    [
        ([], ["open", "locked", "locked", "locked"]),
        ([CommandStarted("one", 0, "a")], ["running", "locked", "locked", "locked"]),
        ([CommandStarted("two", 0, "c")], ["open", "locked", "running", "locked"]),
        (done("one", 0), ["open", "locked", "locked", "locked"]),
        (done("one", 0, 1), ["waiting", "locked", "locked", "locked"]),
        ([CheckUpdated("one", 0, PASSED), CheckUpdated("one", 1, PENDING)], ["waiting", "locked", "locked", "locked"]),
        ([CheckUpdated("one", 0, FAILED)], ["open", "locked", "locked", "locked"]),
        ([CheckUpdated("two", 0, PENDING)], ["open", "locked", "locked", "locked"]),
        ([StepPassed("one", 1.0)], ["passed", "open", "open", "locked"]),
        ([StepPassed("one", 1.0), StepBroken("one", (FAILED,))], ["broken", "open", "open", "locked"]),
        ([StepPassed("one", 1.0), StepPassed("two", 1.0)], ["passed", "open", "passed", "open"]),
        ([StepPassed("two", 1.0)], ["open", "locked", "passed", "locked"]),
    ],
)  # fmt: skip
def test_where_each_step_is(view, events, states):
    seen = view(*events)
    assert [seen.state(step) for step in ("one", "bonus", "two", "read")] == states
    assert [seen.unlocked(step) for step in ("one", "two")] == [True, bool(seen.record.reached & {"one"})]


def test_an_author_may_go_anywhere(view):
    assert view(policy=any_order).any_order
    assert not view().any_order
    assert view(policy=any_order).state("read") is StepState.OPEN
    assert view().first_to_do("two").id == "one"


def test_outcomes_are_those_of_the_steps_own_checks(view):
    seen = view(CheckUpdated("one", 1, PASSED), CheckUpdated("one", 5, FAILED))
    assert seen.outcomes("one") == (None, PASSED)
    assert seen.outcomes("read") == ()


@pytest.mark.parametrize(
    ("event", "begun"),
    [
        (StepReached("one"), False),
        (CheckUpdated("one", 0, FAILED), False),
        (CheckUpdated("one", 0, EXPLAINED), True),
        (StepTried("one"), True),
    ],
)
def test_a_step_is_begun_by_work_on_it_or_by_what_the_cluster_shows(view, event, begun):
    assert view(event).begun("one") is begun
    assert not view(event).begun("two")


@pytest.mark.parametrize(
    ("events", "here"),
    [
        ([], "one"),
        ([StepReached("two")], "two"),
        ([StepReached("gone")], "one"),
        ([StepPassed("one", 1.0)], "bonus"),
        ([StepPassed(step, 1.0) for step in ("one", "bonus", "two", "read")], "read"),
    ],
)
def test_where_the_learner_is_put(view, events, here):
    assert view(*events).here() == here


# commands


def test_the_next_command_is_the_first_that_has_not_succeeded(view):
    assert view().next_command("one") == 0
    assert view(*done("one", 1)).next_command("one") == 0
    assert view(*done("one", 0)).next_command("one") == 1
    assert view(*done("one", 0), CommandFinished("one", 0, "a", BAD)).next_command("one") == 0
    assert view(*done("one", 0, 1)).next_command("one") is None
    assert view().next_command("read") is None
    seen = view(*done("one", 0))
    assert [run and run.index for run in seen.commands("one")] == [0, None]
    assert seen.command("one", 1) is None


@pytest.mark.parametrize(
    ("ran", "left"), [((1,), 0), ((2,), 0), ((1, 2), None), ((0,), None), ((1, 2, 3), None)]
)
def test_a_solution_is_another_way_to_the_same_end(view, ran, left):
    """Its commands are numbered behind those of the step, which has one."""
    assert view(*done("two", *ran)).next_command("two") == left


def test_help_that_was_taken(view):
    seen = view(HintShown("one", 1), SolutionShown("one", "typed"), SkipTaken("one"))
    assert (seen.hints("one"), seen.solution("one"), seen.skipped("one")) == (2, "typed", True)
    assert (seen.hints("two"), seen.solution("two"), seen.skipped("two")) == (0, "", False)


def test_a_step_may_be_skipped_where_it_or_else_the_lab_says_so(view, lab):
    assert [view().may_skip(step) for step in ("one", "two", "read")] == [False, False, True]
    lenient = AttemptView(lab.model_copy(update={"skip": True}), AttemptState())
    assert [lenient.may_skip(step) for step in ("one", "two", "read")] == [True, False, True]


# the end


def test_the_lab_waits_for_all_that_counts(view, lab):
    passed = [StepPassed(step, 1.0) for step in ("one", "two", "read")]
    assert [step.id for step in view().counting] == ["one", "two", "read"]
    assert view(*passed).finished
    assert not view(*passed[:2], StepPassed("bonus", 1.0)).finished
    end = LabFinished(True, False, 3, 3, 1, 1, 1.0)
    assert view(*passed, end).record.whole(lab)
    assert not view(*passed[:2], StepPassed("bonus", 1.0), end).record.whole(lab)
    assert not view(*passed).record.whole(lab)
    assert not view(*passed, LabFinished(False, False, 3, 3, 1, 1, 1.0)).record.whole(lab)


GONE = [CheckUpdated(CLEANUP, 0, PASSED), CheckUpdated(CLEANUP, 1, NOBODY)]


@pytest.mark.parametrize(
    ("events", "cleaned"),
    [
        ([], None),
        (GONE, None),
        ([CommandStarted(CLEANUP, 0, "rm")], None),
        ([CommandStarted(CLEANUP, 0, "rm"), *done(CLEANUP, 0, 1), *GONE], None),  # it is still being judged
        ([CommandStarted(CLEANUP, 0, "rm"), *done(CLEANUP, 0, 1), *GONE, StepPassed(CLEANUP, 1.0)], True),
        ([CommandStarted(CLEANUP, 0, "rm"), *done(CLEANUP, 0), *GONE, StepPassed(CLEANUP, 1.0)], False),
        ([CommandStarted(CLEANUP, 0, "rm"), *done(CLEANUP, 0, 1), GONE[0], StepPassed(CLEANUP, 1.0)], False),
        ([CommandStarted(CLEANUP, 0, "rm"), *done(CLEANUP, 0, 1), StepFailed(CLEANUP, 1.0, (PASSED, FAILED), False)], False),
    ],
)  # fmt: skip
def test_whether_all_is_cleaned_up(view, events, cleaned):
    assert view(*events).cleaned_up is cleaned


def test_a_lab_without_a_cleanup_has_none(lab):
    state = reduce(AttemptState(), CommandStarted(CLEANUP, 0, "rm"))
    state = reduce(state, StepPassed(CLEANUP, 1.0))
    assert AttemptView(lab.model_copy(update={"cleanup": None}), state).cleaned_up is None


# points


def looked(step, *outcomes):
    return [CheckUpdated(step, at, outcome) for at, outcome in enumerate(outcomes)]


ALL = [
    *looked("one", PASSED, PASSED),
    StepPassed("one", 1.0),
    *looked("two", PASSED),
    StepPassed("two", 1.0),
    StepPassed("read", 1.0),
]


def skipped(step, because=""):
    return StepSkipped(step, because)


@pytest.mark.parametrize(
    ("events", "passed", "unjudged", "steps", "earned"),
    [
        ([], False, False, (0, 3), (0, 5)),
        (ALL, True, False, (3, 3), (5, 5)),
        ([*ALL, *looked("bonus", PASSED), StepPassed("bonus", 1.0)], True, False, (3, 3), (5, 5)),
        ([*ALL, skipped("read")], True, False, (2, 2), (5, 5)),
        (
            [*ALL[:3], *looked("two", NOBODY), skipped("two"), StepPassed("read", 1.0)],
            True,
            False,
            (2, 2),
            (4, 4),
        ),
        ([*ALL, *looked("two", NOBODY)], True, False, (3, 3), (4, 4)),
        ([*ALL, StepFailed("two", 1.0, (FAILED,), False)], False, False, (2, 3), (4, 5)),
        ([*ALL, StepFailed("one", 1.0, (PASSED, UNREAD), True)], False, True, (2, 3), (2, 5)),
        ([*ALL, StepFailed("one", 1.0, (FAILED, UNREAD), False)], False, True, (2, 3), (1, 5)),
        (
            [*ALL, StepFailed("one", 1.0, (FAILED, PASSED), False), skipped("two", "one")],
            False,
            False,
            (2, 3),
            (4, 5),
        ),
        (
            [StepFailed("one", 1.0, (), True), skipped("two", "one"), skipped("read", "one")],
            False,
            True,
            (0, 3),
            (0, 5),
        ),
        ([StepFailed("one", 1.0, (), True), skipped("two", "one")], False, False, (0, 3), (0, 5)),
        ([*ALL, StepFailed(CLEANUP, 1.0, (FAILED,), False)], False, False, (3, 3), (5, 5)),
        ([*ALL, StepFailed(CLEANUP, 1.0, (UNREAD,), True)], False, True, (3, 3), (5, 5)),
        ([*ALL, StepPassed(CLEANUP, 1.0)], True, False, (3, 3), (5, 5)),
        ([*ALL, StepStarted(CLEANUP)], True, False, (3, 3), (5, 5)),
    ],
)
def test_the_score(view, lab, events, passed, unjudged, steps, earned):
    end = view(*events, seconds=2.5).score()
    assert (end.passed, end.could_not_judge) == (passed, unjudged)
    assert ((end.steps_passed, end.steps_total), (end.points, end.points_total)) == (steps, earned)
    assert end.seconds == 2.5
    assert end == score(lab.steps, view(*events).record, 2.5)
    assert view(*events).score().seconds == 0


def test_points_of_single_checks(lab):
    small, big = lab.steps[0].checks
    assert points([(small, PASSED), (big, FAILED)]) == (1, 4)
    assert points([(small, None), (big, NOBODY)]) == (0, 1)
    assert points([(big, PENDING), (big, UNREAD)]) == (0, 6)
    assert points_unjudged([(small, None), (big, UNREAD), (big, FAILED), (big, NOBODY)]) == 4
    assert [unknown(each) for each in (None, UNREAD, FAILED, PASSED, NOBODY)] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("outcomes", "unjudged"),
    [
        ([], False),
        ([PASSED, NOBODY], False),
        ([PASSED, UNREAD], True),
        ([UNREAD, FAILED], False),
        ([UNREAD, PENDING], False),
        ([UNREAD, UNREAD], True),
    ],
)
def test_a_step_could_not_be_judged_where_nothing_is_known_to_be_wrong(outcomes, unjudged):
    assert could_not_judge(outcomes) is unjudged


# what a step is about, and where the lab ends


@pytest.mark.parametrize(
    ("events", "was_there"),
    [
        ([], False),
        ([StepPassed("two", 1.0)], True),
        ([CheckUpdated("two", 0, PASSED), StepPassed("two", 1.0)], True),
        ([CheckUpdated("two", 0, FAILED), StepPassed("two", 1.0)], False),
        ([StepTried("two"), StepPassed("two", 1.0)], False),
        ([SolutionShown("two", "shown"), StepPassed("two", 1.0)], False),
        ([SkipTaken("two"), StepPassed("two", 1.0)], False),
    ],
)
def test_a_step_was_there_where_nobody_worked_for_it(view, events, was_there):
    assert view(*events).was_there("two") is was_there


END = LabFinished(True, False, 2, 3, 1, 1, 1.0)


@pytest.mark.parametrize(
    ("events", "ends"),
    [
        ([], []),
        ([StepReached("read")], []),
        ([LabFinished(False, False, 2, 3, 1, 1, 1.0)], []),
        ([StepReached("bonus"), END], ["bonus", "read"]),
        ([END], ["read"]),
    ],
)
def test_behind_which_steps_the_end_of_the_lab_is(view, events, ends):
    seen = view(*events)
    assert [each.id for each in seen.lab.steps if seen.ends_at(each.id)] == ends


def test_the_last_step_that_counts_ends_the_lab_too(lab):
    lab = lab.model_copy(
        update={"steps": [*lab.steps[:3], lab.steps[3].model_copy(update={"optional": True})]}
    )
    seen = AttemptView(lab, reduce(AttemptState(), END))
    assert [each.id for each in lab.steps if seen.ends_at(each.id)] == ["two", "read"]


CONSOLE = {"service": "kiali", "in": "mesh", "port": 20001, "title": "Kiali"}
PAGE = {"http": {"service": "kiali", "in": "mesh", "port": 20001, "path": "/"}}


@pytest.mark.parametrize(
    ("console", "check", "events", "waits"),
    [
        (CONSOLE, PAGE, [], True),
        (CONSOLE, PAGE, [StepReached("one")], True),
        (CONSOLE, PAGE, [ConsoleOpened("one")], False),
        (CONSOLE, PAGE, [StepPassed("one", 1.0)], False),
        (CONSOLE, {"namespace": "mesh"}, [], False),
        (CONSOLE, {"http": {**PAGE["http"], "service": "grafana"}}, [], False),
        (CONSOLE, {"http": {**PAGE["http"], "in": "other"}}, [], False),
        (None, PAGE, [], False),
    ],
)
def test_a_step_waits_for_the_console_that_its_page_is_of(tmp_path, console, check, events, waits):
    step = {"id": "one", "title": TEXT, "text": TEXT, "console": console, "checks": [check]}
    more = {
        "id": "lab",
        "folder": tmp_path,
        "title": TEXT,
        "summary": TEXT,
        "minutes": 1,
        "level": "beginner",
    }
    state = AttemptState()
    for event in events:
        state = reduce(state, event)
    assert AttemptView(Lab.model_validate({**more, "steps": [step]}), state).waits_for_console("one") is waits
