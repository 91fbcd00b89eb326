"""Pages that can't be reached though their load balancer has an address: with real names and sockets."""

from __future__ import annotations

import asyncio
import socket

import aiohttp

from checks.base import Object
from tests.faults.case import Case, Doing
from tests.faults.manifests import service
from tests.faults.scene import Scene

PAGE = {"http": {"service": "web", "port": 8080}, "timeout": "1s"}
CONSOLE = {"http": {"service": "kiali", "port": 20001, "path": "/"}, "timeout": "1s"}
LISTENING: list[socket.socket] = []
SERVERS: list[asyncio.Server] = []
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot found"
GRPC = bytes([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 5, 0, 0, 64, 0])
"""A frame of HTTP/2 settings, with which a gRPC server greets."""
NLB = service("web", type="LoadBalancer", loadBalancerClass="service.k8s.aws/nlb", ports=[{"port": 8080}])


async def web(scene: Scene) -> None:
    scene.faults.add("load-balancer-pending", "web")  # the address is ours to give
    await scene.kubectl("create", "service", "loadbalancer", "web", "--tcp=8080:80")
    await scene.kubectl("create", "deployment", "web", "--image=nginx:1.21")
    await scene.kubectl("rollout", "status", "deployment/web", "--timeout=60s")


async def addressed(scene: Scene, ingress: Object, name: str = "web", **annotations: str) -> None:
    """As a cloud's controller does it: through the Service's status."""
    practice, path = scene.practice, f"/api/v1/namespaces/default/services/{name}"
    headers = {
        "Authorization": f"Bearer {practice.token}",
        "Content-Type": "application/merge-patch+json",
    }
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(practice.server, headers=headers, connector=connector) as http:
        for where, patch in (
            (path, {"metadata": {"annotations": annotations}}),
            (f"{path}/status", {"status": {"loadBalancer": {"ingress": [ingress]}}}),
        ):
            async with http.patch(where, json=patch) as answer:
                assert answer.status == 200, await answer.text()


async def fresh_name(scene: Scene) -> None:
    await addressed(scene, {"hostname": "a1b2c3.elb.invalid"})


async def swallowed(scene: Scene) -> None:
    """A port whose queue is full: the kernel drops what would connect, as a firewall does."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    LISTENING.append(listener)
    for _ in range(3):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
        LISTENING.append(waiting)
    port = listener.getsockname()[1]
    await addressed(scene, {"hostname": "localhost"}, **{"practice.labgate.dev/port-8080": str(port)})


def serving(answer: bytes) -> Doing:
    """A server that gives this to all who ask, behind the Service's address."""

    async def bring(scene: Scene) -> None:
        async def message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(answer)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(message, "127.0.0.1", 0)
        SERVERS.append(server)
        port = server.sockets[0].getsockname()[1]
        await addressed(
            scene, {"hostname": "localhost"}, "kiali", **{"practice.labgate.dev/port-20001": str(port)}
        )

    return bring


async def kiali(scene: Scene) -> None:
    scene.faults.add("load-balancer-pending", "kiali")
    await scene.kubectl("create", "deployment", "kiali", "--image=nginx:1.21")
    await scene.kubectl("expose", "deployment", "kiali", "--type=LoadBalancer", "--port=20001")
    await scene.kubectl("rollout", "status", "deployment/kiali", "--timeout=60s")


async def kiali_by_grpc(scene: Scene) -> None:
    await kiali(scene)
    names = '[{"op": "add", "path": "/spec/ports/0/name", "value": "grpc-query"}]'
    await scene.kubectl("patch", "service", "kiali", "--type=json", "-p", names)


async def internal(scene: Scene) -> None:
    """As AWS does it where nobody asks for more: an address that is never routed stands for one of its network."""
    await scene.apply(NLB)
    await addressed(scene, {"ip": "192.0.2.10"})


async def cleared(scene: Scene) -> None:
    while LISTENING:
        LISTENING.pop().close()
    while SERVERS:
        SERVERS.pop().close()
    await scene.kubectl("delete", "service", "--all")
    scene.faults.clear()


CASES = (
    Case(
        "name-not-known",
        "",
        PAGE,
        fresh_name,
        cleared,
        before=web,
        evidence="a1b2c3.elb.invalid",
        about="service/web",
        facts=("F36",),
        passes=False,
    ),
    Case(
        "connection-swallowed",
        "",
        PAGE,
        swallowed,
        cleared,
        before=web,
        evidence="No response",
        about="service/web",
        facts=("F37",),
        passes=False,
    ),
    Case(
        "wrong-path",
        "",
        CONSOLE,
        serving(NOT_FOUND),
        cleared,
        before=kiali,
        evidence="404: not found",
        about="service/kiali",
        facts=("F38",),
        passes=False,
    ),
    Case(
        "port-without-pages",
        "",
        CONSOLE,
        serving(GRPC),
        cleared,
        before=kiali_by_grpc,
        evidence="grpc-query",
        about="service/kiali",
        facts=("F38",),
        passes=False,
    ),
    Case(
        "balancer-internal",
        "",
        PAGE,
        internal,
        cleared,
        evidence="192.0.2.10; loadBalancerClass: service.k8s.aws/nlb",
        about="service/web",
        facts=("F35",),
        passes=False,
    ),
)
