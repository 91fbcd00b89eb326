"""Clients typed at the prompt of a shell in a pod: Ctrl-C has its report, and a pipe gets the bare output."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from runner.practice.containers.byte_streams import Pipe
from runner.practice.containers.standard_streams import Streams, Terminal
from tests.practice.containers.container_room import ContainerRoom
from tests.practice.containers.web_fixture import Web, web


class Person:
    """Somebody at a terminal in which a bash of the client pod runs."""

    def __init__(self, made: Web) -> None:
        self._made, self._keys, self._shown = made, Pipe(), b""
        self._shell = asyncio.ensure_future(
            made.room.runtime.exec(
                made.client.id, ["bash"], Streams(self._keys, self._show, self._show, Terminal(200, 50))
            )
        )

    async def _show(self, data: bytes) -> None:
        self._shown += data

    async def types(self, text: str) -> None:
        await self._keys.write(text.replace("AT", self._made.at).encode())

    async def sees(self, words: str) -> str:
        """Wait until that is on the terminal; what came up to there is forgotten."""
        await self._made.room.until(lambda: words.encode() in self._shown)
        before, _, self._shown = self._shown.partition(words.encode())
        return before.decode().replace("\r\n", "\n")

    async def leaves(self) -> None:
        self._shell.cancel()
        await asyncio.wait([self._shell])


@pytest_asyncio.fixture
async def person(room: ContainerRoom) -> AsyncIterator[Person]:
    made = Person(await web(room))
    await made.sees("root@client:/#")
    yield made
    await made.leaves()


async def test_an_interrupted_siege_reports_and_the_prompt_comes_back(person: Person) -> None:
    await person.types("siege -c2 -v -d 0.01 http://AT/\r")
    for _ in range(3):
        await person.sees("bytes ==> GET  /")
    await person.types("\x03")
    await person.sees("Lifting the server siege...")
    assert "Availability:\t\t      100.00 %" in await person.sees("Shortest transaction:")
    await person.types("echo $((40+2))\r")
    await person.sees("42\r\n")


async def test_an_interrupted_loop_ends_as_a_whole(person: Person) -> None:
    await person.types("while true; do curl -s AT/json; echo; sleep 1; done\r")
    await person.sees('{"b":1')
    await person.types("\x03")
    await person.types("echo $((40+2))\r")
    await person.sees("42\r\n")


async def test_http_colours_a_terminal_and_not_a_pipe(person: Person) -> None:
    await person.types("http AT/json\r")
    await person.sees("\x1b[34mHTTP")
    await person.types("http AT/json | cat; echo $((40+2))\r")
    assert '{"b":1,"a":["x"]}' in await person.sees("42\r\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("curl -s AT | tail -1", "hello"),
        ("siege -c1 -r2 -v AT 2>/dev/null | grep -c bytes", "2"),
        ("for each in a b; do wget -qO- AT | grep h; done", "hello\nhello"),
        ("curl -s AT > page; cat page", "hello"),
        ("echo '{\"a\":1}' | http --pretty=none --print=B AT | cat", '{"a":1}'),
    ],
)
async def test_before_a_pipe_clients_leave_the_terminal_alone(person: Person, line: str, words: str) -> None:
    await person.types(f"{line}; echo $((40+2))\r")
    await person.sees("echo $((40+2))\r\n")
    assert (await person.sees("42\r\n")).strip() == words
