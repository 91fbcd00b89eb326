"""The one reading of the events: what records of learners come to, and what each event does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.base import Outcome, Verdict
from checks.phrase import phrase
from runner.session.attempt_state import AttemptState, CommandRun, StepStatus
from runner.session.codec import read
from runner.session.events import (
    CLEANUP,
    CheckUpdated,
    ClusterBack,
    ClusterLost,
    CommandFinished,
    CommandStarted,
    Event,
    LabFinished,
    LabReplaced,
    LabStarted,
    QuizAnswered,
    StepBroken,
    StepFailed,
    StepPassed,
    StepReset,
    StepSkipped,
    StepStarted,
    StepTried,
)
from runner.session.progress import RECORD, read_state
from runner.session.reducer import reduce
from runner.shell import CommandEnd

RECORDS = Path(__file__).with_name("records")
"""Written by learners' own runs, before a command's end became one thing."""
PASSED = Outcome(Verdict.PASSED, phrase("ready"), phrase("ready"))
FAILED = Outcome(Verdict.FAILED, phrase("ready"), phrase("not there"))
UNREAD = Outcome(Verdict.ERROR, phrase("ready"), phrase("no answer"))
BEGUN = LabStarted("lab", "practice/lab", "https://s", "1.32.0", "a1", resumed=False)
GOOD, BAD = CommandEnd(0, 1.5), CommandEnd(1, 0.5)


def state_of(*events: Event) -> AttemptState:
    state = AttemptState()
    for event in events:
        state = reduce(state, event)
    return state


@pytest.fixture
def recorded(tmp_path: Path):
    def load(name: str) -> AttemptState:
        (tmp_path / RECORD).write_bytes((RECORDS / f"{name}.jsonl").read_bytes())
        return read_state(tmp_path)

    return load


# records of today's form


def test_a_record_of_a_lab_that_was_cleaned_up_and_begun_again(recorded):
    state = recorded("cleaned-up-and-begun-again")
    one = state.step("one")
    assert (one.passed, one.broken, one.reached) == (False, True, True)
    assert (one.done, one.run_of(0)) == (0, None)  # to be run again
    assert [run.end.exit_code for run in one.runs] == [0, 0]
    assert state.finished
    assert not state.cleaned
    assert state.step(CLEANUP).done == 0
    assert state.attempt == "20261130T162409"


def test_a_record_of_a_step_that_was_reset(recorded):
    one = recorded("step-reset").step("one")
    assert (one.passed, one.hints, one.run_of(0)) == (True, 0, None)
    assert one.answers == {"which": ("a",)}
    assert [one.outcomes[at].verdict for at in range(3)] == [Verdict.PASSED] * 3


def test_a_record_of_a_visit_that_was_killed(recorded):
    state = recorded("killed")
    two = state.step("two")
    assert (state.here, state.running, two.done) == ("two", None, 1)
    assert two.run_of(0).succeeded
    assert two.run_of(1).end == CommandEnd(130, two.run_of(1).end.seconds, "interrupted")
    lines = (RECORDS / "killed.jsonl").read_text().splitlines()
    until = next(at for at, line in enumerate(lines) if '"resumed": true' in line)
    killed = state_of(*(read(line)[0] for line in lines[:until]))
    again = state_of(*(read(line)[0] for line in lines[: until + 1]))
    assert (killed.running, killed.interrupted) == (("two", 1), None)
    assert (again.running, again.interrupted) == (None, ("two", 1))
    assert again.step("two").run_of(1) is None  # to be run again


def test_a_record_with_hints_and_a_solution(recorded):
    one = recorded("hints-and-solution").step("one")
    assert (one.hints, one.solution, one.passed) == (2, "typed", True)
    assert [run.index for run in one.runs] == [1, 2]


def test_a_record_of_a_command_that_was_typed_by_hand(recorded):
    run = recorded("failed-by-hand").step("one").run_of(0)
    assert (run.by, run.succeeded, run.command) == ("learner", True, "cat flag")


# pure


def test_a_state_is_never_changed():
    before = state_of(BEGUN, CheckUpdated("one", 0, FAILED), CommandStarted("one", 0, "x"))
    copy = replace(before, steps={**before.steps})
    for event in (
        CheckUpdated("one", 0, PASSED),
        CommandFinished("one", 0, "x", GOOD),
        StepPassed("one", 1.0),
        QuizAnswered("one", "q", ("a",), "learner"),
        StepReset("one"),
        ClusterLost(phrase("gone")),
    ):
        reduce(before, event)
        assert before == copy


# commands


def test_a_command_runs_until_it_ends():
    running = state_of(BEGUN, CommandStarted("one", 0, "x"))
    assert running.running == ("one", 0)
    assert running.step("one").run_of(0) == CommandRun(0, "x")
    ended = reduce(running, CommandFinished("one", 0, "x", BAD))
    assert ended.running is None
    assert ended.step("one").run_of(0) == CommandRun(0, "x", BAD)
    assert ended.step("one").done == 0


def test_commands_count_as_done_only_in_a_row():
    state = state_of(CommandFinished("one", 1, "y", GOOD), CommandFinished("one", 0, "x", GOOD))
    assert state.step("one").done == 1


def test_a_run_that_ends_after_its_step_broke_is_not_of_before():
    state = state_of(
        CommandFinished("one", 1, "y", GOOD),
        CommandStarted("one", 0, "x"),
        StepBroken("one", (FAILED,)),
        CommandFinished("one", 0, "x", GOOD),
    )
    assert state.step("one").run_of(1) is None
    assert state.step("one").run_of(0).succeeded


def test_work_on_a_step_makes_the_cleanup_undone():
    state = state_of(
        StepStarted(CLEANUP),
        CommandStarted(CLEANUP, 0, "rm"),
        CommandFinished(CLEANUP, 0, "rm", BAD),
        StepFailed(CLEANUP, 1.0, (FAILED,), could_not_judge=False),
    )
    assert state.cleaned
    again = reduce(state, CommandStarted("one", 0, "x"))
    assert not again.cleaned
    assert again.step(CLEANUP).status is StepStatus.WAITING


# judging


def test_a_step_that_was_skipped_keeps_that_it_passed():
    state = state_of(
        StepPassed("two", 1.0), StepFailed("one", 1.0, (UNREAD,), True), StepSkipped("two", "one")
    )
    two = state.step("two")
    assert (two.status, two.passed, two.because, two.blocked_unjudged) == (
        StepStatus.SKIPPED,
        True,
        "one",
        True,
    )


@pytest.mark.parametrize(("outcome", "status"), [(FAILED, StepStatus.FAILED), (UNREAD, StepStatus.ERROR)])
def test_a_step_that_breaks(outcome, status):
    one = state_of(StepPassed("one", 1.0), StepBroken("one", (outcome,))).step("one")
    assert (one.status, one.passed, one.broken, one.reached) == (status, False, True, True)
    assert one.outcomes == {0: outcome}
    assert not state_of(StepBroken("one", ()), StepPassed("one", 1.0)).step("one").broken


def test_what_ran_when_a_visit_ended_runs_no_more():
    state = state_of(StepStarted("one"), CommandStarted("one", 0, "x"), BEGUN)
    assert (state.running, state.step("one").status) == (None, StepStatus.WAITING)


# the learner


def test_a_reset_step_is_forgotten_but_for_what_it_unlocked():
    state = state_of(
        StepPassed("one", 1.0),
        QuizAnswered("one", "q", ("a",), "learner"),
        StepTried("one"),
        LabFinished(True, False, 1, 1, 1, 1, 1.0),
        StepReset("one"),
    )
    one = state.step("one")
    assert (one.passed, one.reached, one.answers, one.tried, state.finished) == (
        False,
        True,
        {},
        False,
        False,
    )


def test_a_question_has_one_answer_whatever_its_step_is_called():
    state = state_of(QuizAnswered("one", "q", ("a",), "learner"), QuizAnswered("uno", "q", ("b",), "learner"))
    assert state.answers == {"q": ("b",)}


def test_the_cluster_is_lost_until_it_is_back():
    lost = state_of(ClusterLost(phrase("gone")))
    assert lost.lost == phrase("gone")
    assert reduce(lost, ClusterBack()).lost is None


# a preview's saves


def test_commands_have_new_numbers_and_changed_checks_are_judged_anew():
    state = state_of(
        CommandFinished("one", 0, "x", GOOD),
        CommandFinished("one", 1, "y", GOOD),
        CheckUpdated("one", 0, PASSED),
        StepPassed("one", 1.0),
        StepPassed("two", 1.0),
        LabFinished(True, False, 2, 2, 2, 2, 1.0),
        LabReplaced(("one", "two"), ("one",), (("one", 0, 1), ("one", 1, -2))),
    )
    one = state.step("one")
    assert [one.run_of(at) and one.run_of(at).command for at in (0, 1)] == [None, "x"]
    assert (one.done, one.passed, one.reached, one.outcomes) == (0, False, False, {})
    assert state.step("two").passed
    assert not state.finished


def test_a_command_that_runs_while_its_lab_is_saved_ends_by_its_new_number():
    state = state_of(CommandStarted("one", 0, "x"), LabReplaced(("one",), (), (("one", 0, 3),)))
    assert state.running == ("one", 3)
    end = state.renumbered(CommandFinished("one", 0, "x", GOOD))
    assert end.index == 3
    assert reduce(state, end).step("one").run_of(3).succeeded
