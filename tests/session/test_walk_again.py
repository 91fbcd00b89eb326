"""Coming back: after leaving, after a kill, with a second Labgate, from the beginning."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runner.session.attempt_state import PAUSE
from runner.session.events import (
    CommandFinished,
    CommandStarted,
    LabFinished,
    LabStarted,
    StepBroken,
    StepPassed,
    StepUnlocked,
)
from runner.session.progress import AttemptInUse, Progress
from runner.session.step_states import StepState
from tests.session.walking import QUIZ, TITLE, holds, lab_of, step, until

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")


async def test_everything_is_as_it_was_left(learn, cluster, tmp_path):
    lab = lab_of(
        tmp_path,
        step("one", "mkdir -p deep", "cd deep; export PATH=$PATH:/added", checks=[holds("one"), QUIZ]),
        step("two", "basename $PWD", hints=[TITLE, TITLE], solution=["true"]),
        step("three"),
    )
    first = await learn(lab)
    for _ in range(2):
        await first.run.run_next("one")
    first.run.answer("which", ("a",))
    await cluster.make("one")
    await first.hears(StepUnlocked, step="two")
    first.run.go_to("two")
    first.run.show_hint("two")
    first.run.show_solution("two")
    spent = first.run.view.seconds
    await first.leaves()

    again = await learn(lab)
    run = again.run
    assert (await again.hears(LabStarted)).resumed
    states = [run.view.state(each) for each in ("one", "two", "three")]
    assert states == [StepState.PASSED, StepState.OPEN, StepState.LOCKED]  # at once
    assert run.view.here() == "two"
    assert (run.view.hints("two"), run.view.solution("two"), run.view.answers) == (
        1,
        "shown",
        {"which": ("a",)},
    )
    assert [each.succeeded for each in run.view.commands("one")] == [True, True]
    assert run.view.seconds >= spent
    assert "mkdir -p deep" in run.earlier()
    await run.run_next("two")
    await again.sees("deep\r\n")
    assert "/added" in run.shell.saved.environment["PATH"]
    await cluster.make("two", "three")
    await again.hears(LabFinished, passed=True)
    assert not again.heard(StepPassed, step="one")


async def test_what_broke_while_nobody_was_there_is_reported(learn, cluster, tmp_path):
    lab = lab_of(tmp_path, step("one"), step("two"), step("three"))
    first = await learn(lab)
    await cluster.make("one", "two")
    await first.hears(StepUnlocked, step="three")
    await first.leaves()
    await cluster.take("one")
    second = await learn(lab)
    await second.hears(StepBroken, step="one")
    await second.leaves()
    third = await learn(lab)
    assert third.run.view.state("one") is StepState.BROKEN  # known from the record
    assert third.run.view.state("three") is StepState.OPEN
    await cluster.make("three")
    await third.hears(StepPassed, step="three")
    await until(lambda: third.run.view.outcomes("two")[0].passed)
    assert not third.heard(LabFinished)  # not all hold together
    await cluster.make("one")
    await third.hears(LabFinished, passed=True)


async def test_what_was_cleaned_up_is_not_broken_on_the_next_visit(learn, cluster, tmp_path):
    cleanup = {"title": TITLE, "text": TITLE, "run": ["kubectl delete configmap one"]}
    lab = lab_of(tmp_path, step("one", "kubectl create configmap one"), cleanup=cleanup)
    first = await learn(lab)
    await first.run.run_next("one")
    await first.hears(LabFinished, passed=True)
    await first.run.clean_up()
    await first.leaves()
    again = await learn(lab)
    await asyncio.sleep(1.5)  # longer than what counts as broken
    assert again.run.view.state("one") is StepState.PASSED
    assert not again.heard(StepBroken)


async def test_two_at_once_are_distinguished_in_words(learn, tmp_path):
    lab = lab_of(tmp_path, step("one"))
    first = await learn(lab)
    with pytest.raises(AttemptInUse, match="already open"):
        await learn(lab)
    await first.leaves()
    await (await learn(lab)).leaves()


async def test_begun_again_is_from_the_first_step_in_an_empty_folder(learn, cluster, tmp_path):
    lab = lab_of(tmp_path, step("one", "echo made > file; cd /"), step("two"))
    learner = await learn(lab)
    await learner.run.run_next("one")
    await cluster.make("one")
    await learner.hears(StepUnlocked, step="two")
    await cluster.take("one")
    run = await learner.visit.begin_again()
    assert run.shell.size == (100, 30)
    assert [run.view.state(each) for each in ("one", "two")] == [StepState.OPEN, StepState.LOCKED]
    assert run.view.next_command("one") == 0
    assert run.earlier() == ""
    folder = run.shell.saved.folder
    assert folder.name == "workspace"
    assert not any(folder.iterdir())
    assert len(list((tmp_path / "labgate").rglob("record-*.jsonl"))) == 1


PROGRAM = """
import asyncio, sys
from pathlib import Path
from runner.session.events import StepUnlocked
from runner.session.lab_places import Place
from runner.session.trust import allow_folder
from tests.session.walking import Learner, lab_of, step

async def main(folder, server, context, kubeconfig):
    lab = lab_of(Path(folder), step("one"), step("two", "mkdir -p here; cd here; export KEPT=yes", "sleep 1000"))
    allow_folder(lab.folder)
    learner = await Learner.at(lab, Place("test", server, context, Path(kubeconfig), False, True))
    await learner.hears(StepUnlocked, step="two")
    learner.run.go_to("two")
    await learner.run.run_next("two")
    print("sleeping", flush=True)
    await learner.run.run_next("two")

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_kill_costs_nothing(learn, cluster, tmp_path):
    await cluster.make("one")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        *(str(tmp_path), cluster.practice.server, cluster.practice.context, str(cluster.kubeconfig)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"sleeping\n"
    record = next((tmp_path / "labgate").rglob("record.jsonl"))
    await until(lambda: "sleep 1000" in record.read_text())
    process.send_signal(signal.SIGKILL)
    await process.wait()

    lab = lab_of(tmp_path, step("one"), step("two", "mkdir -p here; cd here; export KEPT=yes", "sleep 1000"))
    learner = await learn(lab)
    run = learner.run
    assert run.view.here() == "two"
    assert run.view.state("one") is StepState.PASSED
    assert [bool(each and each.end) for each in run.view.commands("two")] == [True, False]
    assert run.view.next_command("two") == 1  # the one that was interrupted may be run again
    assert run.shell.saved.folder.name == "here"
    assert run.shell.saved.environment["KEPT"] == "yes"
    running = asyncio.create_task(run.run_next("two"))
    await learner.hears(CommandStarted, step="two", index=1)
    await until(lambda: run.shell.foreground == "sleep")
    run.shell.interrupt()
    await running
    await learner.hears(CommandFinished, step="two", index=1, reason="interrupted")


async def test_leaving_interrupts_what_runs_and_it_is_next_again(learn, tmp_path):
    lab = lab_of(tmp_path, step("one", "sleep 1000"))
    learner = await learn(lab)
    running = asyncio.create_task(learner.run.run_next("one"))
    await until(lambda: learner.run.shell.foreground == "sleep")
    await learner.leaves()
    await asyncio.wait((running,))
    assert running.cancelled()
    again = await learn(lab)
    assert again.run.view.next_command("one") == 0
    assert again.run.view.commands("one")[0] is None
    await again.leaves()
    assert again.run.show_hint("one") == 0  # too late, and no harm done


def test_time_spent_is_counted_over_visits_and_silences_are_not(tmp_path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def visit(*pauses: float) -> float:
        nonlocal now
        progress = Progress(tmp_path, lambda: now)
        progress.append(LabStarted("lab", "t", "s", "v", "a", resumed=False))
        for pause in pauses:
            now += timedelta(seconds=pause)
            progress.append(CommandStarted("one", 0, "x"))
        spent = progress.seconds
        progress.close()
        return spent

    assert visit(5, 10) == 15
    now += timedelta(hours=3)  # away between two visits
    assert visit(20) == 35
    assert visit(4 * PAUSE) == 35 + PAUSE
