"""No request of any shape makes the API server of a practice cluster answer with an internal error."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from runner.practice.cluster import PracticeCluster

SHAPES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**20, "", "text", [], [None], [[]], ["a"], [{}], {}, {"a": None}, {"": {}},
    {"metadata": None}, {"metadata": []}, {"metadata": {"name": 5}}, {"metadata": {"name": "a", "labels": []}},
    {"metadata": {"name": "a", "namespace": 5}}, {"metadata": {"name": "a", "annotations": {"a": 1}}},
    {"metadata": {"name": "a", "finalizers": [None]}}, {"metadata": {"name": "a", "managedFields": [5]}},
    {"metadata": {"name": "a", "ownerReferences": [None, {}]}}, {"metadata": {"name": "a", "resourceVersion": 7}},
    {"apiVersion": 1, "kind": 2}, {"apiVersion": "v1", "kind": "Nothing"}, {"kind": []},
    {"metadata": {"name": "a"}, "spec": 5}, {"metadata": {"name": "a"}, "spec": []}, {"metadata": {"name": "a"}, "spec": {}},
    {"metadata": {"name": "a"}, "status": "x"}, {"metadata": {"name": "a"}, "spec": {"replicas": {}}},
    {"spec": {"replicas": "x"}}, {"kind": "Scale", "spec": "x"}, {"kind": "Scale", "metadata": [], "spec": []},
    [{"op": "add"}], [{"op": "replace", "path": "/metadata", "value": 5}], [{"op": "remove", "path": "/kind"}],
    [{"op": "add", "path": "/spec/x/y", "value": 1}], [{"op": 1, "path": 2}], [5],
    {"$patch": "delete"}, {"$patch": 5}, {"spec": {"$patch": "replace"}}, {"spec": {"$retainKeys": 5}},
    {"spec": {"template": {"spec": {"containers": [5]}}}}, {"spec": {"containers": [{"x": 1}]}},
    {"spec": {"$setElementOrder/containers": [5]}}, {"target": 5}, {"deleteOptions": 5}, {"deleteOptions": {"dryRun": 5}},
    {"propagationPolicy": 5}, {"gracePeriodSeconds": "x"}, {"preconditions": "x"}, {"dryRun": {}},
    {"request": {}}, {"user": 5, "spec": {"resourceAttributes": 5}}, {"spec": {"token": 5}},
    {"spec": {"audiences": 5, "expirationSeconds": "x"}},
)  # fmt: skip
RAW = (b"", b"{", b"\xff\xfe", b"- a: [", b"k8s\x00\x01\x02", b"k8s\x00", b"a: &a [*a]", b'"', b"[" * 5000)
MEDIA = (
    "application/json", "application/yaml", "application/merge-patch+json", "application/strategic-merge-patch+json",
    "application/json-patch+json", "application/apply-patch+yaml", "application/vnd.kubernetes.protobuf", "text/plain", "",
)  # fmt: skip
QUERIES = (
    "", "?limit=x", "?limit=-5", "?continue=x", "?resourceVersion=x", "?timeoutSeconds=x&watch=1&resourceVersion=zz",
    "?labelSelector=((", "?labelSelector=a in (", "?fieldSelector==", "?fieldSelector=spec.x=1", "?dryRun=x", "?force=x",
    "?fieldManager=" + "x" * 200, "?fieldValidation=x", "?propagationPolicy=x", "?gracePeriodSeconds=x", "?orphanDependents=x",
    "?pretty=x", "?tailLines=x", "?container=x", "?resourceVersionMatch=x&resourceVersion=1", "?fieldManager=a",
)  # fmt: skip
ACCEPTS = (
    "",
    "application/json",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=X",
    "text/html",
    ";;;",
)
SEED = 7


@pytest.fixture
async def cluster() -> AsyncIterator[PracticeCluster]:
    async with PracticeCluster("fuzzed", version="1.20") as running:
        yield running


async def _paths(ask: Any) -> list[str]:
    """Where every resource and every subresource is, with objects that are there and some that are not."""
    found = ["/", "/api", "/apis", "/api/v1", "/apis/nothing", "/version", "/openapi/v2", "/openapi/v3"]
    roots = ["/api/v1"]
    for group in (await ask("GET", "/apis"))["groups"]:
        roots += [f"/apis/{version['groupVersion']}" for version in group["versions"]]
    for root in roots:
        for one in (await ask("GET", root))["resources"]:
            plural, _, sub = one["name"].partition("/")
            place = f"{root}/namespaces/default/{plural}" if one["namespaced"] else f"{root}/{plural}"
            for name in ("a", "web"):
                found.append(f"{place}/{name}/{sub}" if sub else f"{place}/{name}")
            if not sub:
                found.append(place)
    return found


@pytest.mark.timeout(300)
async def test_wrong_shapes(cluster: PracticeCluster) -> None:
    chance = random.Random(SEED)
    headers = {"Authorization": f"Bearer {cluster.token}"}
    wrong: list[str] = []
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(ssl=False)) as session:

        async def ask(method: str, path: str) -> Any:
            async with session.request(method, cluster.server + path) as answer:
                return await answer.json()

        await _something_there(session, cluster.server)
        paths = [
            path for path in await _paths(ask) if not path.endswith(("/portforward", "/exec", "/attach"))
        ]
        for path in paths:
            for method in ("GET", "POST", "PUT", "PATCH", "PATCH", "PATCH", "DELETE"):
                if method == "DELETE" and path.endswith(("/web", "s", "/default")):
                    continue  # what is there stays for the others
                body = chance.choice((*RAW, *(json.dumps(shape).encode() for shape in SHAPES)))
                query = chance.choice(QUERIES)
                if method == "GET" and "watch" in query:
                    query = ""
                sent = {"Content-Type": chance.choice(MEDIA), "Accept": chance.choice(ACCEPTS)}
                request = session.request(method, cluster.server + path + query, data=body, headers=sent)
                async with request as answer:
                    if answer.status == 500:
                        output = (await answer.text())[:300]
                        wrong.append(f"{method} {path}{query} {sent} {body[:120]!r}\n    {output}")
    assert not wrong, f"{len(wrong)} internal errors:\n" + "\n".join(wrong[:40])


async def _something_there(session: aiohttp.ClientSession, url: str) -> None:
    """Objects called web, for the requests that change what is there."""
    container = {"name": "c", "image": "nginx"}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    for path, obj in (
        ("/api/v1/namespaces/default/pods", {"spec": {"containers": [container]}}),
        ("/api/v1/namespaces/default/configmaps", {"data": {"a": "b"}}),
        ("/api/v1/namespaces/default/services", {"spec": {"ports": [{"port": 80}]}}),
        ("/apis/apps/v1/namespaces/default/deployments", {"spec": spec}),
        ("/apis/apps/v1/namespaces/default/statefulsets", {"spec": {**spec, "serviceName": "web"}}),
        ("/api/v1/namespaces", {}),
        ("/api/v1/nodes", {}),
    ):
        async with session.post(url + path, json={"metadata": {"name": "web"}, **obj}) as answer:
            assert answer.status == 201, await answer.text()
