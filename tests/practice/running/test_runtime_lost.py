"""The process in which containers run is killed: their pods run again, as after a restart of the node."""

from __future__ import annotations

import os
import signal

from tests.practice.running.running_pods import RunningPods


def _kill(pods: RunningPods) -> None:
    process = pods.kubelet.runtime._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)


async def test_pods_run_again_with_their_network(pods: RunningPods) -> None:
    pods.create("web")
    await pods.running("web")
    before = pods.of("web")["containerID"]
    _kill(pods)
    await pods.world.until(lambda: pods.of("web").get("restartCount") == 1 and "running" in pods.state("web"))
    ended = pods.of("web")["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"], ended["containerID"]) == (255, "Unknown", before)
    assert await pods.sh("web", "echo again; hostname") == "again\nweb\n"
    pods.create("later")
    await pods.running("later")
    assert await pods.sh("later", "echo runs") == "runs\n"


async def test_a_pod_that_is_not_restarted_has_failed(pods: RunningPods) -> None:
    pods.create("once", restartPolicy="Never")
    await pods.running("once")
    _kill(pods)
    await pods.phase("once", "Failed")


async def test_it_may_be_killed_again_and_again(pods: RunningPods) -> None:
    pods.create("web")
    for count in (1, 2):
        await pods.running("web")
        _kill(pods)
        await pods.world.until(lambda count=count: pods.of("web").get("restartCount") == count)
    await pods.running("web")
