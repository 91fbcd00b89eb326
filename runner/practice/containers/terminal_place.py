"""A job's place at a terminal: in front it reads what is typed; behind, it is stopped where it wants to read."""

from __future__ import annotations

import asyncio
import signal

from runner.practice.containers.container_process import Process
from runner.practice.containers.standard_streams import Streams, Terminal


class TerminalPlace:
    """`streams` are for the job's processes. While the job is stopped, what it writes waits."""

    def __init__(self, terminal: Terminal, process: Process, *, in_front: bool) -> None:
        assert terminal.discipline is not None, "a program that runs has its terminal"
        self._discipline, self.process = terminal.discipline, process
        self.in_front = asyncio.Event()
        if in_front:
            self.in_front.set()
        self.streams = Streams(self, self.write, self.write, terminal)

    async def read(self) -> bytes | None:
        """The next line, once the job is in front."""
        while True:
            await self.process.goes_on.wait()
            if not self.in_front.is_set():
                self.process.send(signal.SIGTTIN)
                if self.process.stopped.is_set():
                    continue
                return None
            reading = asyncio.ensure_future(self._discipline.read())
            stopping = asyncio.ensure_future(self.process.stopped.wait())
            try:
                await asyncio.wait([reading, stopping], return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    return reading.result()
            finally:
                reading.cancel()
                stopping.cancel()

    async def write(self, data: bytes) -> None:
        await self.process.goes_on.wait()
        if self.in_front.is_set():
            await self._discipline.write(data)
        else:
            await self._discipline.write_raw(data.replace(b"\n", b"\r\n"))
