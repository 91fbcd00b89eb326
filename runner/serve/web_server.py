"""The server: the page, what it is made of, and the websocket over which it shows a process of the program."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.typedefs import Handler

from runner.serve import web_pages
from runner.serve.connections import Connections
from runner.serve.door import Door, Refusal
from runner.serve.program import DATA, GRACE, META, Program

HEARTBEAT = 15.0
"""Seconds between two looks whether the browser is still there: a laptop that was shut sends no goodbye."""
ENTER_WITHIN = 10.0
"""Seconds in which a page has to show its token."""
MOST_PAGES = 24
"""Pages at a time: each is a process."""
_REFUSED = 4403
"""The websocket's closing code for who is not let in."""
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
        self._entering: set[web.WebSocketResponse] = set()
        self._connections: Connections | None = None

    @contextlib.asynccontextmanager
    async def listening(self, at: socket.socket) -> AsyncIterator[None]:
        """Serve at this socket. In the end, every page's program has ended."""
        runner = web.AppRunner(self.app(), access_log=None, handle_signals=False, keepalive_timeout=15.0)
        await runner.setup()
        assert runner.server is not None
        self._connections = Connections(runner.server)
        server = await asyncio.get_running_loop().create_server(self._connections, sock=at)
        try:
            yield
        finally:
            server.close()
            await runner.cleanup()

    @web.middleware
    async def _heard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._connections is not None:
            self._connections.heard(request.transport)
        return await handler(request)

    def app(self) -> web.Application:
        """The web application, guarded."""
        app = web.Application()
        app.middlewares.append(self._heard)
        self._door.furnish(app)
        app.router.add_get("/", self._screen)
        app.router.add_get("/ws", self._websocket)
        app.router.add_get("/static/{name}", _asset)
        app.on_shutdown.append(self._shut_down)
        return app

    async def _screen(self, _request: web.Request) -> web.Response:
        return web.Response(text=web_pages.screen(self._language), content_type="text/html")

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(heartbeat=HEARTBEAT, timeout=2.0, max_msg_size=1 << 20)
        await websocket.prepare(request)
        if not await self._enters(websocket):
            return websocket
        self._open[websocket] = asyncio.current_task()
        try:
            await self._run(websocket, _cells(request, "width", 80), _cells(request, "height", 24))
        finally:
            del self._open[websocket]
            await websocket.close()
        return websocket

    async def _enters(self, websocket: web.WebSocketResponse) -> bool:
        """Whether the page shows, first of all, that it may come in; closed where it does not."""
        self._entering.add(websocket)
        try:
            async with asyncio.timeout(ENTER_WITHIN):
                message = await websocket.receive()
        except TimeoutError:
            await websocket.close(code=_REFUSED)
            return False
        finally:
            self._entering.discard(websocket)
        shown = _read(message.data) if message.type == WSMsgType.TEXT else None
        admitted = self._door.admit(shown)
        if isinstance(admitted, Refusal):
            how: str | None = admitted.value
        else:
            how = "many" if len(self._open) >= MOST_PAGES else None
        if how is not None:
            await _show_goodbye(websocket, how)
            await websocket.close(code=_REFUSED)
            return False
        with contextlib.suppress(ConnectionError, RuntimeError):
            await websocket.send_json(["entered", admitted])
        return True

    async def _run(self, websocket: web.WebSocketResponse, width: int, height: int) -> None:
        """A process of the program for one page, until either is gone."""
        if self._ending:  # this page was loaded again: its lab is free when the process before has ended
            await asyncio.wait(self._ending, timeout=GRACE)
        try:
            program = await Program.start(next(self._commands), self._environment, width, height)
        except OSError as error:
            await _show_goodbye(websocket, "failed", str(error))
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
            await _show_goodbye(websocket, "stopping")
            await websocket.close(code=WSCloseCode.GOING_AWAY)

        handlers = [each for each in self._open.values() if each is not None]
        await asyncio.gather(
            *(close(each) for each in (*self._open, *self._entering)), return_exceptions=True
        )
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
        await _show_goodbye(websocket, "failed" if program.failed else "exit", program.last_words)
        await websocket.close()


async def _ask(websocket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
    """What the program asks of the browser: to open a web page. Nothing else, and no other kind of address."""
    url = str(asked.get("url", ""))
    if asked.get("type") == "open_url" and urlsplit(url).scheme in ("http", "https"):
        await websocket.send_json(["open_url", {"url": url, "new_tab": True}])


async def _show_goodbye(websocket: web.WebSocketResponse, how: str, words: str = "") -> None:
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
                await program.report("resize", width=width, height=height)
            case ["focus" | "blur" as kind, *_]:
                await program.report(kind)
            case ["ping", str(sent)]:
                await websocket.send_json(["pong", sent])
            case _:
                _log.warning("a message from the page that makes no sense was left out")


def _read(data: str) -> object:
    """The message; None where it is none: not JSON, or nested deeper than anybody reads."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


async def _asset(request: web.Request) -> web.Response:
    found = web_pages.asset(request.match_info["name"])
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
    async with server.listening(listening):
        await ended.wait()
