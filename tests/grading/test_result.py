"""What a stream of events comes to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.phrase import phrase
from runner.grading.result import Ending, Result, State
from runner.session.events import CommandFinished, CommandStarted, StepBroken, StepPassed, StepStarted
from runner.session.score import score
from runner.shell import CommandEnd


@pytest.mark.parametrize(
    ("name", "ending", "code"),
    [
        ("passed", Ending.PASSED, 0),
        ("not-passed", Ending.NOT_PASSED, 1),
        ("unreadable", Ending.NOT_JUDGED, 3),
    ],
)
def test_ending_and_exit_code(result_of, streams, name, ending, code):
    result = result_of(streams[name])
    assert result.ending is ending
    assert result.ending.exit_code == code


@pytest.mark.parametrize("name", ["passed", "not-passed", "unreadable"])
def test_counts_are_those_of_the_session(lab, result_of, streams, name):
    result = result_of(streams[name])
    finished = score(lab.steps, result.record, 0.0)
    assert (result.passed, result.total) == (finished.steps_passed, finished.steps_total)
    assert (result.points, result.points_total) == (finished.points, finished.points_total)


def test_states_of_steps(result_of, streams):
    result = result_of(streams["not-passed"])
    assert [step.state for step in result.steps] == [State.FAILED, State.SKIPPED, State.SKIPPED]
    assert result.steps[1].because == "install"
    assert [each.check.subject for each in result.steps[0].failing] == ["deployment", "namespace"]


def test_a_stream_that_stops_is_not_judged(result_of, streams):
    result = result_of(streams["passed"][:6])
    assert result.ending is Ending.NOT_JUDGED
    assert result.current == result.steps[0]


def test_an_interruption_is_neither_pass_nor_fail(result_of, streams):
    result = result_of(streams["not-passed"][:6])
    result.interrupted = True
    assert result.ending.exit_code == 130


def test_a_problem_outweighs_a_pass(result_of, streams):
    result = result_of(streams["passed"])
    result.problem = phrase("the cluster went away")
    assert result.ending is Ending.NOT_JUDGED


def test_broken_later(result_of, streams, absent, unread):
    whole = streams["passed"]
    broken = StepBroken("expose", (absent,))
    result = result_of([*whole, broken])
    assert result.find("expose").state is State.FAILED
    assert result.find("expose").broken
    assert result_of([*whole, StepBroken("expose", (unread,))]).find("expose").state is State.ERROR
    again = result_of([*whole, broken, StepStarted("expose"), StepPassed("expose", 1.0)])
    assert again.find("expose").state is State.PASSED
    assert not again.find("expose").broken


def test_setup_shows_only_where_it_ran(result_of, streams):
    assert [part.id for part in result_of(streams["passed"]).parts] == ["install", "expose", "bonus"]
    ran = [CommandStarted("setup", 0, "false"), CommandFinished("setup", 0, "false", CommandEnd(1, 0.1))]
    result = result_of([streams["passed"][0], *ran])
    assert result.parts[0].state is State.FAILED


def test_commands_that_never_started_are_kept(result_of, streams):
    result = result_of(
        [*streams["passed"][:5], CommandFinished("install", 1, "next", CommandEnd(None, 0.0, "not-run"))]
    )
    assert [run.command for run in result.steps[0].commands] == ["istioctl install", "next"]


def test_only_the_steps_asked_for(lab):
    result = Result.of(lab, datetime.now(UTC), ["expose"])
    assert [step.id for step in result.steps] == ["expose"]
