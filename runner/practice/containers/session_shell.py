"""A shell, as those see it who read its commands."""

from __future__ import annotations

from typing import Any, Protocol

from runner.practice.containers.container_process import Process
from runner.practice.containers.shell_jobs import ShellJobs
from runner.practice.containers.standard_streams import Streams


class SessionShell(Protocol):
    """See `container_shell.py`."""

    exited: bool
    status: int

    @property
    def state(self) -> Any: ...

    async def run(
        self, script: str, streams: Streams | None = None, *, arguments: str = "", whole: bool = False
    ) -> int: ...

    @property
    def jobs(self) -> ShellJobs: ...

    def interrupt(self, number: int) -> None: ...

    def set_aside(self, process: Process) -> SessionShell: ...

    def incomplete(self, script: str) -> bool: ...
