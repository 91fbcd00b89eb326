"""The verification engine on a real API server that is killed, stopped, compacted, emptied, and half down."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from checks.base import CannotRead, Verdict
from checks.registry import look
from checks.resource import Resource
from runner.world.kubeconfig_access import Access
from runner.world.live_cluster import LiveCluster, Reads
from runner.world.watch_timing import Timing
from runner.world.world import LiveWorld

QUICK = Timing(grace=0.3, pulse=1.0)
CHECK = Resource(resource="ConfigMap", api="v1", name="here", namespace="default")
MAPS = "/api/v1/namespaces/default/configmaps"
Ask = Callable[..., Awaitable[dict[str, Any]]]


class Plane:
    """A control plane of this file alone, which may be maltreated."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.kubeconfig: Path = real.kubeconfig

    def _process(self, name: str) -> Any:
        return next(each for each in self.real._processes if str(each.args[0]).endswith(f"/{name}"))

    def signal(self, number: signal.Signals) -> None:
        self._process("kube-apiserver").send_signal(number)

    def kill(self, name: str) -> None:
        process = self._process(name)
        process.kill()
        process.wait()
        self.real._processes.remove(process)

    def start(self) -> None:
        self.real._run("kube-apiserver", *self.real._api_flags(self.real.folder / "service-accounts.key"))
        self.real._await_ready([self._process("etcd"), self._process("kube-apiserver")])
        for each in [each for each in self.real._processes if each.poll() is not None]:
            self.real._processes.remove(each)  # controllers end by themselves where no API server answers
            self.real._run(Path(each.args[0]).name, *each.args[1:])

    def empty(self) -> None:
        """Another cluster at the same address, whose versions begin again."""
        self.kill("kube-apiserver")
        self.kill("etcd")
        shutil.rmtree(self.real.folder / "etcd")
        self.real._run("etcd", *self.real._etcd_flags())
        self.start()

    def compact(self, revision: int) -> None:
        """Forget all versions before that one, as etcd does every five minutes."""
        body = json.dumps({"revision": str(revision), "physical": True}).encode()
        with urllib.request.urlopen(f"{self.real._etcd}/v3/kv/compaction", data=body, timeout=10) as answer:
            assert answer.status == 200


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    from tests.control_plane import control_plane

    binaries = control_plane.assets()
    if binaries is None:
        pytest.skip("KUBEBUILDER_ASSETS is not set")
    folder = tmp_path_factory.mktemp("engine")
    with control_plane.ControlPlane(folder, binaries, kubelet=False) as running:
        yield Plane(running)


@pytest.fixture
def access(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Access:
    monkeypatch.setattr("runner.world.api_client.ANSWER_WITHIN", 2.0)
    return Access.from_kubeconfig(plane.kubeconfig)


@pytest.fixture
async def ask(access: Access) -> AsyncIterator[Ask]:
    headers = {"Authorization": f"Bearer {access.user['token']}"}
    connector = aiohttp.TCPConnector(ssl=False, limit=20)
    async with aiohttp.ClientSession(access.server, headers=headers, connector=connector) as client:

        async def request(method: str, path: str, body: object = None, *, may_fail: bool = False) -> Any:
            async with client.request(method, path, json=body) as reply:
                text = await reply.json()
                assert may_fail or reply.status < 300, text
                return text

        yield request


@pytest.fixture
async def cluster(access: Access) -> AsyncIterator[LiveCluster]:
    async with LiveCluster(access, QUICK) as live:
        yield live


@pytest.fixture
async def here(ask: Ask) -> None:
    text = await ask("POST", MAPS, {"metadata": {"name": "here"}}, may_fail=True)
    assert text.get("reason") in (None, "AlreadyExists")


async def until(cluster: LiveCluster, verdict: Verdict, seconds: float = 40.0) -> list[Verdict]:
    """All verdicts on the way to that one, the last included."""
    seen: list[Verdict] = []
    world = LiveWorld(cluster, None, None, {})  # type: ignore[arg-type]
    async with asyncio.timeout(seconds):
        while verdict not in seen:
            now = world.look()
            seen.append((await look(CHECK, now)).verdict)
            if seen[-1] is not verdict:
                await world.changed(now.reads, 1.0)
    return seen


async def test_an_api_server_that_is_killed_and_comes_back(
    plane: Plane, cluster: LiveCluster, ask: Ask, here: None
) -> None:
    await until(cluster, Verdict.PASSED)
    plane.kill("kube-apiserver")
    assert Verdict.FAILED not in await until(cluster, Verdict.ERROR)
    await asyncio.to_thread(plane.start)
    assert Verdict.FAILED not in await until(cluster, Verdict.PASSED)
    await ask("DELETE", f"{MAPS}/here")
    await until(cluster, Verdict.FAILED)


async def test_an_api_server_that_is_stopped_in_its_tracks(
    plane: Plane, cluster: LiveCluster, here: None
) -> None:
    await until(cluster, Verdict.PASSED)
    plane.signal(signal.SIGSTOP)
    try:
        assert Verdict.FAILED not in await until(cluster, Verdict.ERROR)
    finally:
        plane.signal(signal.SIGCONT)
    assert Verdict.FAILED not in await until(cluster, Verdict.PASSED)


async def test_pages_whose_snapshot_is_compacted_away(plane: Plane, cluster: LiveCluster, ask: Ask) -> None:
    for start in range(0, 1100, 50):
        bodies = ({"metadata": {"name": f"many-{n}"}} for n in range(start, start + 50))
        await asyncio.gather(*(ask("POST", MAPS, body, may_fail=True) for body in bodies))
    asked: list[dict[str, str]] = []
    shown_of = cluster._server.reply

    async def compacting(path: str, params: dict[str, str] | None = None, body: object = None) -> Any:
        answer = await shown_of(path, params, body)
        if path == MAPS and params is not None:
            asked.append(dict(params))
            if len(asked) == 1:
                made = await ask("POST", MAPS, {"metadata": {"generateName": "newer-"}})
                plane.compact(int(made["metadata"]["resourceVersion"]))
        return answer

    cluster._server.reply = compacting  # type: ignore[method-assign]
    found = await cluster.list("v1", "ConfigMap", "default")
    assert asked
    assert len([each for each in found if each["metadata"]["name"].startswith("many-")]) == 1100
    assert any(each["metadata"]["name"].startswith("newer-") for each in found)
    assert ["limit" in each for each in asked] == [True, False], "the second page was gone: then all at once"
    await ask("DELETE", MAPS)


async def test_a_watch_from_a_version_that_is_forgotten(
    plane: Plane, cluster: LiveCluster, ask: Ask, here: None
) -> None:
    begun: list[str] = []
    stream = cluster._server.stream

    def from_long_ago(path: str, params: dict[str, str], silence: float) -> Any:
        begun.append(params["resourceVersion"])
        return stream(path, params | ({"resourceVersion": "1"} if len(begun) == 1 else {}), silence)

    cluster._server.stream = from_long_ago  # type: ignore[method-assign, assignment]
    await until(cluster, Verdict.PASSED)
    async with asyncio.timeout(40):
        while len(begun) < 2:
            await asyncio.sleep(0.02)
    await ask("DELETE", f"{MAPS}/here")
    assert await until(cluster, Verdict.FAILED)
    assert cluster.read_error is None


async def test_one_api_service_that_is_down(cluster: LiveCluster, ask: Ask, here: None) -> None:
    services = "/apis/apiregistration.k8s.io/v1/apiservices"
    name = "v1beta1.metrics.k8s.io"
    spec = {
        "group": "metrics.k8s.io",
        "version": "v1beta1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {"name": "nobody", "namespace": "kube-system"},
    }
    await ask("POST", services, {"metadata": {"name": name}, "spec": spec})
    try:
        async with asyncio.timeout(40):
            while True:
                with pytest.raises(CannotRead) as caught:
                    await cluster.list("metrics.k8s.io/v1beta1", "PodMetrics", "default")
                if caught.value.reason == "server":
                    break
                await asyncio.sleep(0.2)
        await until(cluster, Verdict.PASSED)
        assert cluster.read_error is None
    finally:
        await ask("DELETE", f"{services}/{name}")


async def test_many_looks_at_nothing_new_ask_for_nothing(cluster: LiveCluster, here: None) -> None:
    await until(cluster, Verdict.PASSED)
    asked: list[str] = []
    shown_of = cluster._server.reply

    async def counting(path: str, params: dict[str, str] | None = None, body: object = None) -> Any:
        asked.append(path)
        return await shown_of(path, params, body)

    cluster._server.reply = counting  # type: ignore[method-assign]
    for _ in range(500):
        await cluster.get("v1", "ConfigMap", "here", "default")
    assert set(asked) <= {"/version"}
    assert len(asked) < 10


async def test_another_cluster_at_the_same_address(
    plane: Plane, cluster: LiveCluster, ask: Ask, here: None
) -> None:
    await until(cluster, Verdict.PASSED)
    reads = Reads()
    await cluster.read_one("v1", "ConfigMap", "here", "default", reads)
    await asyncio.to_thread(plane.empty)
    await until(cluster, Verdict.FAILED)
    await ask("POST", MAPS, {"metadata": {"name": "here"}})
    await until(cluster, Verdict.PASSED)
