"""A practice cluster that is a process of its own: killed, started again, stopped in its tracks."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess

import pytest

from checks.base import Verdict
from checks.registry import look
from checks.resource import Resource
from runner.practice import process
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster
from runner.world.watch_timing import Timing
from runner.world.world import LiveWorld

CHECK = Resource(resource="ConfigMap", api="v1", name="here", namespace="default")
QUICK = Timing(grace=0.2, pulse=1.0)


@pytest.fixture
def running(tmp_path, monkeypatch):
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path))
    monkeypatch.setattr("runner.world.api_client.ANSWER_WITHIN", 1.5)
    running = process.start("outages", owner=True)
    kubectl(running, "create", "configmap", "here")
    yield running
    now = process.status("outages")
    if now is not None:
        os.kill(now.pid, signal.SIGCONT)
    process.stop("outages")


@pytest.fixture
async def world(running):
    async with LiveCluster(Access.from_kubeconfig(running.kubeconfig), QUICK) as cluster:
        yield LiveWorld(cluster, None, None, {})


def kubectl(running, *arguments):
    subprocess.run(
        ["kubectl", "--kubeconfig", running.kubeconfig, *arguments], check=True, capture_output=True
    )


async def until(world, verdict, seconds=60.0):
    """All the verdicts on the way to that one, the last included."""
    seen = []
    async with asyncio.timeout(seconds):
        while verdict not in seen:
            now = world.look()
            seen.append((await look(CHECK, now)).verdict)
            if seen[-1] is not verdict:
                await world.changed(now.reads, 1.0)
    return seen


async def test_killed_and_started_again_with_what_it_had(world, running):
    await until(world, Verdict.PASSED)
    os.kill(running.pid, signal.SIGKILL)
    await until(world, Verdict.ERROR)
    again = await asyncio.to_thread(process.start, "outages", owner=True)
    assert again.server == running.server
    assert Verdict.FAILED not in await until(world, Verdict.PASSED)
    await asyncio.to_thread(kubectl, again, "delete", "configmap", "here")
    await until(world, Verdict.FAILED)


async def test_stopped_in_its_tracks(world, running):
    await until(world, Verdict.PASSED)
    os.kill(running.pid, signal.SIGSTOP)  # its kernel goes on to acknowledge whatever it is sent
    assert Verdict.FAILED not in await until(world, Verdict.ERROR)
    os.kill(running.pid, signal.SIGCONT)
    assert Verdict.FAILED not in await until(world, Verdict.PASSED)
    await asyncio.to_thread(kubectl, running, "delete", "configmap", "here")
    await until(world, Verdict.FAILED)
