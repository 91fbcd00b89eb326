"""The API as its clients see it on the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from runner.practice.cluster import PracticeCluster

MAPS = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


def config_map(name: str = "a", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


async def ask(http: aiohttp.ClientSession, method: str, path: str, **more: Any) -> tuple[int, Any]:
    async with http.request(method, path, **more) as response:
        return response.status, await response.json(content_type=None)


async def made(http: aiohttp.ClientSession, *names: str) -> None:
    for name in names:
        code, _ = await ask(http, "POST", MAPS, json=config_map(name))
        assert code == 201


async def mine(http: aiohttp.ClientSession, **query: str) -> Any:
    """The list of config maps without the one that every namespace has."""
    code, listing = await ask(
        http, "GET", MAPS, params={"fieldSelector": "metadata.name!=kube-root-ca.crt", **query}
    )
    assert code == 200, listing
    return listing


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    async for line in response.content:
        yield json.loads(line)


async def test_objects_come_and_go(http: aiohttp.ClientSession) -> None:
    code, obj = await ask(http, "POST", MAPS, json=config_map(x="1"))
    assert (code, obj["metadata"]["namespace"], obj["kind"]) == (201, "default", "ConfigMap")
    code, status = await ask(http, "POST", MAPS, json=config_map())
    assert (code, status["reason"]) == (409, "AlreadyExists")
    obj["data"] = {"x": "2"}
    code, changed = await ask(http, "PUT", f"{MAPS}/a", json=obj)
    assert (code, changed["data"]) == (200, {"x": "2"})
    code, status = await ask(http, "PUT", f"{MAPS}/a", json=obj)
    assert (code, status["reason"]) == (409, "Conflict")
    code, status = await ask(http, "DELETE", f"{MAPS}/a")
    assert (code, status["status"], status["details"]["uid"]) == (200, "Success", obj["metadata"]["uid"])
    code, status = await ask(http, "GET", f"{MAPS}/a")
    assert code == 404
    assert status == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'configmaps "a" not found',
        "reason": "NotFound",
        "details": {"name": "a", "kind": "configmaps"},
        "code": 404,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"apiVersion": "v2"},
            'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered',
        ),
        (
            {"kind": "Secret"},
            'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap)',
        ),
        (
            {"metadata": {"name": "a", "namespace": "other"}},
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
        ({"metadata": {"name": "b"}}, "the name of the object (b) does not match the name on the URL (a)"),
    ],
)
async def test_objects_that_do_not_fit(http: aiohttp.ClientSession, change: Any, message: str) -> None:
    await made(http, "a")
    code, status = await ask(http, "PUT", f"{MAPS}/a", json={**config_map(), **change})
    assert (code, status["reason"]) == (400, "BadRequest")
    assert status["message"].startswith(message)


async def test_claims_are_deleted_too(http: aiohttp.ClientSession) -> None:
    claims = "/api/v1/namespaces/default/persistentvolumeclaims"
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    code, _ = await ask(http, "POST", claims, json={"metadata": {"name": "data"}, "spec": spec})
    assert code == 201
    code, answer = await ask(http, "DELETE", f"{claims}/data")
    assert code == 200, answer


async def test_generated_names(http: aiohttp.ClientSession) -> None:
    obj = {**config_map(), "metadata": {"generateName": "web-"}}
    _, first = await ask(http, "POST", MAPS, json=obj)
    _, second = await ask(http, "POST", MAPS, json=obj)
    names = {first["metadata"]["name"], second["metadata"]["name"]}
    assert len(names) == 2
    assert all(name.startswith("web-") and len(name) == 9 for name in names)


async def test_dry_runs_store_nothing(http: aiohttp.ClientSession) -> None:
    code, obj = await ask(http, "POST", MAPS, json=config_map(), params={"dryRun": "All"})
    assert (code, obj["metadata"]["name"]) == (201, "a")
    assert (await ask(http, "GET", f"{MAPS}/a"))[0] == 404


async def test_pages(http: aiohttp.ClientSession) -> None:
    await made(http, "a", "b", "c", "d", "e")
    first = await mine(http, limit="2")
    await ask(http, "DELETE", f"{MAPS}/c")
    await made(http, "bb")
    second = await mine(http, limit="2", **{"continue": first["metadata"]["continue"]})
    last = await mine(http, limit="2", **{"continue": second["metadata"]["continue"]})
    pages = [[obj["metadata"]["name"] for obj in page["items"]] for page in (first, second, last)]
    assert pages == [["a", "b"], ["c", "d"], ["e"]]  # as it was when the first page was read
    assert len({page["metadata"]["resourceVersion"] for page in (first, second, last)}) == 1
    assert "continue" not in last["metadata"]
    _, whole = await ask(http, "GET", MAPS, params={"limit": "1"})
    assert whole["metadata"]["remainingItemCount"] == len((await ask(http, "GET", MAPS))[1]["items"]) - 1


async def test_a_page_that_is_too_old(http: aiohttp.ClientSession, cluster: PracticeCluster) -> None:
    await made(http, "a", "b")
    first = await mine(http, limit="1")
    await made(http, "c")
    cluster.store.compact()
    code, status = await ask(http, "GET", MAPS, params={"continue": first["metadata"]["continue"]})
    assert (code, status["reason"]) == (410, "Expired")
    assert status["message"].startswith("The provided continue parameter is too old")


async def test_a_revision_that_is_still_to_come(http: aiohttp.ClientSession) -> None:
    code, status = await ask(http, "GET", MAPS, params={"resourceVersion": "999999"})
    assert (code, status["reason"], status["details"]["retryAfterSeconds"]) == (504, "Timeout", 1)
    assert status["message"].startswith("Timeout: Too large resource version: 999999, current: ")


async def test_watches_report_what_enters_and_leaves_a_selection(http: aiohttp.ClientSession) -> None:
    start = (await mine(http))["metadata"]["resourceVersion"]
    query = {"watch": "1", "resourceVersion": start, "labelSelector": "on=yes", "timeoutSeconds": "30"}
    async with http.get(MAPS, params=query) as response:
        await made(http, "a")
        for labels in ({"on": "yes"}, {"on": "yes", "n": "1"}, {"on": "no"}):
            patch = {"metadata": {"labels": labels}}
            headers = {"Content-Type": "application/merge-patch+json"}
            await ask(http, "PATCH", f"{MAPS}/a", json=patch, headers=headers)
        seen = []
        async for event in events(response):
            seen.append((event["type"], event["object"]["metadata"]["labels"]))
            if event["type"] == "DELETED":
                break
    assert seen == [
        ("ADDED", {"on": "yes"}),
        ("MODIFIED", {"on": "yes", "n": "1"}),
        ("DELETED", {"on": "yes", "n": "1"}),
    ]


async def test_watches_begin_with_the_state_and_end_with_a_bookmark(http: aiohttp.ClientSession) -> None:
    await made(http, "a")
    query = {
        "watch": "true",
        "fieldSelector": "metadata.name=a",
        "timeoutSeconds": "1",
        "allowWatchBookmarks": "true",
    }
    async with http.get(MAPS, params=query) as response:
        seen = [event async for event in events(response)]
    assert [event["type"] for event in seen] == ["ADDED", "BOOKMARK"]
    assert int(seen[1]["object"]["metadata"]["resourceVersion"]) >= int(
        seen[0]["object"]["metadata"]["resourceVersion"]
    )


async def test_a_watch_from_a_compacted_revision(
    http: aiohttp.ClientSession, cluster: PracticeCluster
) -> None:
    await made(http, "a", "b")
    cluster.store.compact()
    async with http.get(MAPS, params={"watch": "1", "resourceVersion": "1"}) as response:
        seen = [event async for event in events(response)]
    assert [(event["type"], event["object"]["code"]) for event in seen] == [("ERROR", 410)]


async def test_initial_events(http: aiohttp.ClientSession) -> None:
    await made(http, "a")
    query = {
        "watch": "1",
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
        "fieldSelector": "metadata.name=a",
    }
    async with http.get(MAPS, params=query) as response:
        seen = []
        async for event in events(response):
            seen.append(event)
            if len(seen) == 2:
                break
    assert seen[0]["type"] == "ADDED"
    assert seen[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


@pytest.mark.parametrize("version", ["1.28"])
async def test_initial_events_are_refused_by_older_servers(http: aiohttp.ClientSession) -> None:
    query = {"watch": "1", "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    code, status = await ask(http, "GET", MAPS, params=query)
    assert (code, status["reason"]) == (422, "Invalid")
    assert "sendInitialEvents: Forbidden" in status["message"]


async def test_tables_and_metadata(http: aiohttp.ClientSession) -> None:
    await made(http, "a")
    code, table = await ask(http, "GET", f"{MAPS}/a", headers={"Accept": TABLE})
    assert (code, table["kind"], table["apiVersion"]) == (200, "Table", "meta.k8s.io/v1")
    assert table["rows"][0]["cells"][0] == "a"
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    _, listing = await ask(http, "GET", MAPS, headers={"Accept": METADATA})
    assert listing["kind"] == "PartialObjectMetadataList"
    assert all(set(item) == {"kind", "apiVersion", "metadata"} for item in listing["items"])
    code, status = await ask(http, "GET", MAPS, headers={"Accept": "text/html"})
    assert (code, status["reason"]) == (406, "NotAcceptable")


async def test_patches_of_unknown_types(http: aiohttp.ClientSession) -> None:
    await made(http, "a")
    code, status = await ask(http, "PATCH", f"{MAPS}/a", data=b"{}", headers={"Content-Type": "text/plain"})
    assert (code, status["reason"]) == (415, "UnsupportedMediaType")


async def test_apply_wants_a_manager(http: aiohttp.ClientSession) -> None:
    headers = {"Content-Type": "application/apply-patch+yaml"}
    code, status = await ask(http, "PATCH", f"{MAPS}/a", json=config_map(), headers=headers)
    assert code == 422
    assert status["message"].endswith("is invalid: fieldManager: Required value: is required for apply patch")
    code, obj = await ask(http, "PATCH", f"{MAPS}/a?fieldManager=me", json=config_map(x="1"), headers=headers)
    assert (code, obj["metadata"]["managedFields"][0]["operation"]) == (201, "Apply")


async def test_namespaces_that_are_not_there_or_are_going(
    http: aiohttp.ClientSession, cluster: PracticeCluster
) -> None:
    code, status = await ask(http, "POST", "/api/v1/namespaces/no/configmaps", json=config_map())
    assert (code, status["message"]) == (404, 'namespaces "no" not found')
    space = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "going", "finalizers": ["example.com/hold"]},
    }
    await ask(http, "POST", "/api/v1/namespaces", json=space)
    code, going = await ask(http, "DELETE", "/api/v1/namespaces/going")
    assert going["status"]["phase"] == "Terminating"
    code, status = await ask(http, "POST", "/api/v1/namespaces/going/configmaps", json=config_map())
    assert (code, status["reason"]) == (403, "Forbidden")
    assert status["message"] == (
        'configmaps "a" is forbidden: unable to create new content in namespace going because it is being terminated'
    )


async def test_who_may_ask(cluster: PracticeCluster) -> None:
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(cluster.server, connector=connector) as nobody:
        code, status = await ask(nobody, "GET", "/api")
        assert (code, status["message"]) == (
            403,
            'forbidden: User "system:anonymous" cannot get path "/api"',
        )
        assert (await ask(nobody, "GET", "/api", headers={"Authorization": "Bearer wrong"}))[0] == 401
        assert (await ask(nobody, "GET", "/version"))[0] == 200
        headers = {"Authorization": f"Bearer {cluster.token}", "Host": "evil.example"}
        assert (await ask(nobody, "GET", "/api", headers=headers))[0] == 421


async def test_paths_that_nothing_answers(http: aiohttp.ClientSession) -> None:
    for path in ("/nope", "/apis/no.example/v1", "/apis/no.example/v1/things"):
        async with http.get(path) as response:
            assert (response.status, await response.text()) == (404, "404 page not found\n")
    for path in ("/apis/apps/v1/namespaces/default/nopes", f"{MAPS}/a/nope"):
        code, status = await ask(http, "GET", path)
        assert (code, status["message"]) == (404, "the server could not find the requested resource")
    code, status = await ask(http, "POST", f"{MAPS}/a", json=config_map())
    assert (code, status["reason"]) == (405, "MethodNotAllowed")


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
async def test_health(http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(path) as response:
        assert await response.text() == "ok"


async def test_faults_are_switched_from_outside(http: aiohttp.ClientSession) -> None:
    code, _ = await ask(http, "POST", "/practice/faults", json={"kind": "forbidden", "target": "configmaps"})
    assert code == 201
    code, status = await ask(http, "POST", MAPS, json=config_map())
    assert (code, status["reason"]) == (403, "Forbidden")
    _, words = await ask(http, "GET", "/practice/faults")
    assert [fault["kind"] for fault in words["faults"]] == ["forbidden"]
    _, former = await ask(http, "GET", "/practice/troubles")
    assert former["troubles"] == words["faults"], "the former path answers for another release"
    await ask(http, "DELETE", "/practice/faults", json={})
    await made(http, "a")
    code, _ = await ask(http, "POST", "/practice/faults", json={"kind": "nonsense"})
    assert code == 400


async def test_clusters_do_not_know_each_other(cluster: PracticeCluster, http: aiohttp.ClientSession) -> None:
    await made(http, "a")
    async with PracticeCluster("other", version="1.22", speed=50) as other:
        assert other.server != cluster.server
        assert not [obj for obj in other.store.list("configmaps") if obj["metadata"]["name"] == "a"]


async def test_a_cluster_goes_on_where_it_was(tmp_path: Path) -> None:
    connector = aiohttp.TCPConnector(ssl=False)
    async with PracticeCluster("kept", folder=tmp_path) as first:
        before = (first.server, first.token)
        headers = {"Authorization": f"Bearer {first.token}"}
        async with aiohttp.ClientSession(first.server, headers=headers, connector=connector) as session:
            await made(session, "a")
    async with PracticeCluster("kept", folder=tmp_path) as second:
        assert (second.server, second.token) == before
        assert "a" in [obj["metadata"]["name"] for obj in second.store.list("configmaps", "default")]
    await asyncio.sleep(0)


async def test_a_port_that_is_taken(cluster: PracticeCluster) -> None:
    taken = int(cluster.server.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        async with PracticeCluster("second", port=taken):
            pass


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
async def test_namespaces_that_must_stay(http: aiohttp.ClientSession, name: str) -> None:
    code, status = await ask(http, "DELETE", f"/api/v1/namespaces/{name}")
    assert (code, status["message"]) == (
        403,
        f'namespaces "{name}" is forbidden: this namespace may not be deleted',
    )


async def test_unknown_fields_are_refused_warned_of_or_dropped(http: aiohttp.ClientSession) -> None:
    odd = {**config_map(), "odd": 1}
    code, status = await ask(http, "POST", MAPS, json=odd, params={"fieldValidation": "Strict"})
    assert code == 400
    assert status["message"] == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "odd"'
    )
    async with http.post(MAPS, json=odd) as response:
        assert response.headers.getall("Warning") == ['299 - "unknown field \\"odd\\""']
        assert "odd" not in await response.json()
    async with http.post(
        MAPS, json={**odd, "metadata": {"name": "b"}}, params={"fieldValidation": "Ignore"}
    ) as response:
        assert "Warning" not in response.headers


@pytest.mark.parametrize("version", ["1.24"])
async def test_old_versions_are_warned_of(http: aiohttp.ClientSession) -> None:
    async with http.get("/apis/policy/v1beta1/poddisruptionbudgets") as response:
        assert response.headers["Warning"] == (
            '299 - "policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+;'
            ' use policy/v1 PodDisruptionBudget"'
        )


async def test_a_connection_that_came_while_it_stopped_gets_no_answer(cluster, http):
    cluster._backend.closing.set()
    with pytest.raises(aiohttp.ClientError):
        await http.get("/api/v1/namespaces")


async def test_pod_security_warns_of_workloads(http: Any) -> None:
    labels = {"pod-security.kubernetes.io/warn": "baseline"}
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "warned", "labels": labels}}
    async with http.post("/api/v1/namespaces", json=made) as answer:
        assert answer.status == 201
    spec = {"hostPID": True, "containers": [{"name": "c", "image": "nginx"}]}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": spec}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    }
    async with http.post("/apis/apps/v1/namespaces/warned/deployments", json=deployment) as answer:
        assert answer.status == 201
        assert answer.headers["Warning"] == (
            '299 - "would violate PodSecurity \\"baseline:latest\\": host namespaces (hostPID=true)"'
        )
