"""A practice cluster whose containers run, and the real kubectl."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from runner.practice.cluster import PracticeCluster
from tests.practice.core.conftest import Kubectl, kubectls

PODS = "/api/v1/namespaces/default/pods"

RunPod = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def version() -> str:
    return "1.32"


@pytest.fixture
async def cluster(version: str) -> AsyncIterator[PracticeCluster]:
    async with PracticeCluster("test", version=version, speed=50, containers=True) as running:
        yield running


@pytest.fixture
async def http(cluster: PracticeCluster) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {cluster.token}", "User-Agent": "tests/1.0"}
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(cluster.server, headers=headers, connector=connector) as session:
        yield session


@pytest.fixture(
    params=kubectls() or [pytest.param("", marks=pytest.mark.skip(reason="no kubectl on the PATH"))]
)
def kubectl(request: pytest.FixtureRequest, cluster: PracticeCluster, tmp_path: Path) -> Kubectl:
    return Kubectl(request.param, cluster.kubeconfig(tmp_path / "kubeconfig"))


@pytest.fixture
def run_pod(http: aiohttp.ClientSession) -> RunPod:
    """Creates a pod of busybox and waits for it: `await run_pod("web", "sleep 100")`, or with further containers."""

    async def run(
        name: str, script: str = "sleep 1000", until: str = "Running", **spec: Any
    ) -> dict[str, Any]:
        main = {"name": "main", "image": "busybox", "command": ["sh", "-c", script]}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {"containers": [main], "terminationGracePeriodSeconds": 0, **spec},
        }
        async with http.post(PODS, json=pod) as made:
            assert made.status == 201, await made.text()
        return await when(http, name, lambda found: (found.get("status") or {}).get("phase") == until)

    return run


async def when(
    http: aiohttp.ClientSession, name: str, holds: Callable[[dict[str, Any]], Any]
) -> dict[str, Any]:
    """The pod as soon as that is true of it."""
    async with asyncio.timeout(30):
        while True:
            async with http.get(f"{PODS}/{name}") as found:
                pod: dict[str, Any] = await found.json()
            if holds(pod):
                return pod
            await asyncio.sleep(0.02)


async def logged(http: aiohttp.ClientSession, name: str, text: str, container: str = "") -> None:
    """Waits until the container's log has that."""
    async with asyncio.timeout(30):
        while True:
            async with http.get(f"{PODS}/{name}/log", params={"container": container}) as log:
                if text in await log.text():
                    return
            await asyncio.sleep(0.02)
