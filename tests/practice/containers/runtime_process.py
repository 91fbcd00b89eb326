"""A container runtime in a process of its own, as a practice cluster has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runner.practice.containers.byte_streams import Nothing
from runner.practice.containers.container_config import ContainerConfig, Exit, PodConfig
from runner.practice.containers.standard_streams import Streams
from runner.practice.node.runtime_client import RuntimeClient


class RuntimeProcess:
    """`lost` is whether the process has died by itself; `exits` has the containers that ended."""

    def __init__(self) -> None:
        self.lost = False
        self.exits: dict[str, Exit] = {}
        self.client = RuntimeClient(lambda id_, exit_: self.exits.update({id_: exit_}), lost=self._lost)

    def _lost(self) -> None:
        self.lost = True

    async def start(self, name: str, *command: str, image: str = "busybox") -> None:
        pod = PodConfig(uid=name, namespace="default", name=name, ip="10.244.1.2")
        config = ContainerConfig(
            id=name, name=name, pod=pod, image=f"docker.io/library/{image}:latest", args=command
        )
        await self.client.start(config, [], {}, 0)

    async def sh(self, container: str, script: str) -> tuple[int, str]:
        """(exit code, everything that it wrote)"""
        written: list[bytes] = []

        async def write(data: bytes) -> None:
            written.append(data)

        code = await self.client.exec(container, ["sh", "-c", script], Streams(Nothing(), write, write))
        return code, b"".join(written).decode("utf-8", "replace")

    @property
    def memory(self) -> int:
        """Bytes that it holds."""
        assert self.client._process is not None
        fields = Path(f"/proc/{self.client._process.pid}/statm").read_text().split()
        return int(fields[1]) * 4096


@asynccontextmanager
async def runtime_process() -> AsyncIterator[RuntimeProcess]:
    made = RuntimeProcess()
    try:
        yield made
    finally:
        await made.client.close()
