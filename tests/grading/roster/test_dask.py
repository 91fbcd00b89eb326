"""A class on several machines: a real scheduler and workers as processes, one of them killed in the middle."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from runner.grading.roster import dask_task
from runner.grading.roster.class_summary import Standing, points, standing
from runner.grading.roster.dask import DaskEngine, SchedulerGone
from runner.grading.roster.engine import Done
from runner.grading.roster.grading_job import LearnerJob
from runner.labs.load import load
from runner.session.running_files import digest_of
from runner.session.trust import agreed_files
from tests.grading.roster.test_class import DONE, a_class

pytest.importorskip("distributed", reason="needs the extra dask")
ROOT = Path(__file__).parents[3]


@pytest.fixture
async def machines(tmp_path):
    """Starts a scheduler and gives (its address, start another worker, its process)."""
    file, processes = tmp_path / "scheduler.json", []
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LABGATE_HOME": str(tmp_path / "home")}

    async def start(module: str, *arguments: str) -> asyncio.subprocess.Process:
        with (tmp_path / f"dask-{len(processes)}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *arguments, env=environment, stdout=log, stderr=log
            )
        processes.append(process)
        return process

    async def worker() -> asyncio.subprocess.Process:
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path))
        return await start("distributed.cli.dask_worker", "--scheduler-file", str(file), *options)

    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    scheduler = await start("distributed.cli.dask_scheduler", *options)
    async with asyncio.timeout(60):
        while not (file.exists() and file.read_text()):
            await asyncio.sleep(0.05)
    yield json.loads(file.read_text())["address"], worker, scheduler
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def grade(engine, room, *, seen=lambda graded: None):
    agreed = agreed_files(load(room.lab))
    jobs = [LearnerJob(str(room.lab), each, "en", 60.0, agreed=agreed) for each in room.learners]
    message = []
    async for happening in engine.run(jobs):
        if isinstance(happening, Done):
            message.append(happening.graded)
            seen(happening.graded)
    return message


@pytest.mark.timeout(300)
async def test_a_worker_that_is_killed_costs_nobody_their_grade(tmp_path, machines):
    address, worker, _ = machines
    victim, _ = await worker(), await worker()
    async with a_class(tmp_path) as room:
        for number in range(30):
            await room.cluster(f"s{number:02}", *DONE[: number % 3])
        await _until_workers(address, 2)
        count = 0

        def kill(_graded):
            nonlocal count
            count += 1
            if count == 5:
                victim.send_signal(signal.SIGKILL)

        message = await grade(DaskEngine(address), room, seen=kill)
    assert sorted(each.learner for each in message) == sorted(
        each.id for each in room.learners
    )  # nothing lost, nothing twice
    wanted = {0: (0, 5), 1: (2, 5), 2: (5, 5)}
    assert {each.learner: points(each) for each in message} == {
        f"s{number:02}": wanted[number % 3] for number in range(30)
    }
    assert await victim.wait() == -signal.SIGKILL


@pytest.mark.timeout(120)
async def test_a_learner_who_can_not_be_graded_is_reported_as_such(tmp_path, machines):
    address, worker, _ = machines
    await worker()
    async with a_class(tmp_path) as room:
        await room.cluster("done", *DONE)
        room.file("nonsense", "just: words")
        (tmp_path / "done.yaml").rename(tmp_path / "moved.yaml")
        await _until_workers(address, 1)
        message = await grade(DaskEngine(address), room)
    assert {each.learner: standing(each) for each in message} == dict.fromkeys(
        ("done", "nonsense"), Standing.NOT_GRADED
    )


async def test_a_scheduler_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr("runner.grading.roster.dask.CONNECT", 1.0)
    async with a_class(tmp_path) as room:
        room.file("kim", "{}")
        with pytest.raises(SchedulerGone, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
            await grade(DaskEngine("tcp://127.0.0.1:9"), room)


def test_a_lab_is_the_same_after_its_journey(tmp_path):
    lab = tmp_path / "shop"
    (lab / "practice" / "bin").mkdir(parents=True)
    (lab / "lab.yaml").write_text("format: 1")
    tool = lab / "practice" / "bin" / "tool"
    tool.write_text("#!/bin/sh")
    tool.chmod(0o755)
    (lab / "link").symlink_to("/etc/hostname")
    there = dask_task._unpacked(dask_task.packed(lab), "shop")
    assert {str(path.relative_to(there)) for path in there.rglob("*") if path.is_file()} == {
        "lab.yaml",
        "practice/bin/tool",
    }
    assert os.access(there / "practice" / "bin" / "tool", os.X_OK)


def test_links_within_a_lab_stay_so_that_it_is_what_was_agreed_to(tmp_path):
    lab = tmp_path / "shop"
    (lab / "text").mkdir(parents=True)
    (lab / "lab.yaml").write_text("format: 1")
    (lab / "text" / "first.md").symlink_to("../lab.yaml")
    (lab / "more").symlink_to("text")
    there = dask_task._unpacked(dask_task.packed(lab), "shop")
    assert digest_of(there) == digest_of(lab)
    assert dask_task._unpacked(dask_task.packed(lab), "shop") == there


def test_a_lab_is_judged_by_no_folder_of_somebody_elses(tmp_path, monkeypatch):
    """The temporary folder is everybody's: another user may be there first, with files of their own."""
    lab, room = tmp_path / "shop", tmp_path / "everybodys"
    lab.mkdir()
    room.mkdir()
    (lab / "lab.yaml").write_text("format: 1")
    monkeypatch.setattr("tempfile.tempdir", str(room))
    root = dask_task._unpacked(dask_task.packed(lab), "shop").parent
    root.chmod(0o777)
    with pytest.raises(ValueError, match="not this user's own"):
        dask_task._unpacked(dask_task.packed(lab), "shop")
    root.chmod(0o700)
    root.rename(room / "elsewhere")
    root.symlink_to(room / "elsewhere")
    with pytest.raises(ValueError, match="not this user's own"):
        dask_task._unpacked(dask_task.packed(lab), "shop")


def test_a_lab_that_is_too_large_is_not_sent(tmp_path):
    (tmp_path / "lab.yaml").write_text("format: 1")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(dask_task.CannotSend):
        dask_task.packed(tmp_path)


async def _until_workers(address: str, number: int) -> None:
    from distributed import Client

    async with Client(address, asynchronous=True, set_as_default=False) as client:
        await client.wait_for_workers(number, timeout=60)


@pytest.mark.timeout(300)
async def test_a_scheduler_that_is_killed_ends_the_run_in_words_and_nothing_known_is_lost(tmp_path, machines):
    address, worker, scheduler = machines
    await worker()
    async with a_class(tmp_path) as room:
        for number in range(20):
            await room.cluster(f"s{number:02}", *DONE)
        await _until_workers(address, 1)
        known = []

        def kill(graded):
            known.append(graded.learner)
            if len(known) == 3:
                scheduler.send_signal(signal.SIGKILL)

        async with asyncio.timeout(90):
            with pytest.raises(SchedulerGone, match="no longer answers"):
                await grade(DaskEngine(address), room, seen=kill)
    assert 3 <= len(known) < 20
    assert len(set(known)) == len(known)
