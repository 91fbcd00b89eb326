"""The liveness probe of the Kubernetes documentation, in short: a file goes away, and the container is started again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from runner.practice.cluster import PracticeCluster

from .conftest import Kubectl

POD = """
apiVersion: v1
kind: Pod
metadata: {name: liveness-exec}
spec:
  containers:
  - name: liveness
    image: registry.k8s.io/busybox:1.27.2
    args: [/bin/sh, -c, touch /tmp/healthy; sleep 1; rm -f /tmp/healthy; sleep 600]
    livenessProbe:
      exec: {command: [cat, /tmp/healthy]}
      periodSeconds: 1
      failureThreshold: 1
      terminationGracePeriodSeconds: 1
"""


@pytest.fixture
async def cluster() -> AsyncIterator[PracticeCluster]:
    async with PracticeCluster("test", containers=True) as running:
        yield running


async def test_a_container_without_its_file_is_started_again(
    cluster: PracticeCluster, kubectl: Kubectl
) -> None:
    await kubectl.ok("apply", "-f", "-", stdin=POD)
    status = {}
    async with asyncio.timeout(60):
        while not status.get("restartCount"):
            pod = json.loads(await kubectl.ok("get", "pod", "liveness-exec", "-o", "json"))
            status = (pod["status"].get("containerStatuses") or [{}])[0]
            await asyncio.sleep(0.1)
    assert (status["lastState"]["terminated"]["exitCode"], status["started"]) == (137, True)
    told = await kubectl.ok("describe", "pod", "liveness-exec")
    assert "Liveness probe failed: cat: " in told
    assert "Container liveness failed liveness probe, will be restarted" in told
