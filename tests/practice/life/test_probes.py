"""Probes by the kubelet's rules: thresholds, order, initial delay, restarts, events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from runner.practice.containers.container_config import NoSuchContainer
from runner.practice.containers.probe_messages import ProbeAction, ProbeResult
from runner.practice.controllers.object_helpers import is_ready
from runner.practice.machinery.store import Object
from runner.practice.node.container_runtime import SimulatedRuntime
from runner.practice.node.probe_actions import NoSuchPort, probe_action
from tests.practice.life.test_kubelet import entry, pod

GOOD = ProbeResult("success")
BAD = ProbeResult("failure", "HTTP probe failed with statuscode: 500")


class ScriptedRuntime(SimulatedRuntime):
    """Runs nothing, and answers probes as the test wants; by port for http, by the first word for exec."""

    runs = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.results: dict[object, ProbeResult] = {}
        self.made: list[object] = []

    async def probe(self, container: str, action: ProbeAction) -> ProbeResult:
        if container not in self._timers:
            raise NoSuchContainer(container)
        what = action.port or action.command[0]
        if what in self.results:
            self.made.append(what)
        return self.results.get(what, GOOD)  # others are the cluster's own


@pytest.fixture
async def world(alive: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    monkeypatch.setattr("runner.practice.node.kubelet.SimulatedRuntime", ScriptedRuntime)
    async with alive() as made:
        yield made


@pytest.fixture
def runtime(world: Any) -> ScriptedRuntime:
    return scripted(world)


def scripted(world: Any) -> ScriptedRuntime:
    runtime = world.control_plane._kubelet.runtime
    assert isinstance(runtime, ScriptedRuntime)
    return runtime


def http(port: int, **more: int) -> Object:
    return {"httpGet": {"path": "/healthz", "port": port}, **more}


async def test_ready_as_the_readiness_probe_says(world: Any, runtime: ScriptedRuntime) -> None:
    runtime.results[80] = BAD
    world.create("pods", pod(container={"readinessProbe": http(80, failureThreshold=2, periodSeconds=1)}))
    await world.until(lambda: runtime.made.count(80) > 3)
    assert world.events("Unhealthy") == ["Readiness probe failed: HTTP probe failed with statuscode: 500"]
    assert (entry(world)["started"], entry(world)["ready"], entry(world)["restartCount"]) == (True, False, 0)
    runtime.results[80] = GOOD
    await world.until(lambda: is_ready(world.get("pods", "web")))
    runtime.results[80] = BAD
    await world.until(lambda: not is_ready(world.get("pods", "web")))


async def test_a_failed_liveness_probe_restarts_the_container(world: Any, runtime: ScriptedRuntime) -> None:
    runtime.results[80] = BAD
    world.create("pods", pod(container={"livenessProbe": http(80, failureThreshold=3, periodSeconds=1)}))
    await world.until(lambda: world.events("Killing"))
    assert runtime.made == [80, 80, 80]
    assert world.events("Killing") == ["Container main failed liveness probe, will be restarted"]
    runtime.results[80] = GOOD
    await world.until(lambda: entry(world)["restartCount"] == 1 and entry(world)["ready"])


async def test_without_restarts_a_failed_liveness_probe_ends_the_pod(
    world: Any, runtime: ScriptedRuntime
) -> None:
    runtime.results[80] = BAD
    probe = http(80, failureThreshold=1, periodSeconds=1)
    world.create("pods", pod(restartPolicy="Never", container={"livenessProbe": probe}))
    await world.until(lambda: world.get("pods", "web")["status"].get("phase") in ("Failed", "Succeeded"))
    assert world.events("Killing") == ["Container main failed liveness probe"]


async def test_others_wait_for_the_startup_probe(world: Any, runtime: ScriptedRuntime) -> None:
    runtime.results |= {1: BAD, 2: GOOD, 3: GOOD}
    probes = {
        "startupProbe": http(1, failureThreshold=1000, periodSeconds=1),
        "livenessProbe": http(2, periodSeconds=1),
        "readinessProbe": http(3, periodSeconds=1),
    }
    world.create("pods", pod(container=probes))
    await world.until(lambda: len(runtime.made) > 4)
    assert set(runtime.made) == {1}
    assert (entry(world)["started"], entry(world)["ready"]) == (False, False)
    runtime.results[1] = GOOD
    await world.until(lambda: entry(world)["ready"])
    assert entry(world)["started"]
    await world.until(lambda: 2 in runtime.made)
    rest = runtime.made[runtime.made.index(3) :]
    assert 1 not in rest


async def test_a_failed_startup_probe_restarts_the_container(world: Any, runtime: ScriptedRuntime) -> None:
    runtime.results[1] = BAD
    world.create("pods", pod(container={"startupProbe": http(1, failureThreshold=2, periodSeconds=1)}))
    await world.until(lambda: entry(world).get("restartCount"))
    assert world.events("Killing") == ["Container main failed startup probe, will be restarted"]


async def test_nothing_is_probed_before_the_initial_delay(world: Any, runtime: ScriptedRuntime) -> None:
    runtime.results |= {1: GOOD, 2: GOOD}
    early, late = http(1, periodSeconds=1), http(2, periodSeconds=1, initialDelaySeconds=20)
    world.create("pods", pod(container={"livenessProbe": early, "readinessProbe": late}))
    await world.until(lambda: 2 in runtime.made)
    assert runtime.made.index(2) > 5


async def test_success_has_a_threshold_too(world: Any, runtime: ScriptedRuntime) -> None:
    runtime.results[80] = GOOD
    world.create("pods", pod(container={"readinessProbe": http(80, successThreshold=5, periodSeconds=1)}))
    await world.until(lambda: is_ready(world.get("pods", "web")))
    assert len(runtime.made) >= 5


async def test_what_can_not_be_probed_counts_as_nothing(world: Any, runtime: ScriptedRuntime) -> None:
    runtime.results["nope"] = ProbeResult("error", 'unable to start container process: exec: "nope": …')
    probe = {"exec": {"command": ["nope"]}, "periodSeconds": 1, "failureThreshold": 1}
    world.create("pods", pod(container={"livenessProbe": probe}))
    await world.until(lambda: len(runtime.made) > 3)
    assert entry(world)["ready"]
    assert not world.events("Killing")
    (message,) = world.events("Unhealthy")
    assert message.startswith(
        "Liveness probe errored: rpc error: code = Unknown desc = failed to exec in container"
    )


async def test_a_command_that_takes_too_long_fails(world: Any, runtime: ScriptedRuntime) -> None:
    runtime.results["sleep"] = ProbeResult("timed out")
    probe = {"exec": {"command": ["sleep", "5"]}, "periodSeconds": 1}
    world.create("pods", pod(container={"readinessProbe": probe}))
    await world.until(lambda: world.events("Unhealthy"))
    assert world.events("Unhealthy") == [
        'Readiness probe failed: command timed out: "sleep 5" timed out after 1s'
    ]


async def test_a_restart_of_one_container_leaves_the_back_off_of_another(
    world: Any, runtime: ScriptedRuntime
) -> None:
    runtime.results[80] = GOOD
    crashing = {"name": "crashing", "image": "busybox:1.36", "command": ["sh", "-c", "exit 1"]}
    made = pod(container={"readinessProbe": http(80, periodSeconds=1)})
    made["spec"]["containers"].append(crashing)
    world.create("pods", made)

    def restarts() -> int:
        statuses = world.get("pods", "web")["status"].get("containerStatuses") or ()
        return next((each["restartCount"] for each in statuses if each["name"] == "crashing"), 0)

    await world.until(lambda: restarts() == 1)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    worker = next(iter(world.control_plane._kubelet._workers.values()))
    while restarts() == 1:
        worker.look()
        await asyncio.sleep(0.002)
    assert (loop.time() - begin) * 200 >= 10


async def test_after_a_restart_of_the_cluster_containers_begin_anew(
    alive: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.practice.node.kubelet.SimulatedRuntime", ScriptedRuntime)
    probes = {"startupProbe": http(1, periodSeconds=1), "readinessProbe": http(2, periodSeconds=1)}
    async with alive(tmp_path) as world:
        scripted(world)
        world.create("pods", pod(container=probes))
        await world.until(lambda: is_ready(world.get("pods", "web")))
    async with alive(tmp_path) as world:
        runtime = scripted(world)
        runtime.results |= {1: BAD, 2: GOOD}
        await world.until(lambda: not is_ready(world.get("pods", "web")))
        assert not entry(world)["started"]
        runtime.results[1] = GOOD
        await world.until(lambda: is_ready(world.get("pods", "web")))
        assert entry(world)["restartCount"] == 0


def test_ports_by_name_and_headers() -> None:
    container = {"ports": [{"name": "web", "containerPort": 8080}]}
    headers = [{"name": "X-Check", "value": "1"}, {"name": "Accept", "value": ""}]
    probe = {"httpGet": {"port": "web", "path": "/a", "scheme": "HTTPS", "httpHeaders": headers}}
    assert probe_action(probe, container, 32, 2.0) == ProbeAction(
        "httpGet",
        2.0,
        port=8080,
        path="/a",
        scheme="https",
        headers=[("X-Check", "1"), ("User-Agent", "kube-probe/1.32"), ("Connection", "close")],
    )
    with pytest.raises(NoSuchPort, match='parsing "nope"'):
        probe_action({"tcpSocket": {"port": "nope"}}, container, 32, 1.0)
