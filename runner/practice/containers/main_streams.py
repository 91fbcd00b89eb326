"""The streams of a container's main process: its output is logged and shown to whoever is attached; they give its input."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from runner.practice.containers.byte_streams import Nothing, Pipe, Sink
from runner.practice.containers.container_config import ContainerConfig
from runner.practice.containers.container_log import ContainerLog
from runner.practice.containers.standard_streams import Streams, Terminal


class MainStreams:
    """`streams` is what the process has."""

    def __init__(self, config: ContainerConfig, log: ContainerLog) -> None:
        self._log = log
        self._once = config.stdin_once and not config.tty
        self._input = Pipe() if config.stdin else None
        self._attached: list[Streams] = []
        self.streams = Streams(
            self._input or Nothing(),
            self._sink("stdout"),
            self._sink("stderr"),
            Terminal() if config.tty else None,
        )

    async def attach(self, client: Streams, ended: Awaitable[Any]) -> None:
        """Show the client what the process writes from now on, and give the process its input, until it has `ended`."""
        self._attached.append(client)
        feeding = asyncio.ensure_future(self._feed(client))
        terminal, own = client.terminal, self.streams.terminal
        if terminal is not None and own is not None:
            terminal.resized.append(lambda: own.resize(terminal.columns, terminal.rows))
        try:
            await asyncio.wait((asyncio.ensure_future(_result(ended)),))
        finally:
            self._detach(client)
            feeding.cancel()

    async def _feed(self, client: Streams) -> None:
        """With stdinOnce the end of the first client's input is the end of the process's."""
        if self._input is None:
            return
        while (piece := await client.stdin.read()) is not None:
            await self._input.write(piece)
        if self._once:
            await self._input.close()

    def _sink(self, stream: str) -> Sink:
        async def write(data: bytes) -> None:
            await self._log.write(stream, data)
            for client in list(self._attached):
                try:
                    await (client.stderr if stream == "stderr" else client.stdout)(data)
                except ConnectionError:
                    self._detach(client)

        return write

    def _detach(self, client: Streams) -> None:
        if client in self._attached:
            self._attached.remove(client)


async def _result(ended: Awaitable[Any]) -> None:
    await ended
