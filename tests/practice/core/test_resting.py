"""Many practice clusters in one process, made of one snapshot, and the real kubectl."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from runner.practice.cluster import Identity, PracticeCluster
from runner.practice.machinery.store import Key, Snapshot
from tests.practice.core.conftest import Kubectl, kubectls

PATIENCE = 60
SPEED = 50
WEB = Key("deployments.apps", "default", "web")

pytestmark = pytest.mark.skipif(not kubectls(), reason="no kubectl on the PATH")


@pytest.fixture
async def snapshot(tmp_path: Path) -> Snapshot:
    """A cluster in which a Deployment of two pods has come up."""
    async with PracticeCluster("first", speed=SPEED) as cluster:
        kubectl = Kubectl(kubectls()[0], cluster.kubeconfig(tmp_path / "first"))
        await kubectl.ok("create", "deployment", "web", "--image=nginx", "--replicas=2")
        await kubectl.ok("rollout", "status", "deployment/web", f"--timeout={PATIENCE}s")
        return cluster.store.everything()


class Pair:
    """Two clusters that begin as one snapshot and share a certificate."""

    def __init__(self, one: PracticeCluster, other: PracticeCluster, folder: Path) -> None:
        self.one, self.other, self.folder = one, other, folder
        self.of_one = Kubectl(kubectls()[0], one.kubeconfig(folder / "one"))
        self.of_other = Kubectl(kubectls()[0], other.kubeconfig(folder / "other"))


@pytest.fixture
async def pair(snapshot: Snapshot, tmp_path: Path) -> AsyncIterator[Pair]:
    identity = Identity.of(tmp_path)
    async with (
        PracticeCluster("one", resting=snapshot, identity=identity, speed=SPEED) as one,
        PracticeCluster("other", resting=snapshot, identity=identity, speed=SPEED) as other,
    ):
        yield Pair(one, other, tmp_path)


async def test_both_are_what_the_snapshot_was(pair: Pair) -> None:
    for kubectl in (pair.of_one, pair.of_other):
        assert "2/2" in await kubectl.ok("get", "deployment", "web")
        assert (await kubectl.ok("get", "pods", "-o", "name")).count("pod/web-") == 2


async def test_what_is_written_to_one_is_not_in_the_other(pair: Pair) -> None:
    before = pair.other.store.get(WEB)
    await pair.of_one.ok("scale", "deployment/web", "--replicas=3")
    await pair.of_one.ok("rollout", "status", "deployment/web", f"--timeout={PATIENCE}s")
    await pair.of_one.ok("create", "namespace", "shop")
    assert "3/3" in await pair.of_one.ok("get", "deployment", "web")
    assert "2/2" in await pair.of_other.ok("get", "deployment", "web")
    assert (await pair.of_other("get", "namespace", "shop")).code == 1
    assert pair.other.store.get(WEB) is before


async def test_a_token_is_good_for_its_own_cluster_only(pair: Pair) -> None:
    refused = await pair.of_one("--server", pair.other.server, "get", "pods")
    assert refused.code == 1
    assert "Unauthorized" in refused.err or "logged in" in refused.err


async def test_a_fault_in_one_is_no_fault_in_the_other(pair: Pair) -> None:
    pair.one.faults.add("forbidden", "deployments.apps")
    label = ("label", "deployment", "web", "tier=front")
    assert "forbidden" in (await pair.of_one(*label)).err
    await pair.of_other.ok(*label)


async def test_a_fault_that_is_there_already_is_met_by_what_wakes(pair: Pair) -> None:
    """A resting cluster whose controllers start with its first change."""
    pair.one.faults.add("image-pull", "web")
    await pair.of_one.ok("rollout", "restart", "deployment/web")
    async with asyncio.timeout(PATIENCE):
        while "ImagePull" not in await pair.of_one.ok("get", "pods"):
            await asyncio.sleep(0.1)
    assert "ImagePull" not in await pair.of_other.ok("get", "pods")


async def test_a_watch_that_began_at_rest_sees_what_comes(pair: Pair) -> None:
    wait = asyncio.create_task(
        pair.of_one("wait", "deployment/web", "--for=jsonpath={.spec.replicas}=1", f"--timeout={PATIENCE}s")
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while "scaled" not in await pair.of_one.ok("scale", "deployment/web", "--replicas=1"):
                await asyncio.sleep(0.1)
        assert (await wait).code == 0
    finally:
        wait.cancel()


async def test_nothing_moves_at_rest(pair: Pair) -> None:
    """Looking, whatever at, is no change."""
    await pair.of_one.ok("get", "all", "-A")
    await pair.of_one.ok("describe", "deployment", "web")
    await pair.of_one.ok("apply", "--dry-run=server", "-f", "-", stdin=NAMESPACE)
    assert pair.one.store.revision == pair.other.store.revision
    names = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
    assert not {name for name in names if "controllers" in name.lower()}


async def test_a_cluster_at_rest_is_small(snapshot: Snapshot, tmp_path: Path) -> None:
    """Its objects are the snapshot's own."""
    identity = Identity.of(tmp_path)
    async with AsyncExitStack() as stack:

        async def begin(number: int) -> PracticeCluster:
            cluster = PracticeCluster(f"c{number}", resting=snapshot, identity=identity)
            return await stack.enter_async_context(cluster)

        await begin(0)  # what is loaded once is loaded now
        tracemalloc.start()
        try:
            clusters = [await begin(number) for number in range(1, 31)]
            each = tracemalloc.get_traced_memory()[0] / len(clusters)
        finally:
            tracemalloc.stop()
        assert all(cluster.store.get(WEB) is clusters[0].store.get(WEB) for cluster in clusters)
        assert each < 400_000


NAMESPACE = """
apiVersion: v1
kind: Namespace
metadata: {name: tried}
"""
