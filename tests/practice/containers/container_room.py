"""Containers in a test's own event loop, without an API: start them, run commands in them, read what they wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from runner.practice.containers.byte_streams import Nothing, Pipe
from runner.practice.containers.cluster_view import Backend, NetworkView, ServicePort, ServiceView
from runner.practice.containers.container_config import ContainerConfig, Exit, PodConfig, VolumeConfig
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.runtime import Runtime
from runner.practice.containers.standard_streams import Streams
from runner.practice.node import images

PATIENCE = 20.0
NAMES = ServiceView(
    "kube-system",
    "kube-dns",
    "10.96.0.10",
    [ServicePort(53, "dns", "UDP")],
    [Backend("10.244.0.2", [(53, 53, "UDP")])],
)
"""The cluster's name server, ready."""


@dataclass(frozen=True, slots=True)
class Started:
    """A container of a pod of its own, by its id and the pod's address."""

    id: str
    ip: str


class ContainerRoom:
    """A runtime, with pods whose only container has the pod's name."""

    def __init__(self) -> None:
        self.exits: dict[str, Exit] = {}
        self.runtime = Runtime(lambda id_, exit_: self.exits.update({id_: exit_}))
        self.runtime.network.set_view(NetworkView(services=[NAMES]))
        self._pods = 0

    async def run(
        self,
        image: str,
        *args: str,
        name: str = "web",
        volumes: Sequence[VolumeConfig] = (),
        **config: Any,
    ) -> Started:
        """Start a pod; `image` as a manifest has it."""
        parsed = images.parse(image)
        assert parsed is not None
        self._pods += 1
        pod = PodConfig(
            uid=f"{name}-{self._pods}", namespace="default", name=name, ip=f"10.244.1.{self._pods}"
        )
        asked = ContainerConfig(id=pod.uid, name=name, pod=pod, image=parsed.full, args=args or None)
        await self.runtime.start(replace(asked, **config), volumes)
        return Started(pod.uid, pod.ip)

    def serve(self, ports: Sequence[int], **pods: Started) -> None:
        """Have Services with these ports and names, each of one pod; those before are gone."""
        services = [
            ServiceView(
                "default",
                name,
                f"10.96.1.{number}",
                [ServicePort(port) for port in ports],
                [Backend(pod.ip, [(port, port, "TCP") for port in ports], pod=pod.id)],
            )
            for number, (name, pod) in enumerate(pods.items(), 1)
        ]
        self.runtime.network.set_view(NetworkView(services=[NAMES, *services]))

    async def exec(self, container: Started, *argv: str, stdin: str | None = None) -> tuple[int, str]:
        """(exit code, everything that it wrote) of a command."""
        code, out, error = await self._exec(container, argv, stdin, together=True)
        return code, out + error

    async def exec_apart(
        self, container: Started, *argv: str, stdin: str | None = None
    ) -> tuple[int, str, str]:
        """(exit code, standard output, standard error) of a command."""
        return await self._exec(container, argv, stdin, together=False)

    async def _exec(
        self, container: Started, argv: Sequence[str], stdin: str | None, *, together: bool
    ) -> tuple[int, str, str]:
        written: list[bytes] = []
        failed: list[bytes] = []

        async def write(data: bytes) -> None:
            written.append(data)

        async def fail(data: bytes) -> None:
            (written if together else failed).append(data)

        source: Pipe | Nothing = Nothing()
        if stdin is not None:
            source = Pipe()
            await source.write(stdin.encode())
            await source.close()
        code = await self.runtime.exec(container.id, argv, Streams(source, write, fail))
        return code, b"".join(written).decode(), b"".join(failed).decode()

    async def sh(self, container: Started, script: str) -> str:
        return (await self.exec(container, "sh", "-c", script))[1]

    async def request(
        self,
        container: Started,
        target: str = "/",
        port: int = 80,
        method: str = "GET",
        body: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask a container by its pod's address, as somebody outside."""
        asked = Request(
            method, target, [*(headers or {"Host": "web"}).items()], body.encode(), "10.244.9.9", port
        )
        found = await self.runtime.network.connect(None, container.ip, port)
        assert found.listener.http is not None
        return await found.listener.http(asked)

    async def exit_of(self, container: Started) -> Exit:
        await self.until(lambda: container.id in self.exits)
        return self.exits[container.id]

    async def log(self, container: Started) -> str:
        return "".join(
            [f"{line.text}\n" async for lines in self.runtime.logs(container.id) for line in lines]
        )

    async def stop(self, container: Started, grace: float = 5.0) -> Exit:
        await self.runtime.stop(container.id, grace)
        return await self.exit_of(container)

    async def until(self, holds: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def container_room() -> AsyncIterator[ContainerRoom]:
    made = ContainerRoom()
    try:
        yield made
    finally:
        await made.runtime.close()
