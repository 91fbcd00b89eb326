"""A scheduler of the learner's own gives pods to nodes."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from runner.practice.cluster import PracticeCluster

PODS = "/api/v1/namespaces/default/pods"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"schedulerName": "mine", "containers": [{"name": "web", "image": "nginx:1.25"}]},
}


@pytest.fixture
async def http():
    async with PracticeCluster("bound", speed=50) as cluster:
        headers = {"Authorization": f"Bearer {cluster.token}"}
        connector = aiohttp.TCPConnector(ssl=False)
        async with aiohttp.ClientSession(cluster.server, headers=headers, connector=connector) as session:
            async with session.post(PODS, json=POD) as made:
                assert made.status == 201
            yield session


def binding(node: str = "practice-worker", name: str = "web", **target: str) -> dict:
    meta = {"name": name, "annotations": {"by": "mine"}}
    return {"apiVersion": "v1", "kind": "Binding", "metadata": meta, "target": {"name": node, **target}}


async def post(http, path: str, body: dict) -> tuple[int, dict]:
    async with http.post(path, json=body) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("path", [f"{PODS}/web/binding", "/api/v1/namespaces/default/bindings"])
async def test_a_bound_pod_runs_on_its_node(http, path):
    status, message = await post(http, path, binding(kind="Node"))
    assert (status, message["status"]) == (201, "Success")
    async with asyncio.timeout(60):
        while True:
            async with http.get(f"{PODS}/web") as found:
                pod = await found.json()
            if pod["status"].get("phase") == "Running":
                break
            await asyncio.sleep(0.02)
    assert pod["spec"]["nodeName"] == "practice-worker"
    assert pod["metadata"]["annotations"] == {"by": "mine"}
    scheduled = next(each for each in pod["status"]["conditions"] if each["type"] == "PodScheduled")
    assert scheduled["status"] == "True"
    status, message = await post(http, path, binding("practice-control-plane"))
    assert (status, message["reason"]) == (409, "Conflict")
    assert 'pod web is already assigned to node "practice-worker"' in message["message"]


@pytest.mark.parametrize(
    ("path", "body", "code", "words"),
    [
        (
            f"{PODS}/web/binding",
            binding(name="other"),
            400,
            "name in URL does not match name in Binding object",
        ),
        ("/api/v1/namespaces/default/bindings", binding(name="none"), 404, 'pods "none" not found'),
        ("/api/v1/namespaces/default/bindings", binding(""), 400, "target.name: Required value"),
        (
            "/api/v1/namespaces/default/bindings",
            binding(kind="Pod"),
            400,
            'target.kind: Unsupported value: "Pod"',
        ),
        ("/api/v1/namespaces/default/bindings", POD, 400, "not a Binding object"),
    ],
)
async def test_bindings_that_are_refused(http, path, body, code, words):
    status, message = await post(http, path, body)
    assert (status, words in message["message"]) == (code, True), message
    async with http.get(f"{PODS}/web") as found:
        assert "nodeName" not in (await found.json())["spec"]


async def test_a_dry_run_binds_nothing(http):
    status, _ = await post(http, "/api/v1/namespaces/default/bindings?dryRun=All", binding())
    assert status == 201
    async with http.get(f"{PODS}/web") as found:
        assert "nodeName" not in (await found.json())["spec"]
