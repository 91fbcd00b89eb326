"""What happens by itself while a learner works: steps pass, unlock, break, mend."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from checks.base import Outcome, Verdict
from checks.http import Http
from runner.session.events import (
    CheckUpdated,
    ClusterBack,
    ClusterLost,
    ConsoleOpened,
    LabFinished,
    LabStarted,
    StepBroken,
    StepPassed,
    StepUnlocked,
)
from runner.session.step_states import StepLocked, StepState
from tests.session.walking import QUIZ, holds, lab_of, step, until, words

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")


async def test_a_step_passes_by_a_change_from_outside_and_unlocks_the_next(learn, cluster, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one"), step("two")))
    run = learner.run
    assert isinstance(
        learner.reported[0] if learner.reported else await learner.hears(LabStarted), LabStarted
    )
    assert [run.view.state(each) for each in ("one", "two")] == [StepState.OPEN, StepState.LOCKED]
    await cluster.make("one")
    await learner.hears(StepUnlocked, step="two")
    message = [type(event) for event in learner.reported if not isinstance(event, CheckUpdated)]
    assert message == [LabStarted, StepPassed, StepUnlocked]
    assert [run.view.state(each) for each in ("one", "two")] == [StepState.PASSED, StepState.OPEN]
    assert run.view.here() == "two"
    assert not run.view.finished
    await cluster.make("two")
    finished = await learner.hears(LabFinished)
    assert (finished.passed, finished.points, finished.points_total) == (True, 2, 2)
    assert run.view.finished


async def test_a_locked_step_says_what_to_do_first(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("zero", optional=True), step("one"), step("two", "true")))
    with pytest.raises(StepLocked) as problem:
        await learner.run.run_next("two")
    assert "Do step 2 first" in words(problem)
    with pytest.raises(StepLocked):
        learner.run.insert("two", 0)
    with pytest.raises(StepLocked):
        await learner.run.run_solution("two")


async def test_a_step_passes_when_all_its_checks_hold_together(learn, cluster, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", checks=[holds("a"), holds("b")])))
    await cluster.make("a")
    await until(lambda: (outcome := learner.run.view.outcomes("one")[0]) and outcome.passed)
    await cluster.take("a")
    await until(lambda: not learner.run.view.outcomes("one")[0].passed)
    await cluster.make("b")
    await until(lambda: (outcome := learner.run.view.outcomes("one")[1]) and outcome.passed)
    assert learner.run.view.state("one") is not StepState.PASSED
    await cluster.make("a")
    await learner.hears(StepPassed, step="one")


async def test_a_once_check_keeps_what_it_had(learn, cluster, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", checks=[holds("a", once=True), holds("b")])))
    await cluster.make("a")
    await until(lambda: (outcome := learner.run.view.outcomes("one")[0]) and outcome.passed)
    await cluster.take("a")
    await cluster.make("b")
    await learner.hears(StepPassed, step="one")


async def test_what_is_broken_is_reported_and_what_is_mended_too(learn, cluster, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one"), step("two")))
    await cluster.make("one")
    await learner.hears(StepPassed, step="one")
    await cluster.take("one")
    broken = await learner.hears(StepBroken, step="one")
    assert broken.outcomes[0].verdict is Verdict.FAILED
    assert learner.run.view.state("one") is StepState.BROKEN
    assert learner.run.view.state("two") is StepState.OPEN  # unlocked stays unlocked
    await cluster.make("two")
    await learner.hears(StepPassed, step="two")
    assert not learner.heard(LabFinished)
    await cluster.make("one")
    await learner.hears(LabFinished, passed=True)
    assert len(learner.heard(StepPassed, step="one")) == 2


async def test_what_is_taken_away_for_a_moment_is_not_broken(learn, cluster, tmp_path, monkeypatch):
    monkeypatch.setattr("runner.session.step_watcher.BROKEN_AFTER", 4.0)  # the moment may be a long one
    learner = await learn(lab_of(tmp_path, step("one"), step("two")))
    await cluster.make("one")
    await learner.hears(StepPassed, step="one")
    await cluster.take("one")
    await until(lambda: not learner.run.view.outcomes("one")[0].passed)
    await cluster.make("one")
    await until(lambda: learner.run.view.outcomes("one")[0].passed)
    await asyncio.sleep(4.5)  # longer than what counts as broken
    assert not learner.heard(StepBroken)
    assert learner.run.view.state("one") is StepState.PASSED


async def test_a_bonus_step_blocks_nobody(learn, cluster, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one"), step("bonus", optional=True), step("two")))
    await cluster.make("one")
    await learner.hears(StepUnlocked, step="two")
    await cluster.make("two")
    finished = await learner.hears(LabFinished)
    assert (finished.steps_passed, finished.steps_total) == (2, 2)
    await cluster.make("bonus")
    await learner.hears(StepPassed, step="bonus")
    await cluster.take("bonus")
    await learner.hears(StepBroken, step="bonus")
    assert learner.run.view.finished
    assert len(learner.heard(LabFinished)) == 1


async def test_an_answer_is_judged_at_once(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one", checks=[QUIZ])))
    await until(lambda: learner.run.view.outcomes("one")[0])
    assert not learner.run.view.begun("one")
    learner.run.answer("which", ("b",))
    await until(lambda: "Not the right answer" in learner.run.view.outcomes("one")[0].found.render())
    assert learner.run.view.begun("one")
    learner.run.answer("which", ("a",))
    await learner.hears(StepPassed, step="one")
    assert learner.run.view.answers == {"which": ("a",)}
    with pytest.raises(KeyError):
        learner.run.answer("no such question", ())


async def test_a_step_to_be_read_is_done_and_one_without_checks_when_its_commands_are(learn, tmp_path):
    learner = await learn(lab_of(tmp_path, step("read", checks=[]), step("do", "false || true", checks=[])))
    await learner.hears(StepUnlocked, step="do")
    assert learner.run.view.state("do") is StepState.OPEN
    await learner.run.run_next("do")
    await learner.hears(LabFinished, passed=True)


async def test_a_record_that_cannot_be_written_does_not_end_the_lab(
    learn, cluster, tmp_path, monkeypatch, caplog
):
    learner = await learn(lab_of(tmp_path, step("one"), step("two")))

    def full(event):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(learner.run.runner.progress, "append", full)
    await cluster.make("one", "two")
    await learner.hears(LabFinished, passed=True)
    assert "could not be written" in caplog.text


async def test_a_cluster_that_is_lost_is_reported_and_is_nobodys_fault(learn, cluster, tmp_path):
    learner = await learn(lab_of(tmp_path, step("one"), step("two")))
    await cluster.make("one")
    await learner.hears(StepPassed, step="one")
    await cluster.practice.stop()
    await learner.hears(ClusterLost)
    assert learner.run.record.lost is not None
    await until(lambda: learner.run.view.outcomes("two")[0].verdict is Verdict.ERROR)
    assert learner.run.view.state("one") is StepState.PASSED
    await cluster.practice.start()
    await learner.hears(ClusterBack)
    assert learner.run.record.lost is None
    await cluster.make("two")
    await learner.hears(LabFinished, passed=True)
    assert not learner.heard(StepBroken)


async def test_a_step_about_a_console_waits_until_the_learner_has_opened_it(learn, tmp_path, monkeypatch):
    async def answers(check: Http, _: object) -> Outcome:
        return Outcome(Verdict.PASSED, check.describe(), check.describe())

    monkeypatch.setattr(Http, "evaluate", answers)
    console = {"service": "web", "in": "default", "port": 80, "title": "Web"}
    page = {"http": {"service": "web", "port": 80}}
    of = lab_of(tmp_path, step("one", checks=[page], console=console), step("two"))
    learner = await learn(of)
    run = learner.run
    await until(lambda: (seen := run.view.outcomes("one")[0]) and seen.passed)
    await asyncio.sleep(0)
    assert run.view.state("one") is StepState.OPEN and run.view.waits_for_console("one")
    line = run.coaching("one", "en")
    assert line is not None and line.words.render() == "Open the console: Web"
    run.console_opened("one")
    await learner.hears(StepPassed, step="one")
    assert not run.view.waits_for_console("one")
    run.console_opened("one")
    assert len(learner.heard(ConsoleOpened)) == 1
