"""A program that containers can run: a Python function with a process's arguments, environment and streams.

Programs stand in for the real ones of an image: servers (nginx, mysqld), clients (curl, siege), and the commands
that bash does not have built in. They are called as the main process of a container, by exec, and from shell
scripts, always with an `Invocation`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.container_process import Process
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.standard_streams import Terminal


@dataclass(slots=True)
class Invocation:
    """One call of a program. It ends when the function returns its exit code; it is killed by cancelling the function."""

    argv: Sequence[str]
    """Its own name first."""
    env: Mapping[str, str]
    cwd: str
    stdin: Source
    stdout: Sink
    stderr: Sink
    container: RunningContainer
    terminal: Terminal | None = None
    terminated: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by SIGTERM. A program that does not look at it is killed when the grace period is over."""
    process: Process | None = None
    """Its entry in the table of processes; a shell that runs it without one of its own gives the shell's."""

    @property
    def name(self) -> str:
        """What it was called by, without its folder."""
        return self.argv[0].rpartition("/")[2]

    async def out(self, text: str) -> None:
        await self.stdout(text.encode())

    async def error(self, text: str) -> None:
        await self.stderr(text.encode())


Program = Callable[[Invocation], Awaitable[int]]
