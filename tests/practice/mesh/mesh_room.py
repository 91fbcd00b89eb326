"""Containers in a test's own event loop, some with a sidecar, and the mesh between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runner.practice.containers.container_config import ContainerConfig
from runner.practice.containers.mesh.access_log_entry import AccessLogEntry
from runner.practice.containers.mesh.mesh_messages import MeshChange
from tests.practice.containers.container_room import ContainerRoom, Started

PROXY = "docker.io/istio/proxyv2:1.11.3"


class MeshRoom(ContainerRoom):
    """Pods are named by what they are; the mesh knows them as "<pod ip>.default"."""

    def __init__(self) -> None:
        super().__init__()
        self.pods: dict[str, Started] = {}
        self.entries: list[AccessLogEntry] = []
        self.runtime.mesh.on_entry.append(self.entries.append)

    async def sidecar(self, at: Started, *args: str) -> Started:
        """An istio-proxy in the pod."""
        pod = self.runtime.container(at.id).pod.config
        config = ContainerConfig(
            f"{at.id}-proxy", "istio-proxy", pod, PROXY, args=args or ("proxy", "sidecar")
        )
        await self.runtime.start(config, [])
        return Started(config.id, at.ip)

    async def configure(self, change: MeshChange, *ready: Started) -> None:
        """Have the mesh configured, and wait until these pods' proxies are ready."""
        await self.runtime.mesh.configure(change)
        await self.until(lambda: all(self.runtime.mesh.ready(pod.ip) for pod in ready))


@asynccontextmanager
async def mesh_room() -> AsyncIterator[MeshRoom]:
    made = MeshRoom()
    try:
        yield made
    finally:
        await made.runtime.close()
