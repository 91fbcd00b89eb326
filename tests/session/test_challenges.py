"""Steps whose solution the learner has to find, and steps with a setup of their own."""

from __future__ import annotations

import shutil

import pytest

from runner.session.attempt_state import setup_of
from runner.session.events import CommandFinished, StepPassed, StepReset
from runner.session.step_states import NotNow
from tests.session.walking import TITLE, holds, lab_of, step, until

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")


def make(name: str) -> str:
    return f"kubectl create configmap {name}"


async def test_a_challenge_keeps_its_solution_to_itself_until_it_is_done(learn, tmp_path):
    lab = lab_of(
        tmp_path, step("one", hints=[TITLE], solution=[make("one")], checks=[holds("one")]), skip=True
    )
    run = (await learn(lab)).run
    assert lab.step("one").challenge
    with pytest.raises(NotNow, match="once you have done it"):
        run.show_solution("one")
    with pytest.raises(NotNow):
        await run.run_solution("one")
    with pytest.raises(NotNow):  # it would be typed before the learner's eyes
        await run.skip("one")
    assert run.view.solution("one") == "" and not run.view.may_see_solution("one")
    run.insert_line(make("one"))
    run.shell.type(b"\r")
    await until(lambda: run.view.record.step("one").passed)
    run.show_solution("one")
    assert run.view.solution("one") == "shown"


async def test_the_setup_of_a_step_is_unseen_and_comes_before_its_checks(learn, tmp_path):
    first = step("one", make("one"), checks=[holds("one")])
    broken = step(
        "two",
        setup=["kubectl delete configmap two --ignore-not-found", "echo secretly"],
        solution=[make("two")],
        checks=[holds("two")],
    )
    learner = await learn(lab_of(tmp_path, first, broken))
    run = learner.run
    run.insert_line(make("two"))  # what the second step wants is there already
    run.shell.type(b"\r")
    await learner.sees("two created")
    await run.run_next("one")
    await learner.hears(StepPassed, step="one")
    assert not run.view.prepared("two") and not run.view.record.step("two").passed
    run.go_to("two")
    await until(lambda: run.view.prepared("two"))
    await until(lambda: (outcome := run.view.outcomes("two")[0]) and not outcome.passed)
    assert not run.view.record.step("two").passed
    assert b"secretly" not in learner.shown
    run.insert_line(make("two"))
    run.shell.type(b"\r")
    await learner.hears(StepPassed, step="two")
    await run.reset_step("two")  # it is broken again
    await until(lambda: (outcome := run.view.outcomes("two")[0]) and not outcome.passed)
    assert learner.heard(StepReset, step="two")


async def test_a_setup_that_fails_is_told_and_tried_again(learn, tmp_path, monkeypatch):
    monkeypatch.setattr("runner.session.step_setup.AGAIN", 0.1)
    flag = tmp_path / "flag"
    lab = lab_of(tmp_path, step("one", make("one"), setup=[f"cat {flag}"], checks=[holds("one")]))
    learner = await learn(lab)
    run = learner.run
    await learner.hears(CommandFinished, step=setup_of("one"), exit_code=1)
    await until(
        lambda: (outcome := run.view.outcomes("one")[0]) and "could not be prepared" in outcome.found.render()
    )
    flag.write_text("x")
    await until(lambda: run.view.prepared("one"))
    await until(lambda: (outcome := run.view.outcomes("one")[0]) and not outcome.passed)
