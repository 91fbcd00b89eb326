"""A page whose connection is lost comes back to the same program, or says what is kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import pytest

from runner.serve import sessions
from tests.serve.chromium import BROWSER, NONE_HERE, chromium
from tests.serve.conftest import TOKEN, enter

browser_needed = pytest.mark.skipif(BROWSER is None, reason=NONE_HERE)


class Tunnel:
    """A connection to the server that breaks, or sleeps: then it takes everything and passes nothing on."""

    def __init__(self, port: int) -> None:
        self._to, self._awake = port, asyncio.Event()
        self._awake.set()
        self._streams: set[asyncio.StreamWriter] = set()
        self.closed = False

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            writer.transport.abort()
            return
        there_reader, there = await asyncio.open_connection("127.0.0.1", self._to)
        self._streams |= {writer, there}
        await asyncio.gather(self._pass(reader, there), self._pass(there_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._awake.wait()
                writer.write(data)
        await self._awake.wait()
        writer.close()

    def sleep(self) -> None:
        self._awake.clear()

    def wake(self, *, broken: bool = True) -> None:
        """What was open is of no use any more, if `broken`."""
        if broken:
            self.cut()
        self._awake.set()

    def cut(self) -> None:
        for each in self._streams:
            each.transport.abort()
        self._streams.clear()


@pytest.fixture
async def tunnel(serving) -> AsyncIterator[tuple[Tunnel, str]]:
    """A tunnel to a server, and the address of its near end (`ssh -L` gives it another port)."""
    door = await serving()
    made = Tunnel(urlsplit(door.root).port)
    server = await asyncio.start_server(made.connect, "127.0.0.1", 0)
    yield made, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    made.closed = True
    made.wake()
    server.close()


@browser_needed
async def test_a_page_comes_back_to_its_program(tunnel, tmp_path, marks):
    way, root = tunnel
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.visit(f"{root}/#token={TOKEN}")
        await page.until_shown("한국어")
        await page.type("half a li")
        await page.until_shown("typed [half a li]")
        way.closed = True
        way.cut()
        await page.until("!document.querySelector('#lost').hidden")
        assert "Reconnecting" in await page.value("document.querySelector('#lost').innerText")
        await page.resize(700, 400)  # meanwhile
        way.closed = False
        await page.until("document.querySelector('#lost').hidden")
        await page.type("ne")
        await page.until_shown("typed [half a line]")
        size = await page.value("`${caught.terminal.cols} x ${caught.terminal.rows} cells`")
        await page.until_shown(size)
        assert len(marks()) == 1


@browser_needed
async def test_a_page_that_slept_notices_when_it_is_looked_at(tunnel, tmp_path, marks):
    """A laptop that was shut: the browser holds a connection that is open and leads nowhere."""
    way, root = tunnel
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.visit(f"{root}/#token={TOKEN}")
        await page.until_shown("한국어")
        await page.type("kept")
        await page.until_shown("typed [kept]")
        way.sleep()
        await page.value("window.dispatchEvent(new Event('focus'))")
        await page.until("!document.querySelector('#lost').hidden")
        way.wake()
        await page.until("document.querySelector('#lost').hidden")
        await page.type("!")
        await page.until_shown("typed [kept!]")
        assert len(marks()) == 1


@browser_needed
async def test_another_page_goes_on_with_a_lost_one(tunnel, tmp_path, marks):
    """The browser crashed, or another machine is at hand: the screen is whole there, mouse, pastes and all."""
    way, root = tunnel
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.visit(f"{root}/#token={TOKEN}")
        await page.until_shown("한국어")
        await page.type("kept")
        await page.until_shown("typed [kept]")
        way.closed = True
        way.cut()
        await page.until("!document.querySelector('#lost').hidden")
        await browser.close(page)
        way.closed = False
        second = await browser.page()
        await second.visit(f"{root}/#token={TOKEN}")
        await second.until_shown("typed [kept]")
        assert await second.value("caught.terminal.modes.mouseTrackingMode") == "any"
        assert await second.value("caught.terminal.modes.bracketedPasteMode")
        await second.until("document.querySelector('#offered button') !== null")
        await second.type("!")
        await second.until_shown("typed [kept!]")
        assert len(marks()) == 1


@browser_needed
async def test_a_server_that_was_started_again_is_told_from_a_lost_one(serving, tmp_path):
    door = await serving()
    made = Tunnel(urlsplit(door.root).port)
    server = await asyncio.start_server(made.connect, "127.0.0.1", 0)
    root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.visit(f"{root}/#token={TOKEN}")
        await page.until_shown("한국어")
        door._token, door._pass = "another-token", "another-pass"
        made.cut()
        await page.until("document.querySelector('#ended').innerText.includes('was started again')")
        assert "progress is saved" in await page.value("document.querySelector('#ended').innerText")
        server.close()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


async def _named(page: aiohttp.ClientWebSocketResponse) -> str:
    """The name of the session that a page was let into."""
    async for message in page:
        if message.type == aiohttp.WSMsgType.TEXT and message.json()[0] == "session":
            return message.json()[1]
    raise AssertionError("not let in")


async def _ended(page: aiohttp.ClientWebSocketResponse) -> dict[str, str]:
    async for message in page:
        if message.type == aiohttp.WSMsgType.TEXT and message.json()[0] == "ended":
            return message.json()[1]
    raise AssertionError("closed without a word")


def _lose(page: aiohttp.ClientWebSocketResponse) -> None:
    page._response.connection.transport.abort()


async def _until(marks, count: int) -> list[str]:
    while len(found := marks()) < count:
        await asyncio.sleep(0.02)
    return found


async def test_a_program_that_waits_in_vain_is_ended_and_the_page_is_told(
    serving, session, marks, monkeypatch
):
    monkeypatch.setattr(sessions, "KEPT_FOR", 0.2)
    door = await serving()
    page = await enter(session, door)
    name = await _named(page)
    await _until(marks, 1)
    _lose(page)
    assert (await _until(marks, 2))[1].startswith("quit")
    again = await enter(session, door, resumed=name)
    assert (await _ended(again))["how"] == "expired"


async def test_a_session_that_another_page_takes_leaves_the_first(serving, session):
    door = await serving()
    first = await enter(session, door)
    name = await _named(first)
    second = await enter(session, door, resumed=name)
    assert await _named(second) == name
    assert (await _ended(first))["how"] == "taken"
    await second.send_json(["stdin", "x"])
    async for message in second:
        if message.type == aiohttp.WSMsgType.BINARY and "typed [x]" in message.data.decode():
            return
    raise AssertionError("the second page shows nothing")


async def test_how_a_program_ended_meanwhile_is_told_to_the_page_that_comes_back(serving, session, marks):
    door = await serving("--say")
    page = await enter(session, door)
    name = await _named(page)
    await _until(marks, 1)
    await page.send_json(["stdin", "\x1b[15~"])  # F5: it leaves
    _lose(page)
    while True:
        again = await enter(session, door, resumed=name)
        told = await _ended(again)
        if told["how"] != "taken":
            break
    assert told in ({"how": "exit", "words": "See you soon."}, {"how": "expired", "words": ""})


async def test_programs_that_wait_end_with_the_server(session, marks, monkeypatch, tmp_path):
    from tests.serve.conftest import serving

    monkeypatch.setenv("MARKS", str(tmp_path / "marks"))
    made = serving.__wrapped__(monkeypatch, tmp_path)
    serve = await anext(made)
    door = await serve()
    page = await enter(session, door)
    await _named(page)
    await _until(marks, 1)
    _lose(page)
    with contextlib.suppress(StopAsyncIteration):
        await anext(made)
    assert marks()[1].startswith("quit")
