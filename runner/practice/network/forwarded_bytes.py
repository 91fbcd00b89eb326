"""One connection of a port-forward to what listens in a pod."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from runner.practice.containers.network_messages import ConnectError
from runner.practice.node.pod_connection import PodConnection


class Client(Protocol):
    """The side of kubectl."""

    def write(self, data: bytes, /) -> None: ...

    def fail(self, message: str, /) -> None:
        """Say why there is no connection, and end it."""
        ...

    def close(self) -> None: ...


class ForwardedBytes:
    """Carries bytes between a client and the pod, as a web server's protocol would take them."""

    def __init__(self, dial: Callable[[], Awaitable[PodConnection]], refused: str) -> None:
        self._dial, self._refused = dial, refused
        self._input: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, client: Client) -> None:
        self._task = asyncio.get_running_loop().create_task(self._carry(client))

    def data_received(self, data: bytes) -> None:
        self._input.put_nowait(data)

    async def shutdown(self, _timeout: float | None = None) -> None:
        """The client sends no more: returns once the pod has answered."""
        self._input.put_nowait(None)
        if self._task is not None:
            await asyncio.wait([self._task])

    def connection_lost(self, _error: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _carry(self, client: Client) -> None:
        try:
            connection = await self._dial()
        except ConnectError:
            client.fail(self._refused)
            return
        sending = asyncio.ensure_future(self._send(connection))
        try:
            while data := await connection.read():
                client.write(data)
        finally:
            sending.cancel()
            connection.close()
        client.close()

    async def _send(self, connection: PodConnection) -> None:
        with contextlib.suppress(ConnectionError):
            while (data := await self._input.get()) is not None:
                await connection.write(data)
            await connection.write_end()
