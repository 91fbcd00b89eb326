"""What a kubelet needs of a container runtime, and the one that runs nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from runner.practice.containers.cluster_view import NetworkChange
from runner.practice.containers.container_config import (
    ContainerConfig,
    Exit,
    LogLine,
    NoSuchContainer,
    VolumeConfig,
)
from runner.practice.containers.mesh.mesh_messages import MeshChange
from runner.practice.containers.network_messages import ConnectError, Place, Request, Response
from runner.practice.containers.probe_messages import ProbeAction, ProbeResult
from runner.practice.containers.standard_streams import Streams
from runner.practice.machinery.store import Object
from runner.practice.node.container_behavior import ending
from runner.practice.node.pod_connection import PodConnection

IDLE, MEMORY = 0.0009, 8 * 2**20
"""What a container uses that only seems to run: processors, bytes."""

Exited = Callable[[str, Exit], None]
"""Called with the id of a container that has ended, and how."""


class ContainerRuntime(Protocol):
    """See `containers/runtime.py` for what its calls do; they may raise ConnectionError where it has ended."""

    @property
    def runs(self) -> bool:
        """Whether anything really runs in the containers."""
        ...

    @property
    def prepared(self) -> bool:
        """Whether something was asked for that needs what runs."""
        ...

    def prepare(self) -> None: ...

    async def start(
        self, config: ContainerConfig, volumes: Sequence[VolumeConfig], pod: Object, ran_for: float
    ) -> None: ...

    async def stop(self, container: str, grace: float) -> Exit: ...

    async def probe(self, container: str, action: ProbeAction) -> ProbeResult: ...

    async def exec(
        self, container: str, argv: Sequence[str], streams: Streams, *, stdin: bool = False
    ) -> int: ...

    async def attach(self, container: str, streams: Streams, *, stdin: bool = False) -> None: ...

    def logs(
        self, container: str, *, follow: bool = False, tail: int | None = None
    ) -> AsyncIterator[list[LogLine]]: ...

    async def put_volume(self, volume: VolumeConfig) -> None: ...

    async def change_network(self, change: NetworkChange) -> None: ...

    async def change_mesh(self, change: MeshChange) -> None: ...

    async def dial(self, place: Place) -> PodConnection: ...

    async def request(self, place: Place, request: Request) -> Response: ...

    async def remove_volume(self, volume: str) -> None: ...

    async def volume_sizes(self, volumes: Sequence[str]) -> dict[str, int]: ...

    async def remove_pod(self, uid: str, volumes: Sequence[str]) -> None: ...

    async def usage(self) -> dict[str, tuple[float, int]]: ...

    async def close(self) -> None: ...


class SimulatedRuntime:
    """Runs nothing: a container lasts as long as its image and command let expect (`container_behavior.py`).

    For rehearsals of whole classes, and for tests in which only objects matter. `speed` divides every time.
    """

    runs = False
    prepared = False

    def __init__(self, exited: Exited, speed: float) -> None:
        self._exited, self._speed = exited, speed
        self._timers: dict[str, asyncio.TimerHandle | None] = {}
        self._started: dict[str, float] = {}

    def prepare(self) -> None:
        """Nothing has to be ready."""

    async def start(
        self, config: ContainerConfig, volumes: Sequence[VolumeConfig], pod: Object, ran_for: float
    ) -> None:
        spec = {"image": config.image, "stdin": config.stdin, "tty": config.tty}
        end = ending(pod, spec | {"command": config.command or [], "args": config.args or []})
        timer = None
        added = [each["name"] for each in pod["spec"].get("ephemeralContainers") or ()]
        if end is not None and config.name not in added:  # one that debugs waits for its user
            loop = asyncio.get_running_loop()
            left = max(0.0, end.seconds - ran_for) / self._speed
            timer = loop.call_later(left, self._end, config.id, Exit(end.exit_code, end.reason))
        self._timers[config.id] = timer
        self._started[config.id] = time.monotonic()

    async def stop(self, container: str, grace: float) -> Exit:
        if container in self._timers:
            self._end(container, Exit(0))
        return Exit(0)

    async def probe(self, container: str, action: ProbeAction) -> ProbeResult:
        raise NoSuchContainer(container)

    async def exec(
        self, container: str, argv: Sequence[str], streams: Streams, *, stdin: bool = False
    ) -> int:
        raise NoSuchContainer(container)

    async def attach(self, container: str, streams: Streams, *, stdin: bool = False) -> None:
        raise NoSuchContainer(container)

    async def logs(
        self, container: str, *, follow: bool = False, tail: int | None = None
    ) -> AsyncIterator[list[LogLine]]:
        nothing: list[list[LogLine]] = []
        for lines in nothing:
            yield lines

    async def put_volume(self, volume: VolumeConfig) -> None: ...

    async def change_network(self, change: NetworkChange) -> None: ...

    async def change_mesh(self, change: MeshChange) -> None: ...

    async def dial(self, place: Place) -> PodConnection:
        raise ConnectError("refused", place.name, place.port)

    async def request(self, place: Place, request: Request) -> Response:
        raise ConnectError("refused", place.name, place.port)

    async def remove_volume(self, volume: str) -> None: ...

    async def volume_sizes(self, volumes: Sequence[str]) -> dict[str, int]:
        return {}

    async def remove_pod(self, uid: str, volumes: Sequence[str]) -> None: ...

    async def usage(self) -> dict[str, tuple[float, int]]:
        now = time.monotonic()
        return {id_: (IDLE * (now - since), MEMORY) for id_, since in self._started.items()}

    async def close(self) -> None:
        for timer in self._timers.values():
            if timer is not None:
                timer.cancel()
        self._timers.clear()

    def _end(self, container: str, exit_: Exit) -> None:
        timer = self._timers.pop(container, None)
        self._started.pop(container, None)
        if timer is not None:
            timer.cancel()
        self._exited(container, exit_)
