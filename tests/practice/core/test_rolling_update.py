"""A rolling update under load: without a readiness probe requests are lost, with one none."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest

from runner.practice.cluster import PracticeCluster

from .conftest import Kubectl

SECONDS = 4
PROBE = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1}


def slow_web(name: str, probe: object = None) -> list[object]:
    """nginx that needs a second and a half until it listens, and its Service."""
    container = {
        "name": "web",
        "image": "nginx:1.25",
        "command": ["sh", "-c", "sleep 1.5; exec nginx -g 'daemon off;'"],
    }
    container |= {"readinessProbe": probe} if probe else {}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    service = {"selector": labels, "ports": [{"port": 80}]}
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": service},
    ]


SIEGE = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "siege"},
    "spec": {"containers": [{"name": "siege", "image": "apexacme/siege-nginx"}]},
}


@pytest.fixture
async def cluster() -> AsyncIterator[PracticeCluster]:
    async with PracticeCluster("test", containers=True) as running:
        yield running


async def test_availability(cluster: PracticeCluster, kubectl: Kubectl) -> None:
    items = [SIEGE, *slow_web("plain"), *slow_web("probed", PROBE)]
    await kubectl.ok(
        "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    )
    await kubectl.ok("wait", "pod/siege", "--for=condition=Ready", "--timeout=60s")
    await kubectl.ok("wait", "deployment/probed", "--for=condition=Available", "--timeout=60s")
    async with asyncio.timeout(60):
        while (await kubectl("exec", "siege", "--", "curl", "-sf", "http://plain/")).code:
            """It does not listen yet."""

    async def availability(name: str) -> float:
        command = ["siege", "-c1", f"-t{SECONDS}S", "--delay=0.05", f"http://{name}/"]
        result = await kubectl("exec", "siege", "--", *command)
        found = re.search(r"Availability:\s+([\d.]+) %", result.out + result.err)
        assert found, result
        return float(found[1])

    async def update(name: str) -> None:
        await kubectl.ok("set", "image", f"deployment/{name}", "web=nginx:1.26")

    plain, probed, *_ = await asyncio.gather(
        availability("plain"), availability("probed"), update("plain"), update("probed")
    )
    assert plain < 90
    assert probed == 100
