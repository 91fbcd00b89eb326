"""A class on real practice clusters, good ones and bad ones side by side."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.grading.roster.class_journal import Journal
from runner.grading.roster.class_model import Learner
from runner.grading.roster.class_summary import Standing, cause, exit_code, held_by, points, standing, steps
from runner.grading.roster.compare import changes
from runner.grading.roster.engine import Done
from runner.grading.roster.grading_job import LearnerJob
from runner.grading.roster.local import LocalEngine
from runner.grading.roster.one import Turn, grade_one
from runner.grading.roster.run import Progress, class_result, grade_class
from runner.labs.load import load
from runner.practice.cluster import PracticeCluster
from runner.world.api_client import ANSWER_WITHIN

LAB = """\
format: 1
title: {en: Shop, ko: 가게}
summary: {en: A shop., ko: 가게.}
minutes: 5
level: beginner
variables:
  namespace: {default: shop}
steps:
  - id: shop
    title: {en: Make it, ko: 만들기}
    text: {en: Make it., ko: 만듭니다.}
    run: [kubectl create namespace shop]
    checks: [{namespace: "{{namespace}}", points: 2}]
  - id: prices
    title: {en: Prices, ko: 가격}
    text: {en: Write them., ko: 적습니다.}
    run: [kubectl create configmap prices -n shop]
    checks: [{resource: ConfigMap, api: v1, name: prices, in: "{{namespace}}", points: 3}]
"""
SWALLOWS = "198.51.100.1:6443"
"""RFC 5737: for documentation only, and routed nowhere."""

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")


class Class:
    """Learners with clusters; `grade` grades them."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.lab = folder / "shop"
        self.lab.mkdir()
        (self.lab / "lab.yaml").write_text(LAB)
        self.learners: list[Learner] = []
        self.clusters: dict[str, PracticeCluster] = {}

    async def cluster(self, name: str, *commands: str, **more) -> PracticeCluster:
        made = PracticeCluster(name, "1.32", speed=20)
        await self._stack.enter_async_context(made)
        self.clusters[name] = made
        file = made.kubeconfig(self.folder / f"{name}.yaml")
        for command in commands:
            process = await asyncio.create_subprocess_exec(
                "kubectl", *command.split(), env={**os.environ, "KUBECONFIG": str(file)}, stdout=-3
            )
            assert await process.wait() == 0
        self.learners.append(Learner(name, str(file), **more))
        return made

    def file(self, name: str, content: str) -> None:
        file = self.folder / f"{name}.yaml"
        file.write_text(content)
        self.learners.append(Learner(name, str(file)))

    async def grade(self, *, deadline: float = 20.0, engine=None, names=()):
        learners = [each for each in self.learners if not names or each.id in names]
        jobs = [LearnerJob(str(self.lab), each, "en", deadline) for each in learners]
        progress = Progress(len(jobs))
        seen = []

        class View:
            def show(self, happening, _progress):
                seen.append(happening)

        digests = {job.learner.id: job.digest("") for job in jobs}
        with Journal(self.folder / "results.jsonl") as journal:
            await grade_class(jobs, digests, engine or LocalEngine(4), journal, progress, View())
        return class_result(load(self.lab), "en", jobs, progress, datetime.now(UTC)), progress


@asynccontextmanager
async def a_class(folder: Path):
    async with AsyncExitStack() as stack:
        yield Class(folder, stack)


DONE = ("create namespace shop", "create configmap prices -n shop")


async def test_each_gets_what_they_earned(tmp_path):
    async with a_class(tmp_path) as room:
        await room.cluster("done", *DONE)
        await room.cluster("half", DONE[0])
        await room.cluster("none")
        await room.cluster("other", "create namespace mine", variables={"namespace": "mine"})
        result, _ = await room.grade()
        assert [points(each) for each in result.graded] == [(5, 5), (2, 5), (0, 5), (2, 5)]
        assert [standing(each) for each in result.graded] == [Standing.PASSED, *[Standing.NOT_PASSED] * 3]
        assert [held["id"] if (held := held_by(each)) else "" for each in result.graded] == [
            "",
            "prices",
            "shop",
            "prices",
        ]
        assert [(step.id, step.verdicts["passed"], step.holds) for step in steps(result)] == [
            ("shop", 3, 1),
            ("prices", 1, 2),
        ]
        assert exit_code(result) == 1


async def test_a_bad_cluster_costs_nobody_else_anything(tmp_path):
    async with a_class(tmp_path) as room:
        await room.cluster("done", *DONE)
        well = (tmp_path / "done.yaml").read_text()
        port = room.clusters["done"].server.rpartition(":")[2]
        room.file("closed", well.replace(f"127.0.0.1:{port}", "127.0.0.1:9"))
        room.file("swallowed", well.replace(f"127.0.0.1:{port}", SWALLOWS))
        room.file("stranger", well.replace(room.clusters["done"].token, "wrong"))
        room.file("nonsense", "just: words")
        room.file("plugin", PLUGIN)
        room.file("thief", THIEF)
        (await room.cluster("down")).faults.add("api-unavailable")
        (await room.cluster("slow")).faults.add("api-slow", seconds="30")
        (await room.cluster("forbids", *DONE)).faults.add(
            "forbidden", "namespaces", verbs=["get", "list", "watch"]
        )
        result, _ = await room.grade(deadline=6.0)
        stands = {each.learner: standing(each) for each in result.graded}
        assert stands.pop("done") is Standing.PASSED
        assert set(stands.values()) == {Standing.NOT_GRADED}, stands
        assert len(result.graded) == 10
        text = {each.learner: cause(each) for each in result.graded}
        assert "--allow-plugins" in text["plugin"]
        assert not (tmp_path / "ran").exists()
        assert "which was not read" in text["thief"]
        assert exit_code(result) == 3


PLUGIN = """\
clusters: [{name: a, cluster: {server: "https://127.0.0.1:9"}}]
users: [{name: a, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: touch, args: [ran]}}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
"""
THIEF = """\
clusters: [{name: a, cluster: {server: "https://127.0.0.1:9"}}]
users: [{name: a, user: {tokenFile: /etc/hostname}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
"""


async def test_what_is_known_is_not_graded_again(tmp_path):
    async with a_class(tmp_path) as room:
        await room.cluster("done", *DONE)
        await room.cluster("half", DONE[0])
        await room.grade(names=("done",))
        result, progress = await room.grade()
        assert progress.taken == 1
        assert [points(each) for each in result.graded] == [(5, 5), (2, 5)]


async def test_what_changed_since_an_earlier_run(tmp_path):
    async with a_class(tmp_path) as room:
        await room.cluster("done", *DONE)
        await room.cluster("half", DONE[0])
        first, _ = await room.grade()
        (tmp_path / "results.jsonl").unlink()
        kubeconfig = {**os.environ, "KUBECONFIG": str(tmp_path / "half.yaml")}
        process = await asyncio.create_subprocess_exec("kubectl", *DONE[1].split(), env=kubeconfig, stdout=-3)
        await process.wait()
        second, _ = await room.grade()
        (change,) = changes({each.learner: each for each in first.graded}, second)
        assert (change.learner, change.before, change.after) == ("half", Standing.NOT_PASSED, Standing.PASSED)
        assert (change.points_before, change.points_after) == (2, 5)


async def test_clusters_that_never_answer_keep_nobody_waiting(tmp_path):
    """More of them than are judged at one time; the learner after them is done first, and they have their whole time."""
    async with a_class(tmp_path) as room:
        for number in range(6):
            (await room.cluster(f"slow{number}")).faults.add("api-slow", seconds="60")
        await room.cluster("done", *DONE)
        jobs = [LearnerJob(str(room.lab), each, "en", 60.0) for each in room.learners]
        async with aclosing(LocalEngine(2).run(jobs)) as happenings:
            done = [each.graded async for each in happenings if isinstance(each, Done)]
        assert done[0].learner == "done"
        assert standing(done[0]) is Standing.PASSED
        assert {standing(each) for each in done[1:]} == {Standing.NOT_GRADED}
        assert min(each.seconds for each in done[1:]) >= ANSWER_WITHIN


async def test_who_waits_for_their_turn_has_their_whole_time(tmp_path):
    """A turn that comes later than the deadline would have been over."""

    class Late(Turn):
        async def take(self) -> None:
            await asyncio.sleep(4.0)

    async with a_class(tmp_path) as room:
        await room.cluster("done", *DONE)
        job = LearnerJob(str(room.lab), room.learners[0], "en", 4.0)
        assert standing(await grade_one(job, turn=Late())) is Standing.PASSED


async def test_an_engine_that_is_closed_early_leaves_nothing_behind(tmp_path):
    async with a_class(tmp_path) as room:
        for number in range(6):
            (await room.cluster(f"slow{number}")).faults.add("api-slow", seconds="30")
        jobs = [LearnerJob(str(room.lab), each, "en", 60.0) for each in room.learners]
        happenings = LocalEngine(3).run(jobs)
        await anext(happenings)
        await happenings.aclose()
        assert not [task for task in asyncio.all_tasks() if _is_ours(task)]


def _is_ours(task: asyncio.Task[object]) -> bool:
    file = task.get_coro().cr_code.co_filename
    return "/runner/grading/" in file or "/runner/world/" in file
