"""From the beginning, on a practice cluster in a process of its own; and a finished lab, opened once more."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runner.labs.model import Lab
from runner.practice import process
from runner.practice.process import PracticeError
from runner.session.events import LabFinished, StepPassed
from runner.session.lab_places import practice_place
from runner.session.learner_run import LearnerRun
from runner.session.step_states import StepState
from runner.session.visit import Visit
from tests.session.walking import Learner, lab_of, step, until

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")

SIZE = (100, 30)


@pytest.fixture
def lab(home: Path, tmp_path: Path) -> Lab:
    return lab_of(tmp_path, step("one", "kubectl create configmap one"), step("two"), id="again")


@pytest.fixture
async def visit(lab: Lab) -> AsyncIterator[Visit]:
    made = Visit(lab, practice_place(lab))
    yield made
    await made.close()
    await asyncio.to_thread(process.stop, lab.id)


async def configmaps(run: LearnerRun) -> set[str]:
    return {
        each["metadata"]["name"] for each in await run.runner.judge.cluster.list("v1", "ConfigMap", "default")
    }


async def with_the_first_step_done(visit: Visit) -> Learner:
    learner = Learner(visit, await visit.enter(SIZE))
    await learner.run.run_next("one")
    await learner.hears(StepPassed, step="one")
    return learner


@pytest.mark.parametrize("ran_before", [False, True])
async def test_a_new_cluster_knows_nothing_of_the_old_one(lab: Lab, visit: Visit, ran_before: bool) -> None:
    if ran_before:
        await asyncio.to_thread(process.start, lab.id)
    learner = await with_the_first_step_done(visit)
    assert "one" in await configmaps(learner.run)
    await visit.give_up_cluster()
    again = Learner(visit, await visit.enter((80, 24)))
    assert "one" not in await configmaps(again.run)
    assert [again.run.view.state(each) for each in ("one", "two")] == [StepState.OPEN, StepState.LOCKED]
    assert again.run.earlier() == ""
    await again.run.run_next("one")
    await again.hears(StepPassed, step="one")
    await again.leaves()
    await learner.leaves()
    assert (process.status(lab.id) is not None) is ran_before


async def test_on_the_same_cluster_what_holds_passes_at_once(visit: Visit) -> None:
    learner = await with_the_first_step_done(visit)
    again = Learner(visit, await visit.begin_again())
    assert again.run.view.next_command("one") == 0
    await again.hears(StepPassed, step="one")
    await again.leaves()
    await learner.leaves()


async def test_arriving_works_once_what_was_in_the_way_is_gone(visit: Visit, home: Path) -> None:
    home.mkdir(exist_ok=True)
    obstacle = home / "practice"
    obstacle.write_text("a file where the folder should be")
    for _ in range(2):
        with pytest.raises(PracticeError):
            await visit.arrive()
    obstacle.unlink()
    assert (await visit.arrive()).practice


async def test_a_finished_lab_is_finished_when_it_is_opened_again(visit: Visit) -> None:
    learner = await with_the_first_step_done(visit)
    await learner.types("kubectl create configmap two")
    await learner.hears(LabFinished, passed=True)
    await learner.leaves()
    again = Learner(visit, await visit.enter(SIZE))
    assert again.run.view.finished
    assert again.run.view.score().passed
    await again.types("kubectl delete configmap two")
    await until(lambda: again.run.view.state("two") is StepState.BROKEN)
    assert not again.run.view.finished
    await again.types("kubectl create configmap two")
    await again.hears(StepPassed, step="two")
    assert again.run.view.finished
    assert not again.heard(LabFinished)  # reported once in an attempt
    await again.leaves()
