"""What each event does to the time spent, to where the learner is, to the help they took; and what a record says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checks.base import Outcome, Verdict
from checks.phrase import phrase
from runner.session.attempt_state import PAUSE, AttemptState, CommandRun, StepRecord, StepStatus
from runner.session.events import (
    CLEANUP,
    SETUP,
    CheckUpdated,
    CommandFinished,
    CommandStarted,
    HintShown,
    LabFinished,
    LabReplaced,
    LabStarted,
    QuizAnswered,
    SkipTaken,
    SolutionShown,
    StepBroken,
    StepFailed,
    StepPassed,
    StepReached,
    StepReset,
    StepSkipped,
    StepStarted,
    StepTried,
    StepUnlocked,
)
from runner.session.reducer import reduce
from runner.shell import CommandEnd

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEGUN = LabStarted("lab", "practice/lab", "https://s", "1.32.0", "a1", resumed=False)
GOOD, BAD, GONE = CommandEnd(0, 1.5), CommandEnd(1, 0.5), CommandEnd(None, 9.0, "timeout")
PASSED = Outcome(Verdict.PASSED, phrase("ready"), phrase("ready"))
UNREAD = Outcome(Verdict.ERROR, phrase("ready"), phrase("no answer"))


def after(*events, state=None):
    state = state or AttemptState()
    for event in events:
        state = reduce(state, event)
    return state


def timed(*events, state=None):
    """Events, each with the seconds after noon at which it was."""
    state = state or AttemptState()
    for seconds, event in events:
        state = reduce(state, event, NOON + timedelta(seconds=seconds))
    return state


# the time spent


@pytest.mark.parametrize(
    ("events", "spent"),
    [
        ([(0, BEGUN)], 0),
        ([(0, BEGUN), (30, StepTried("one"))], 30),
        ([(0, BEGUN), (30, StepTried("one")), (31.5, StepTried("one"))], 31.5),
        ([(0, BEGUN), (PAUSE + 100, StepTried("one"))], PAUSE),  # away for a while
        ([(0, BEGUN), (40, StepTried("one")), (5000, BEGUN), (5010, StepTried("one"))], 50),  # between two visits
        ([(60, BEGUN), (0, StepTried("one"))], 0),  # the clock was put back
    ],
)  # fmt: skip
def test_the_time_spent_leaves_out_silences_and_what_is_between_visits(events, spent):
    state = timed(*events)
    assert state.seconds == spent
    assert state.last == NOON + timedelta(seconds=events[-1][0])


def test_nothing_is_spent_before_the_first_event():
    assert AttemptState(seconds=5).spent(NOON) == 5
    assert timed((0, BEGUN)).spent(NOON + timedelta(seconds=3)) == 3


def test_five_minutes_of_silence_count():
    assert PAUSE == 300


def test_the_time_of_a_step_is_what_was_spent_while_the_learner_was_at_it():
    state = timed(
        (0, BEGUN),
        (20, StepTried("one")),  # they went nowhere yet: it is this one's
        (30, StepReached("two")),  # where they were till then nobody knows
        (100, CheckUpdated("one", 0, PASSED)),
        (110, StepReached("one")),
        (115, BEGUN),
        (9000, BEGUN),
        (9007, HintShown("two", 0)),
    )
    assert (state.step("one").spent, state.step("two").spent) == (20 + 7, 80)
    assert state.seconds == 117
    assert timed((9010, StepReset("one")), state=state).step("one").spent == 30


def test_an_end_is_on_record_with_when_and_where_it_was():
    end = LabFinished(True, False, 1, 1, 1, 1, 5.0)
    state = timed((0, BEGUN), (1, StepReached("two")), (7, end), (9, StepReached("one")))
    assert (state.ended_at, state.ended_here) == (NOON + timedelta(seconds=7), "two")
    assert state.began == NOON


def test_an_event_without_a_time_leaves_the_time_alone():
    state = timed((0, BEGUN), (30, StepTried("one")))
    again = after(StepStarted("one"), state=state)
    assert (again.seconds, again.last, again.step("one").began) == (30, state.last, None)
    unlocked = timed((5, StepUnlocked("one")))
    assert after(StepStarted("one"), state=unlocked).step("one") == replace(
        unlocked.step("one"), status=StepStatus.RUNNING
    )


@pytest.mark.parametrize(
    ("events", "began"),
    [
        ([(5, StepUnlocked("one"))], 5),
        ([(5, StepReached("one"))], 5),
        ([(5, StepUnlocked("one")), (9, StepReached("one"))], 5),
        ([(5, StepReached("one")), (9, StepUnlocked("one"))], 5),
        ([(5, StepUnlocked("one")), (9, StepStarted("one"))], 9),
        ([(5, StepUnlocked("one")), (9, StepReset("one"))], 9),
        ([(5, StepTried("one"))], None),
    ],
)
def test_a_step_begins_when_it_is_gone_to_and_again_when_it_is_run_or_reset(events, began):
    expected = None if began is None else NOON + timedelta(seconds=began)
    assert timed(*events).step("one").began == expected


def test_a_step_is_opened_at_the_time_spent_so_far():
    state = timed((0, BEGUN), (20, StepUnlocked("one")), (50, StepReset("two")))
    assert (state.step("one").opened, state.step("two").opened) == (20, 50)


# help, and where the learner is


def test_hints_are_counted_by_the_furthest_one():
    assert [after(*events).step("one").hints for events in (
        [HintShown("one", 0)], [HintShown("one", 0), HintShown("one", 1)], [HintShown("one", 2), HintShown("one", 0)]
    )] == [1, 2, 3]  # fmt: skip


def test_what_the_learner_did_is_on_record():
    one = after(SolutionShown("one", "shown"), SkipTaken("one"), StepTried("one")).step("one")
    assert (one.solution, one.skipped, one.tried, one.worked_on) == ("shown", True, True, True)
    fresh = StepRecord()
    assert (fresh.solution, fresh.skipped, fresh.tried, fresh.worked_on, fresh.hints) == (
        "",
        False,
        False,
        False,
        0,
    )
    assert (fresh.broken, fresh.passed, fresh.reached, fresh.blocked_unjudged) == (False,) * 4
    assert (fresh.judged_for, fresh.runs_before, fresh.done, fresh.opened) == (0, 0, 0, 0)
    assert after(StepReached("two")).here == "two"


def test_a_fresh_attempt_has_nothing():
    fresh = AttemptState()
    assert (fresh.seconds, fresh.cleaned, fresh.running, fresh.interrupted) == (0, False, None, None)
    assert not fresh.finished


@pytest.mark.parametrize(
    ("event", "worked"),
    [
        (StepTried("one"), True),
        (QuizAnswered("one", "q", ("a",), "learner"), True),
        (CommandStarted("one", 0, "x"), True),
        (StepReached("one"), False),
        (HintShown("one", 0), False),
    ],
)
def test_what_counts_as_work_on_a_step(event, worked):
    assert after(event).step("one").worked_on is worked


def test_what_was_run_before_a_step_broke_is_no_work_on_it_since():
    broken = after(CommandFinished("one", 0, "x", GOOD), StepBroken("one", (UNREAD,)))
    assert not broken.step("one").worked_on
    assert after(CommandFinished("one", 0, "x", GOOD), state=broken).step("one").worked_on


# commands


@pytest.mark.parametrize(
    ("end", "reported"),
    [(None, (True, False, False)), (GOOD, (False, True, False)), (BAD, (False, False, True)), (GONE, (False, False, True))],
)  # fmt: skip
def test_a_run_runs_or_succeeded_or_failed(end, reported):
    run = CommandRun(0, "x", end)
    assert (run.running, run.succeeded, run.failed) == reported


def test_an_end_belongs_to_the_run_that_began_it():
    state = after(
        CommandFinished("one", 0, "x", BAD),
        CommandStarted("one", 0, "x"),
        CommandFinished("one", 0, "x", GOOD),
        CommandStarted("one", 1, "y"),
        CommandFinished("one", 2, "z", CommandEnd(None, 0.0, "not-run")),
    )
    one = state.step("one")
    assert [(run.index, run.end) for run in one.runs] == [
        (0, BAD),
        (0, GOOD),
        (1, None),
        (2, CommandEnd(None, 0.0, "not-run")),
    ]
    assert (state.running, one.done, one.status) == (("one", 1), 1, StepStatus.RUNNING)


@pytest.mark.parametrize(("end", "status"), [(GOOD, StepStatus.PASSED), (BAD, StepStatus.FAILED)])
def test_the_preparation_passes_or_fails_by_its_last_command(end, status):
    assert after(CommandFinished(SETUP, 0, "x", end)).step(SETUP).status is status
    assert after(CommandFinished("one", 0, "x", end)).step("one").status is StepStatus.WAITING


def test_a_second_visit_ends_what_ran_and_keeps_the_rest():
    state = after(
        CommandFinished("one", 0, "x", GOOD), CommandStarted("one", 1, "y"), CommandStarted("two", 0, "z"), BEGUN
    )  # fmt: skip
    assert (state.running, state.interrupted) == (None, ("two", 0))
    assert [run.command for run in state.step("one").runs] == ["x", "y"]
    assert state.step("two").runs == ()
    assert (state.attempt, state.target, state.server, state.version) == (
        "a1",
        "practice/lab",
        "https://s",
        "1.32.0",
    )
    assert after(CommandStarted("two", 0, "z"), state=state).interrupted is None
    by_hand = after(CommandFinished("two", 0, "z", GOOD, "learner"), state=state)
    assert (by_hand.interrupted, by_hand.step("two").run_of(0).by) == (None, "learner")
    assert after(CommandFinished("two", 1, "w", GOOD), state=state).interrupted == ("two", 0)
    assert after(CommandFinished("one", 0, "w", GOOD), state=state).interrupted == ("two", 0)


def test_a_second_visit_keeps_how_a_step_was_judged():
    state = after(StepPassed("one", 1.0), StepStarted("two"), BEGUN)
    assert [state.step(step).status for step in ("one", "two")] == [StepStatus.PASSED, StepStatus.WAITING]


def test_only_the_command_that_runs_is_renumbered():
    end = CommandFinished("one", 0, "x", GOOD)
    assert after().renumbered(end) is end
    assert after(CommandStarted("two", 4, "y")).renumbered(end) is end
    assert after(CommandStarted("one", 4, "x")).renumbered(end).index == 4


@pytest.mark.parametrize(("step", "cleaned"), [(CLEANUP, True), (SETUP, True), ("one", False)])
def test_the_cleanup_is_to_be_done_anew_once_a_step_is_worked_on(step, cleaned):  # fmt: skip
    clean = after(CommandStarted(CLEANUP, 0, "rm"), CommandFinished(CLEANUP, 0, "rm", GOOD))
    assert (clean.cleaned, clean.step(CLEANUP).done) == (True, 1)
    again = after(CommandFinished(step, 1, "x", GOOD), state=clean)
    assert again.cleaned is cleaned
    assert (again.step(CLEANUP).done > 0) is cleaned
    assert not after(CommandStarted("one", 0, "x")).cleaned


# judging


def test_a_step_is_judged_for_as_long_as_the_event_says():
    passed = after(StepBroken("one", (UNREAD,)), StepPassed("one", 2.5)).step("one")
    assert (passed.passed, passed.reached, passed.broken, passed.judged_for) == (True, True, False, 2.5)
    failed = after(CommandFinished("one", 0, "x", GOOD), StepFailed("one", 3.5, (UNREAD,), True)).step("one")
    assert (failed.status, failed.judged_for, failed.done) == (StepStatus.ERROR, 3.5, 0)
    assert not after(StepPassed("one", 1.0), StepFailed("one", 3.5, (UNREAD,), False)).step("one").passed


def test_a_broken_step_is_to_be_worked_through_anew():
    one = after(CommandFinished("one", 0, "x", GOOD), StepBroken("one", (PASSED, UNREAD))).step("one")
    assert (one.done, one.runs_before, one.outcomes) == (0, 1, {0: PASSED, 1: UNREAD})


def test_a_check_that_is_looked_at_begins_its_step_and_no_more():
    waiting = after(CheckUpdated("one", 1, PASSED)).step("one")
    assert (waiting.status, waiting.outcomes) == (StepStatus.RUNNING, {1: PASSED})
    assert (
        after(StepPassed("one", 1.0), CheckUpdated("one", 0, UNREAD)).step("one").status is StepStatus.PASSED
    )


@pytest.mark.parametrize(
    ("because", "before", "unjudged"),
    [
        ("", [], False),  # nothing was there to judge
        (SETUP, [], True),
        ("one", [StepFailed("one", 1.0, (UNREAD,), True)], True),
        ("one", [StepFailed("one", 1.0, (), False)], False),
        ("one", [], False),
    ],
)
def test_a_step_is_skipped_for_what_is_the_learners_or_is_not(because, before, unjudged):
    two = after(*before, StepSkipped("two", because)).step("two")
    assert (two.status, two.because, two.blocked_unjudged) == (StepStatus.SKIPPED, because, unjudged)


# a question, a lab that was saved


def test_an_answer_goes_to_the_step_that_the_question_is_in_now():
    state = after(
        QuizAnswered("one", "q", ("a",), "learner"),
        QuizAnswered("one", "r", ("b",), "learner"),
        QuizAnswered("two", "q", ("c",), "learner"),
        QuizAnswered("two", "q", ("d",), "learner"),
    )
    assert (state.step("one").answers, state.step("two").answers) == ({"r": ("b",)}, {"q": ("d",)})


def test_a_saved_lab_counts_anew_what_was_done_in_a_row():
    state = after(
        *(CommandFinished("one", at, str(at), GOOD) for at in range(3)),
        CommandFinished("two", 0, "x", GOOD),
        StepBroken("one", (UNREAD,)),
        CommandFinished("one", 0, "0", GOOD),
        CommandFinished("one", 1, "1", BAD),
        LabReplaced(("one", "two"), (), (("one", 0, 1), ("one", 1, 0), ("two", 0, 0))),
    )
    assert (state.step("one").done, state.step("two").done) == (0, 1)
    assert state.step("one").broken  # its checks are as they were
    row = after(
        CommandFinished("one", 1, "1", GOOD), CommandFinished("one", 0, "0", GOOD), LabReplaced(("one",), (), ())
    )  # fmt: skip
    assert row.step("one").done == 2
    assert "three" not in after(LabReplaced(("three",), (), ())).steps


def test_a_saved_lab_judges_anew_only_where_a_check_changed():
    passed = after(StepPassed("one", 1.0), CheckUpdated("one", 0, PASSED), StepBroken("two", (UNREAD,)))
    kept = after(LabReplaced(("one", "two"), (), ()), state=passed)
    assert (kept.step("one"), kept.step("two").broken) == (passed.step("one"), True)
    anew = after(LabReplaced(("one", "two"), ("one", "two"), ()), state=passed)
    one = anew.step("one")
    assert (one.status, one.passed, one.reached, one.outcomes) == (StepStatus.WAITING, False, False, {})
    assert (anew.step("two").broken, anew.step("two").status) == (False, StepStatus.WAITING)


def test_a_lab_that_was_finished_stays_so_unless_a_check_changed():
    done = after(StepPassed("one", 1.0), LabFinished(True, False, 1, 1, 1, 1, 1.0))
    assert after(LabReplaced(("one",), (), ()), state=done).finished
    assert not after(LabReplaced(("one",), ("one",), ()), state=done).finished


def test_a_command_of_another_step_keeps_its_number_when_a_lab_is_saved():
    state = after(CommandStarted("two", 0, "x"), LabReplaced(("one", "two"), (), (("one", 0, 3),)))
    assert state.running == ("two", 0)
    other = after(CommandStarted("one", 1, "x"), LabReplaced(("one",), (), (("one", 0, 3), ("two", 1, 7))))
    assert (other.running, other.step("one").runs[0].index) == (("one", 1), 1)
