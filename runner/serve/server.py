"""The server: the page, what it is made of, and the websocket over which it shows a process of the program."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMsgType, web

from runner.serve import pages
from runner.serve.door import Door
from runner.serve.program import DATA, GRACE, META, Program

HEARTBEAT = 15.0
"""Seconds between two looks whether the browser is still there: a laptop that was shut sends no goodbye."""
_CELLS = range(1, 1000)
_log = logging.getLogger(__name__)


class Server:
    """Serves a program that draws with PageDriver: each page gets a process of its own, by the next of `commands`."""

    def __init__(
        self, door: Door, commands: Iterator[Sequence[str]], environment: Mapping[str, str], language: str
    ) -> None:
        self._door, self._commands, self._environment = door, commands, environment
        self._language = language
        self._open: dict[web.WebSocketResponse, asyncio.Task[Any] | None] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        """The web application, guarded."""
        app = web.Application()
        self._door.furnish(app)
        app.router.add_get("/", self._screen)
        app.router.add_get("/ws", self._websocket)
        app.router.add_get("/static/{name}", _asset)
        app.on_shutdown.append(self._shut_down)
        return app

    async def _screen(self, _request: web.Request) -> web.Response:
        return web.Response(text=pages.screen(self._language), content_type="text/html")

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(heartbeat=HEARTBEAT, timeout=2.0, max_msg_size=1 << 20)
        await websocket.prepare(request)
        self._open[websocket] = asyncio.current_task()
        try:
            await self._run(websocket, _cells(request, "width", 80), _cells(request, "height", 24))
        finally:
            del self._open[websocket]
            await websocket.close()
        return websocket

    async def _run(self, websocket: web.WebSocketResponse, width: int, height: int) -> None:
        """A process of the program for one page, until either is gone."""
        if self._ending:  # this page was loaded again: its lab is free when the process before has ended
            await asyncio.wait(self._ending, timeout=GRACE)
        try:
            program = await Program.start(next(self._commands), self._environment, width, height)
        except OSError as error:
            await _say_goodbye(websocket, "failed", str(error))
            return
        showing = asyncio.create_task(_show(program, websocket))
        try:
            await _listen(websocket, program)
        finally:
            ending = asyncio.create_task(program.end())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
            await asyncio.shield(ending)
            await showing

    async def _shut_down(self, _app: web.Application) -> None:
        """End every page's program."""

        async def close(websocket: web.WebSocketResponse) -> None:
            await _say_goodbye(websocket, "stopping")
            await websocket.close(code=WSCloseCode.GOING_AWAY)

        handlers = [each for each in self._open.values() if each is not None]
        await asyncio.gather(*(close(each) for each in list(self._open)), return_exceptions=True)
        if handlers:
            await asyncio.wait(handlers)


async def _show(program: Program, websocket: web.WebSocketResponse) -> None:
    """Pass on what the program draws; when it has ended, say so and close. Reads to the end in any case."""
    async for kind, payload in program.screen():
        with contextlib.suppress(ConnectionError, RuntimeError):  # the page is gone; who listens to it knows
            if kind == DATA:
                await websocket.send_bytes(payload)
            elif kind == META:
                await _ask(websocket, json.loads(payload))
    if not websocket.closed:
        await _say_goodbye(websocket, "failed" if program.failed else "exit", program.last_words)
        await websocket.close()


async def _ask(websocket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
    """What the program asks of the browser: to open a web page. Nothing else, and no other kind of address."""
    url = str(asked.get("url", ""))
    if asked.get("type") == "open_url" and urlsplit(url).scheme in ("http", "https"):
        await websocket.send_json(["open_url", {"url": url, "new_tab": True}])


async def _say_goodbye(websocket: web.WebSocketResponse, how: str, words: str = "") -> None:
    with contextlib.suppress(ConnectionError, RuntimeError):
        await websocket.send_json(["ended", {"how": how, "words": words}])


async def _listen(websocket: web.WebSocketResponse, program: Program) -> None:
    """Pass on what the person does in the page, until it closes."""
    async for message in websocket:
        if message.type != WSMsgType.TEXT:
            continue
        match _read(message.data):
            case ["stdin", str(keys)]:
                await program.type(keys)
            case ["resize", {"width": int(width), "height": int(height)}] if (
                width in _CELLS and height in _CELLS
            ):
                await program.tell("resize", width=width, height=height)
            case ["focus" | "blur" as kind, *_]:
                await program.tell(kind)
            case ["ping", str(sent)]:
                await websocket.send_json(["pong", sent])
            case _:
                _log.warning("a message from the page that makes no sense was left out")


def _read(data: str) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None


async def _asset(request: web.Request) -> web.Response:
    found = pages.asset(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    return web.Response(text=found[0], content_type=found[1])


def _cells(request: web.Request, name: str, usual: int) -> int:
    given = request.query.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 4 and int(given) > 0 else usual


async def serve(server: Server, listening: socket.socket) -> None:
    """Serve until a Ctrl-C or SIGTERM; when this is over, so is every process of the program."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    runner = web.AppRunner(server.app(), access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        await ended.wait()
    finally:
        await runner.cleanup()
