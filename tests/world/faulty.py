"""A TCP proxy before an API server, which loses, delays and swallows what goes through it."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class FaultyProxy:
    """Bytes pass as they are, TLS and all, but for the faults that are switched on."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.port = 0
        self.hole = False  # connections are accepted and stay open, and nothing goes through
        self.delay = 0.0  # seconds before each answer's bytes
        self.idle: float | None = None  # seconds of silence after which a connection is cut
        self.cut_after: int | None = (
            None  # bytes of answers after which a connection is cut, often within a line
        )
        self.connections = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> FaultyProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset every connection."""
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._open.add(writer)
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self._target)
            self._open.add(onward)
            pumps = [self._pump(reader, onward, answers=False), self._pump(there, writer, answers=True)]
            tasks = [asyncio.create_task(pump) for pump in pumps]
            self._tasks |= set(tasks)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            writer.transport.abort()
            onward.transport.abort()
            self._open.discard(onward)
            self._tasks -= set(tasks)
        except OSError:
            writer.transport.abort()
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        passed = 0
        with suppress(OSError, TimeoutError):
            while True:
                data = await asyncio.wait_for(reader.read(64 * 1024), self.idle if answers else None)
                if not data:
                    return
                while self.hole:
                    await asyncio.sleep(0.02)
                if answers and self.delay:
                    await asyncio.sleep(self.delay)
                if answers and self.cut_after is not None and passed + len(data) > self.cut_after:
                    writer.write(data[: max(0, self.cut_after - passed)])
                    await writer.drain()
                    return
                passed += len(data)
                writer.write(data)
                await writer.drain()
