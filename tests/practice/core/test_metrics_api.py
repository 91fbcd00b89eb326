"""The metrics API: served while a metrics server runs, with what is measured, as kubectl top shows it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from runner.practice.cluster import PracticeCluster
from runner.practice.machinery.store import Key

from .conftest import Kubectl

SERVICE = Key("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io")
SERVER = Key("deployments.apps", "kube-system", "metrics-server")
POD = """
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - {name: one, image: "nginx:1.25"}
  - {name: two, image: "redis:7"}
"""


@pytest.fixture
async def cluster() -> AsyncIterator[PracticeCluster]:
    async with PracticeCluster("test", speed=100, metrics_server=True) as running:
        yield running


async def available(cluster: PracticeCluster, *, reason: str = "Passed") -> None:
    async with asyncio.timeout(30):
        while True:
            found = cluster.store.get(SERVICE)
            conditions = (found or {}).get("status", {}).get("conditions") or [{}]
            if conditions[0].get("reason") == reason:
                return
            await asyncio.sleep(0.01)


async def test_top(cluster: PracticeCluster, kubectl: Kubectl) -> None:
    await kubectl.ok("apply", "-f", "-", stdin=POD)
    await available(cluster)
    async with asyncio.timeout(30):
        while (await kubectl("top", "pod", "web", "--containers")).code:
            """The first figures take a while, as on any cluster."""
    pods = (await kubectl.ok("top", "pods", "--containers", "-l", "app=web")).splitlines()
    assert pods[0].split() == ["POD", "NAME", "CPU(cores)", "MEMORY(bytes)"]
    rows = [line.split() for line in pods[1:]]
    assert [(row[0], row[1], row[3]) for row in rows] == [("web", name, "8Mi") for name in ("one", "two")]
    assert all(0 < int(row[2].removesuffix("m")) < 50 for row in rows)
    whole = (await kubectl.ok("top", "pods", "--no-headers")).split()
    assert (whole[0], whole[2]) == ("web", "16Mi")
    nodes = (await kubectl.ok("top", "nodes", "--sort-by=cpu")).splitlines()
    assert nodes[0].split()[:2] == ["NAME", "CPU(cores)"]
    assert [line.split()[0] for line in nodes[1:]] == ["practice-control-plane", "practice-worker"]
    listed = json.loads(
        await kubectl.ok("get", "--raw", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods")
    )
    assert listed["kind"] == "PodMetricsList"
    (item,) = listed["items"]
    assert item["metadata"]["labels"] == {"app": "web"}
    assert item["window"].endswith("s")
    assert item["containers"][0]["usage"]["memory"] == "8192Ki"
    shown = (await kubectl.ok("get", "podmetrics", "web")).splitlines()
    assert shown[0].split() == ["NAME", "CPU", "MEMORY", "WINDOW"]
    missing = await kubectl("get", "podmetrics", "nope")
    assert 'podmetrics.metrics.k8s.io "default/nope" not found' in missing.err
    assert "web" not in await kubectl.ok("get", "podmetrics", "-l", "app=other", "--ignore-not-found")


async def test_without_its_pods_the_api_is_unavailable(cluster: PracticeCluster, kubectl: Kubectl) -> None:
    await available(cluster)
    await kubectl.ok("-n", "kube-system", "scale", "deployment", "metrics-server", "--replicas=0")
    await available(cluster, reason="MissingEndpoints")
    shown = await kubectl.ok("get", "apiservice", "v1beta1.metrics.k8s.io", "--no-headers")
    assert shown.split()[1:4] == ["kube-system/metrics-server", "False", "(MissingEndpoints)"]
    result = await kubectl("top", "pods")
    assert "the server is currently unable to handle the request (get pods.metrics.k8s.io)" in result.err
    await kubectl.ok("delete", "apiservice", "v1beta1.metrics.k8s.io")
    assert (await kubectl("top", "nodes")).err == "error: Metrics API not available\n"


async def test_who_asks_for_no_metrics_server_has_none(tmp_path: object) -> None:
    async with PracticeCluster("test", speed=100) as cluster:
        assert cluster.store.get(SERVER) is None
        assert cluster.registry.find("metrics.k8s.io", "v1beta1", "pods") is None
