"""A person at a terminal of 80 by 24 in a container: types keys, and sees a screen."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from avt import Vt

from runner.practice.containers.byte_streams import Pipe
from runner.practice.containers.standard_streams import Streams, Terminal
from tests.practice.containers.container_room import ContainerRoom, Started


class Person:
    """`code` is the exit code of what runs, once it has ended."""

    def __init__(self, room: ContainerRoom) -> None:
        self._room = room
        self.keys, self.terminal = Pipe(), Terminal(80, 24)
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.written = ""
        """All that has come, as it came."""
        self._screen = Vt(80, 24, 0)
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    async def hear(self, data: bytes) -> None:
        text = self._decoder.decode(data)
        self.written += text
        self._screen.feed_str(text)

    @property
    def screen(self) -> str:
        """The screen's lines, without the empty ones at its end."""
        lines = [line.text.rstrip() for line in self._screen.view()]
        return "\n".join(lines).rstrip("\n")

    async def type(self, text: str) -> None:
        await self.keys.write(text.encode())

    async def sees(self, end: str) -> None:
        """Wait until the screen ends so."""
        try:
            await self._room.until(lambda: self.screen.endswith(end))
        except TimeoutError:
            raise AssertionError(f"the screen does not end with {end!r}:\n{self.screen}") from None


@asynccontextmanager
async def person_at(room: ContainerRoom, container: Started, argv: Sequence[str]) -> AsyncIterator[Person]:
    person = Person(room)
    streams = Streams(person.keys, person.hear, person.hear, person.terminal)
    running = asyncio.ensure_future(room.runtime.exec(container.id, argv, streams))
    person.code = running
    try:
        yield person
    finally:
        running.cancel()
        await asyncio.wait([running])
