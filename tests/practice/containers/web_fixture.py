"""A small web server in a pod, and a client pod beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from runner.practice.containers.network_messages import Listener, Request, Response
from tests.practice.containers.container_room import ContainerRoom, Started


@dataclass
class Web:
    """`got`: the requests that came. The server answers at `at`, an address with its port."""

    room: ContainerRoom
    server: Started
    client: Started
    got: list[Request] = field(default_factory=list)

    @property
    def at(self) -> str:
        return f"{self.server.ip}:8080"

    async def run(self, *argv: str, stdin: str | None = None) -> tuple[int, str, str]:
        """(exit code, standard output, standard error) of a command in the client; AT is the server's address."""
        return await self.room.exec_apart(
            self.client, *(word.replace("AT", self.at) for word in argv), stdin=stdin
        )


async def answer(request: Request) -> Response:
    if request.path.startswith("/status/"):
        return Response(int(request.path.rpartition("/")[2]), [("Content-Type", "text/plain")], b"so\n")
    if request.path == "/moved":
        return Response(302, [("Location", "/")])
    if request.path == "/slow":
        await asyncio.sleep(30)
    if request.path == "/echo":
        lines = [
            f"{request.method} {request.target}",
            *(f"{name}: {value}" for name, value in request.headers),
        ]
        return Response(
            200, [("Content-Type", "text/plain")], "\n".join(lines).encode() + b"\n\n" + request.body
        )
    if request.path == "/json":
        return Response(200, [("Content-Type", "application/json")], b'{"b":1,"a":["x"]}')
    return Response(200, [("Server", "fixture"), ("Content-Type", "text/plain")], b"hello\n")


async def web(
    room: ContainerRoom, image: str = "debian", handler: Callable[[Request], Awaitable[Response]] = answer
) -> Web:
    """Both pods started; the client has that image."""
    server = await room.run("registry.k8s.io/pause", name="server")
    client = await room.run(image, name="client", command=["sleep", "infinity"])
    made = Web(room, server, client)

    async def noted(request: Request) -> Response:
        made.got.append(request)
        return await handler(request)

    container = room.runtime.container(server.id)
    container.pod.listen(container, 8080, Listener(http=noted))
    return made
