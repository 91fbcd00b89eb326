"""Load balancers: an address, ports that answer, the events of a service controller."""

from __future__ import annotations

import asyncio
import errno
import http.client
import socket
from pathlib import Path
from typing import Any

import pytest

from runner.practice.machinery.store import Object
from runner.practice.network import load_balancer as balancer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def service(name: str = "kiali", port: int = 20001, **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "type": "LoadBalancer",
            "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
            **spec,
        },
    }


def address(world: Any, name: str = "kiali") -> str:
    ingress = world.get("services", name)["status"]["loadBalancer"].get("ingress") or [{}]
    return str(ingress[0].get("ip", ""))


def fetch(host: str, port: int, path: str = "/") -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read().decode()
    finally:
        connection.close()


async def get(host: str, port: int, path: str = "/") -> tuple[int, dict[str, str], str]:
    return await asyncio.to_thread(fetch, host, port, path)


def refuses(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == errno.ECONNREFUSED


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "kiali.html").write_text("<h1>Kiali (stand-in)</h1>", encoding="utf-8")
    (folder / "pages.yaml").write_text(
        "- {service: kiali, namespace: default, port: http, path: /, redirect: /kiali/}\n"
        "- {service: kiali, namespace: default, port: http, path: /kiali, file: kiali.html}\n"
        "- {service: kiali, path: /kiali/healthz, status: 204}\n",
        encoding="utf-8",
    )
    return folder


async def test_an_edited_service_gets_an_address_that_answers(alive, pages):
    port = free_port()
    async with alive(pages=[pages]) as world:
        made = service(port=port)
        made["spec"]["type"] = "ClusterIP"
        world.create("services", made)
        world.edit("services", "kiali", lambda obj: obj["spec"].update(type="LoadBalancer"))
        await world.until(lambda: address(world))
        assert address(world).startswith("127.")
        assert world.get("services", "kiali")["status"]["loadBalancer"]["ingress"][0]["ipMode"] == "VIP"
        reasons = [e["reason"] for e in world.store.list("events", "default")]
        assert reasons == ["EnsuringLoadBalancer", "EnsuredLoadBalancer"]
        status, headers, _ = await get(address(world), port)
        assert (status, headers["Location"]) == (302, "/kiali/")
        status, headers, body = await get(address(world), port, "/kiali/console")
        assert (status, body) == (200, "<h1>Kiali (stand-in)</h1>")
        assert headers["X-Labgate-Practice"] == "stand-in"
        assert (await get(address(world), port, "/kiali/healthz"))[0] == 204


async def test_back_to_cluster_ip_closes_the_port(alive):
    port = free_port()
    async with alive() as world:
        world.create("services", service(port=port))
        await world.until(lambda: address(world))
        host = address(world)
        world.edit("services", "kiali", lambda obj: obj["spec"].update(type="ClusterIP"))
        await world.until(lambda: not address(world) and refuses(host, port))
        found = world.get("services", "kiali")
        assert "finalizers" not in found["metadata"]
        assert world.events("DeletedLoadBalancer") == ["Deleted load balancer"]


async def test_a_deleted_service_gives_its_address_up(alive):
    port = free_port()
    async with alive() as world:
        world.create("services", service(port=port))
        await world.until(lambda: address(world))
        host = address(world)
        world.delete("services", "kiali")
        await world.until(lambda: world.find("services", "kiali") is None and refuses(host, port))


async def test_a_restart_brings_the_same_address_back(alive, tmp_path):
    port = free_port()
    async with alive(tmp_path) as world:
        world.create("services", service(port=port))
        await world.until(lambda: address(world))
        host = address(world)
    assert refuses(host, port)
    async with alive(tmp_path) as world:
        await world.until(lambda: not refuses(host, port))
        assert address(world) == host
        assert len(world.events("EnsuredLoadBalancer")) == 1
        status, _, body = await get(host, port)
        assert status == 200
        assert "practice cluster" in body


async def test_a_port_that_needs_privileges_is_served_elsewhere(alive, monkeypatch):
    real = balancer._bound

    def bound(host: str, port: int) -> socket.socket:
        if port == 80:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(host, port)

    monkeypatch.setattr(balancer, "_bound", bound)
    async with alive() as world:
        world.create("services", service("tracing", 80))
        await world.until(lambda: address(world, "tracing"))
        found = world.get("services", "tracing")
        other = int(found["metadata"]["annotations"]["practice.labgate.dev/port-80"])
        host = address(world, "tracing")
        assert world.events("AnotherPort") == [
            f"Port 80 of {host} can't be opened on this machine. It is served on port {other}: http://{host}:{other}/"
        ]
        assert (await get(host, other))[0] == 200


async def test_where_only_one_loopback_address_exists(alive, monkeypatch):
    real = balancer._bound

    def bound(host: str, port: int) -> socket.socket:
        if host != "127.0.0.1":
            raise OSError(errno.EADDRNOTAVAIL, "Can't assign requested address")
        return real(host, port)

    monkeypatch.setattr(balancer, "_bound", bound)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with alive() as world:
            world.create("services", service(port=port))
            await world.until(lambda: address(world))
            assert address(world) == "127.0.0.1"
            other = world.get("services", "kiali")["metadata"]["annotations"][
                f"practice.labgate.dev/port-{port}"
            ]
            assert (await get("127.0.0.1", int(other)))[0] == 200


async def test_no_ready_pod_is_reported_by_the_page(alive):
    port = free_port()
    async with alive() as world:
        world.create("services", service(port=port, selector={"app": "none"}))
        await world.until(lambda: address(world))
        status, _, body = await get(address(world), port)
        assert (status, body) == (503, 'no endpoints available for service "kiali"')


async def test_a_changed_port_is_opened_at_the_same_address(alive):
    first, second = free_port(), free_port()
    async with alive() as world:
        world.create("services", service(port=first))
        await world.until(lambda: address(world))
        host = address(world)
        world.edit("services", "kiali", lambda obj: obj["spec"]["ports"][0].update(port=second))
        await world.until(lambda: refuses(host, first) and not refuses(host, second))
        assert address(world) == host


async def test_without_balancers_nothing_listens(alive):
    port = free_port()
    async with alive(balancers=False) as world:
        world.create("services", service(port=port))
        await world.until(lambda: address(world))
        assert refuses(address(world), port)
