"""Coming to a lab's cluster, leaving it, and coming again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from runner.practice import process
from runner.session.lab_places import practice_place
from runner.session.lab_runner import LabRunner
from runner.session.progress import AttemptInUse
from runner.session.step_states import StepState
from runner.session.visit import Visit
from runner.words import UserError
from tests.session.walking import lab_of, step, until


@pytest.fixture(autouse=True)
def nothing_is_left(home: Path) -> Iterator[None]:
    yield
    assert process.status("small") is None


async def test_arriving_again_is_the_same_cluster_or_a_new_one_where_it_has_gone(tmp_path):
    lab = lab_of(tmp_path, step("one"))
    visit = Visit(lab, practice_place(lab))
    target = await visit.arrive()
    assert await visit.arrive() == target
    running = process.status("small")
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    await until(lambda: process.status("small") is None)
    await visit.arrive()
    assert process.status("small") is not None
    assert [outcome async for outcome in visit.examine()] == []
    await visit.close()
    await visit.close()


async def test_who_leaves_half_way_leaves_no_cluster_behind(tmp_path):
    lab = lab_of(tmp_path, step("one"))
    visit = Visit(lab, practice_place(lab))
    arriving = asyncio.create_task(visit.arrive())
    await asyncio.sleep(0.05)
    arriving.cancel()
    with suppress(asyncio.CancelledError):
        await arriving
    await visit.close()
    assert process.status("small") is None


async def test_a_context_that_is_not_there_is_reported_every_time(tmp_path):
    lab = lab_of(tmp_path, step("one"))
    place = replace(practice_place(lab), practice=False, context="no-such", kubeconfig=tmp_path / "none")
    visit = Visit(lab, place)
    for _ in range(2):
        with pytest.raises(UserError):
            await visit.arrive()
    await visit.close()


async def test_nobodys_practice_cluster_is_reset_under_their_feet(tmp_path):
    lab = lab_of(tmp_path, step("one"))
    first = Visit(lab, practice_place(lab))
    run = await first.enter((80, 24))
    second = Visit(lab, practice_place(lab), fresh=True)
    with pytest.raises(AttemptInUse):
        await second.arrive()
    await second.close()
    assert run.record.lost is None
    assert process.status("small") is not None
    await first.close()


async def test_a_practice_cluster_is_begun_again(tmp_path):
    lab = lab_of(tmp_path, step("one", "kubectl create configmap one"), step("two"))
    visit = Visit(lab, practice_place(lab))
    run = await visit.enter((90, 20))
    await run.run_next("one")
    await until(lambda: run.view.state("one") is StepState.PASSED)
    await visit.give_up_cluster()
    run = await visit.enter((90, 20))
    await until(lambda: run.view.outcomes("one")[0])
    assert run.view.state("one") is StepState.OPEN
    assert run.view.state("two") is StepState.LOCKED
    await visit.close()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("~ ❯ ls\na\n~ ❯\n", "~ ❯ ls\na"),
        ("~ ❯ false\n(venv) ✗1 ~/istio-1.11.3 ❯\n\n~ ❯\n", "~ ❯ false"),
        ("x1 /tmp >\n", ""),
        ("~ ❯ cat a\n1 > 2 >\n", "~ ❯ cat a\n1 > 2 >"),
        ("1\n2\n3\n", "2\n3"),
        ("", ""),
    ],
)
def test_what_was_shown_earlier_ends_with_what_was_done(written: str, shown: str) -> None:
    runner = LabRunner(Mock(), Mock(), Mock(), (), written)
    assert runner.earlier(2 if written.startswith("1\n") else 9) == shown
