"""Pages that can't be reached though their load balancer has an address: with real names and sockets."""

from __future__ import annotations

import socket

import aiohttp

from checks.base import Object
from tests.troubles.case import Case
from tests.troubles.scene import Scene

PAGE = {"http": {"service": "web", "port": 8080}, "timeout": "1s"}
LISTENING: list[socket.socket] = []


async def web(scene: Scene) -> None:
    scene.troubles.add("load-balancer-pending", "web")  # the address is ours to give
    await scene.kubectl("create", "service", "loadbalancer", "web", "--tcp=8080:80")
    await scene.kubectl("create", "deployment", "web", "--image=nginx:1.21")
    await scene.kubectl("rollout", "status", "deployment/web", "--timeout=60s")


async def addressed(scene: Scene, ingress: Object, **annotations: str) -> None:
    """As a cloud's controller does it: through the Service's status."""
    practice, path = scene.practice, "/api/v1/namespaces/default/services/web"
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


async def cleared(scene: Scene) -> None:
    while LISTENING:
        LISTENING.pop().close()
    await scene.kubectl("delete", "service", "web")
    scene.troubles.clear()


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
        evidence="No answer",
        about="service/web",
        facts=("F37",),
        passes=False,
    ),
)
