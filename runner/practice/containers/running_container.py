"""A running container, as programs and the parts of a container see it.

A protocol, so that imports lead one way: `container.py` is one, and knows the programs; they know this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from runner.practice.containers.container_config import ContainerConfig, Exit
from runner.practice.containers.container_log import ContainerLog
from runner.practice.containers.container_process import Process
from runner.practice.containers.pod_sandbox import PodSandbox
from runner.practice.containers.standard_streams import Streams

if TYPE_CHECKING:
    from bashkit import FileSystem


class ImageFacts(Protocol):
    """What is known of a container's image; see `image_catalogue.py`."""

    @property
    def env(self) -> Mapping[str, str]: ...
    @property
    def shell(self) -> str: ...
    @property
    def os_release(self) -> str: ...
    @property
    def user(self) -> int: ...
    @property
    def is_stand_in(self) -> bool: ...


class Resources(Protocol):
    """What it uses of a processor; see `container_usage.py`."""

    def busy(self, who: Process) -> AbstractContextManager[None]: ...
    def idle(self, who: Process) -> AbstractContextManager[None]: ...
    def is_busy(self, process: Process) -> bool: ...
    def seconds_of(self, process: Process) -> float:
        """Seconds of a processor."""
        ...

    def memory_of(self, process: Process) -> int:
        """Bytes."""
        ...


class RunningContainer(Protocol):
    """See `container.py`."""

    memory: int
    """Bytes that its main program holds, besides those of its image."""
    owners: dict[str, tuple[int, int]]
    """User and group of the files that are not root's, by their paths from the root."""

    @property
    def config(self) -> ContainerConfig: ...
    @property
    def pod(self) -> PodSandbox: ...
    @property
    def image(self) -> ImageFacts: ...
    @property
    def root(self) -> FileSystem: ...
    @property
    def log(self) -> ContainerLog: ...
    @property
    def resources(self) -> Resources: ...
    @property
    def exited(self) -> asyncio.Future[Exit]: ...
    @property
    def processes(self) -> dict[int, Process]: ...
    @property
    def programs(self) -> Mapping[str, Callable[..., Awaitable[int]]]: ...
    @property
    def command_names(self) -> frozenset[str]: ...
    @property
    def env(self) -> dict[str, str]: ...
    @property
    def cwd(self) -> str: ...
    @property
    def user(self) -> int: ...
    @property
    def user_name(self) -> str: ...

    def filesystems(self) -> Iterator[tuple[str, FileSystem, bool]]:
        """(path, files, read-only) of everything that is mounted."""
        ...

    def command_name(self, program: str) -> str: ...
    def find_file(self, name: str, cwd: str = "/") -> None:
        """Raises FileNotFoundError, PermissionError."""
        ...

    def usage(self) -> tuple[float, int]:
        """Seconds of a processor so far, and bytes of memory."""
        ...

    def owner(self, path: str, *, numeric: bool = False) -> tuple[str, str]:
        """User and group of a file."""
        ...

    def child(self, argv: Sequence[str], parent: Process) -> Process: ...

    async def exec(self, argv: Sequence[str], streams: Streams) -> int: ...

    async def work(self, seconds: float) -> None:
        """Count seconds of a processor, and wait where the container may not have them."""
        ...

    def end(self, exit_: Exit) -> None:
        """It is over, however its process stands."""
        ...
