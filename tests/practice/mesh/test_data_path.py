"""Requests of pods through a real Envoy: out of the client's sidecar, over mutual TLS, into the server's."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from runner.practice.containers.mesh.access_log_entry import AccessLogEntry
from runner.practice.containers.mesh.envoy_process import installed_envoy
from runner.practice.containers.network_messages import Request
from tests.practice.containers.container_room import Started
from tests.practice.mesh.mesh_room import MeshRoom, mesh_room
from tests.practice.mesh.small_mesh import change

pytestmark = [
    pytest.mark.skipif(installed_envoy() is None, reason="Envoy (labgate[mesh]) is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]


class Pods(NamedTuple):
    room: MeshRoom
    client: Started
    v1: Started
    v2: Started
    outside: Started
    proxy: Started
    """The client's."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mesh() -> AsyncIterator[Pods]:
    async with mesh_room() as room:
        client = await room.run("curlimages/curl", "sleep", "100000", name="client")
        v1 = await room.run("hashicorp/http-echo", "-text=v1", name="v1")
        v2 = await room.run("hashicorp/http-echo", "-text=v2", name="v2")
        outside = await room.run("curlimages/curl", "sleep", "100000", name="outside")
        proxies = [await room.sidecar(each) for each in (client, v1, v2)]
        room.serve([9080], web=v1)
        made = Pods(room, client, v1, v2, outside, proxies[0])
        await configure(made, {v1: 90, v2: 10})
        yield made


async def configure(mesh: Pods, weights: dict[Started, int], *, strict: bool = True) -> None:
    servers = {mesh.v1.ip: 5678, mesh.v2.ip: 5678}
    by_ip = {pod.ip: weight for pod, weight in weights.items()}
    made = change(mesh.client.ip, servers, by_ip, strict=strict)
    await mesh.room.configure(made, mesh.client, mesh.v1, mesh.v2)


async def test_requests_are_shared_by_weight(mesh: Pods) -> None:
    pod = mesh.room.runtime.container(mesh.client.id).pod
    heard = [
        (await mesh.room.runtime.network.request(pod, "web", 9080, Request("GET", "/"))).body.strip()
        for _ in range(500)
    ]
    assert heard.count(b"v1") + heard.count(b"v2") == 500
    assert 24 <= heard.count(b"v2") <= 80  # 99.9 % of binomials of 500 and 10 %


async def test_the_server_hears_the_host_and_sees_its_own_sidecar(mesh: Pods) -> None:
    code, out = await mesh.room.exec(mesh.client, "curl", "-sv", "web:9080/a?b=c")
    assert code == 0
    assert "< server: envoy" in out
    lines = [entry for entry in await _entries(mesh) if entry.path == "/a?b=c"]
    assert [(entry.direction, entry.code, entry.authority) for entry in lines] == [
        ("inbound", 200, "web:9080"),
        ("outbound", 200, "web:9080"),
    ]
    inbound, outbound = lines
    assert inbound.principal == "spiffe://cluster.local/ns/default/sa/default"
    assert inbound.source.startswith(mesh.client.ip) or inbound.source.startswith("/")
    assert outbound.upstream in (f"{mesh.v1.ip}:5678", f"{mesh.v2.ip}:5678")


async def test_strict_mutual_tls_refuses_plaintext(mesh: Pods) -> None:
    """Also where it has come through the client's own sidecar without a Service (PassthroughCluster)."""
    for client in (mesh.outside, mesh.client):
        code, _ = await mesh.room.exec(client, "curl", "-s", "-m", "5", f"http://{mesh.v1.ip}:5678/")
        assert code == 56
    await configure(mesh, {mesh.v1: 90, mesh.v2: 10}, strict=False)
    try:
        await _comes_to_hear(mesh, mesh.outside, f"http://{mesh.v1.ip}:5678/", "v1")
        await _comes_to_hear(mesh, mesh.client, f"http://{mesh.v1.ip}:5678/", "v1")
    finally:
        await configure(mesh, {mesh.v1: 90, mesh.v2: 10})


async def test_a_changed_route_is_in_effect_at_once(mesh: Pods) -> None:
    for pod, text in ((mesh.v2, "v2"), (mesh.v1, "v1")):
        began = time.monotonic()
        await configure(mesh, {pod: 100})
        await _comes_to_hear(mesh, mesh.client, "web:9080", text)
        assert time.monotonic() - began < 2
    await configure(mesh, {mesh.v1: 90, mesh.v2: 10})


async def test_the_pods_own_addresses_go_past_the_proxy(mesh: Pods) -> None:
    ready = await _hears(
        mesh, mesh.client, "-o", "/dev/null", "-w", "%{http_code}", "localhost:15021/healthz/ready"
    )
    assert ready == "200"
    stats = await _hears(mesh, mesh.client, "localhost:15000/clusters")
    assert "PassthroughCluster::" in stats
    assert f"{mesh.v1.ip};" not in stats


async def test_an_envoy_that_dies_is_started_again(mesh: Pods) -> None:
    envoy = mesh.room.runtime.mesh.envoy
    assert envoy is not None
    first = envoy.pid
    os.kill(first, signal.SIGKILL)
    began = time.monotonic()
    await mesh.room.until(lambda: envoy.pid not in (0, first))
    await _comes_to_hear(mesh, mesh.client, "web:9080", "v")
    assert time.monotonic() - began < 10  # half a second, on a machine with nothing else to do
    assert "Envoy has ended (-9)" in await mesh.room.log(mesh.proxy)


async def test_several_meshes_live_side_by_side() -> None:
    """The pods of all of them have the same addresses."""
    async with AsyncExitStack() as stack:
        rooms = [await stack.enter_async_context(mesh_room()) for _ in range(3)]
        clients = []
        for number, room in enumerate(rooms):
            client = await room.run("curlimages/curl", "sleep", "100000", name="client")
            web = await room.run("hashicorp/http-echo", f"-text=of {number}", name="web")
            for pod in (client, web):
                await room.sidecar(pod)
            room.serve([9080], web=web)
            await room.configure(change(client.ip, {web.ip: 5678}, {web.ip: 100}), client, web)
            clients.append(client)
        for number, (room, client) in enumerate(zip(rooms, clients, strict=True)):
            assert await room.exec(client, "curl", "-s", "web:9080") == (0, f"of {number}\n")
        folders = [room.runtime.mesh.folder for room in rooms]
    assert not any(folder is None or folder.exists() for folder in folders)


async def test_nothing_is_left_of_a_mesh() -> None:
    async with mesh_room() as room:
        alone = await room.run("curlimages/curl", "sleep", "100000", name="alone")
        proxy = await room.sidecar(alone)
        envoy = room.runtime.mesh.envoy
        assert envoy is not None
        await room.until(lambda: envoy.pid)
        pid, folder = envoy.pid, room.runtime.mesh.folder
        assert folder is not None
        assert folder.exists()
        await room.stop(proxy)
        await room.until(lambda: not envoy.pid)
    assert not folder.exists()
    assert not Path(f"/proc/{pid}").exists()


async def _hears(mesh: Pods, client: Started, *words: str) -> str:
    code, out = await mesh.room.exec(client, "curl", "-s", *words)
    assert code == 0
    return out.strip()


async def _comes_to_hear(mesh: Pods, client: Started, url: str, text: str) -> None:
    async with asyncio.timeout(20):
        while text not in (await mesh.room.exec(client, "curl", "-s", "-m", "5", url))[1]:
            await asyncio.sleep(0.01)


async def _entries(mesh: Pods) -> list[AccessLogEntry]:
    """Those that Envoy has written so far: it does so every tenth of a second."""
    count = len(mesh.room.entries)
    await mesh.room.until(lambda: len(mesh.room.entries) > count)
    return mesh.room.entries
