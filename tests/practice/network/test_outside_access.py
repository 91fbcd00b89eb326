"""What really listens in the pods is reached from this machine: load balancers, node ports, proxies, port-forwards."""

from __future__ import annotations

import asyncio
import http.client
from typing import Any

import aiohttp
import pytest

from runner.practice.cluster import PracticeCluster
from runner.practice.machinery.store import Key, Object
from tests.practice.core.conftest import Kubectl

NAMESPACE = "/api/v1/namespaces/default"
LABELS = {"app": "web"}


async def until(holds: Any) -> Any:
    async with asyncio.timeout(30):
        while not (found := holds()):
            await asyncio.sleep(0.02)
    return found


async def served(cluster: PracticeCluster, api: aiohttp.ClientSession, type_: str) -> Object:
    """nginx and a Service before it, once that has an endpoint."""
    container = {"name": "web", "image": "nginx", "ports": [{"containerPort": 80, "name": "http"}]}
    pod = {"metadata": {"name": "web", "labels": LABELS}, "spec": {"containers": [container]}}
    spec = {"type": type_, "selector": LABELS, "ports": [{"port": 8080, "targetPort": "http"}]}
    for resource, made in (("pods", pod), ("services", {"metadata": {"name": "web"}, "spec": spec})):
        async with api.post(f"{NAMESPACE}/{resource}", json=made) as answer:
            assert answer.status == 201, await answer.text()
    await until(
        lambda: any(
            "addresses" in each
            for each in (cluster.store.get(Key("endpoints", "default", "web")) or {}).get("subsets") or ()
        )
    )
    return cluster.store.get(Key("services", "default", "web")) or {}


def fetch(host: str, port: int) -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, port, timeout=20)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.status, f"{answer.getheader('Server')} {answer.read().decode()}"
    finally:
        connection.close()


async def reached(host: str, port: int) -> tuple[int, str]:
    """What answers there, once something does."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await asyncio.to_thread(fetch, host, port)
            except ConnectionError:
                await asyncio.sleep(0.02)


async def test_a_load_balancer_leads_to_the_pod_and_resets_without_one(cluster, http):
    await served(cluster, http, "LoadBalancer")

    def ingress() -> Any:
        service = cluster.store.get(Key("services", "default", "web")) or {}
        return ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress")

    (entry,) = await until(ingress)
    status, text = await reached(entry["ip"], 8080)
    assert status == 200 and text.startswith("nginx/") and "Welcome to nginx!" in text
    async with http.delete(f"{NAMESPACE}/pods/web?gracePeriodSeconds=0"):
        pass
    await until(lambda: not (cluster.store.get(Key("endpoints", "default", "web")) or {}).get("subsets"))
    with pytest.raises(ConnectionResetError):
        await asyncio.to_thread(fetch, entry["ip"], 8080)


async def test_a_node_port_answers_at_every_nodes_external_address_while_there_is_an_endpoint(cluster, http):
    service = await served(cluster, http, "NodePort")
    port = service["spec"]["ports"][0]["nodePort"]
    addresses = [
        entry["address"]
        for node in cluster.store.list("nodes")
        for entry in node["status"]["addresses"]
        if entry["type"] == "ExternalIP"
    ]
    assert len(set(addresses)) == 2

    async def answer(address: str) -> Any:
        try:
            return await asyncio.to_thread(fetch, address, port)
        except ConnectionError as error:
            return type(error)

    for address in addresses:
        async with asyncio.timeout(20):
            while not isinstance(found := await answer(address), tuple):
                await asyncio.sleep(0.02)
        assert found[0] == 200
    async with http.delete(f"{NAMESPACE}/pods/web?gracePeriodSeconds=0"):
        pass
    async with asyncio.timeout(20):
        while await answer(addresses[0]) is not ConnectionRefusedError:
            await asyncio.sleep(0.02)


async def test_proxies_pass_requests_on_and_say_what_refused(cluster, http):
    await served(cluster, http, "ClusterIP")
    for path in (
        "services/web:8080/proxy/",
        "services/web/proxy/",
        "pods/web/proxy/",
        "pods/web:http/proxy/",
    ):
        async with http.get(f"{NAMESPACE}/{path}") as answer:
            assert answer.status == 200 and answer.headers["Server"].startswith("nginx"), path
    async with http.get(f"{NAMESPACE}/services/web/proxy/missing") as answer:
        assert answer.status == 404 and "nginx" in await answer.text()
    async with http.get(f"{NAMESPACE}/pods/web:81/proxy/") as answer:
        assert answer.status == 503
        assert (await answer.json())["message"].endswith(":81: connect: connection refused")


async def test_kubectl_forwards_a_port_and_says_where_nothing_listens(cluster, http, kubectl: Kubectl):
    await served(cluster, http, "ClusterIP")
    process = await asyncio.create_subprocess_exec(
        kubectl.program, f"--kubeconfig={kubectl.kubeconfig}", "port-forward", "service/web", ":8080",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            line = (await process.stdout.readline()).decode()
        assert line.endswith("-> 80\n"), line
        port = int(line.split(" -> ")[0].rpartition(":")[2])
        assert (await asyncio.to_thread(fetch, "127.0.0.1", port))[0] == 200
    finally:
        process.kill()
        await process.wait()
    process = await asyncio.create_subprocess_exec(
        kubectl.program, f"--kubeconfig={kubectl.kubeconfig}", "port-forward", "pod/web", ":81",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    try:
        async with asyncio.timeout(30):
            line = (await process.stdout.readline()).decode()
            port = int(line.split(" -> ")[0].rpartition(":")[2])
            with pytest.raises((ConnectionError, http_errors())):
                await asyncio.to_thread(fetch, "127.0.0.1", port)
            error = (await process.stderr.readline()).decode()
        assert "an error occurred forwarding" in error and "connection refused" in error
    finally:
        process.kill()
        await process.wait()


def http_errors() -> type[Exception]:
    return http.client.HTTPException
