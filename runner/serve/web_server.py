"""The server: the page, what it is made of, and the websocket over which it shows a process of the program."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.typedefs import Handler

from runner.serve import web_pages
from runner.serve.connections import Connections
from runner.serve.door import Door, Refusal
from runner.serve.program import GRACE, Program
from runner.serve.sessions import LEFT, Page, Session

HEARTBEAT = 15.0
"""Seconds between two looks whether the browser is still there: a laptop that was shut sends no goodbye."""
ENTER_WITHIN = 10.0
"""Seconds in which a page has to show its token."""
MOST_PAGES = 24
"""Pages at a time: each is a process."""
_REFUSED = 4403
"""The websocket's closing code for who is not let in."""
_CELLS = range(1, 1000)
_KEY = re.compile(r"[a-z0-9_+]{1,40}")
"""A key by its name in Textual: `f2`, `shift+tab`, `question_mark`."""
_log = logging.getLogger(__name__)


class Server:
    """Serves a program that draws with PageDriver: each page gets a process of its own, by the next of `commands`."""

    def __init__(
        self, door: Door, commands: Iterator[Sequence[str]], environment: Mapping[str, str], language: str
    ) -> None:
        self._door, self._commands, self._environment = door, commands, environment
        self._language = language
        self._open: dict[web.WebSocketResponse, asyncio.Task[Any] | None] = {}
        self._sessions: dict[str, Session] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._stopping = False
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
        wanted = await self._enters(websocket)
        if wanted is None:
            return websocket
        self._open[websocket] = asyncio.current_task()
        try:
            await self._run(
                Page(websocket, request.transport),
                wanted,
                _cells(request, "width", 80),
                _cells(request, "height", 24),
            )
        finally:
            del self._open[websocket]
            await websocket.close()
        return websocket

    async def _enters(self, websocket: web.WebSocketResponse) -> str | None:
        """Lets a page in that shows, first of all, that it may come; others are closed (None).

        Gives the name of the session that it had before its connection was lost, or "".
        """
        self._entering.add(websocket)
        try:
            async with asyncio.timeout(ENTER_WITHIN):
                message = await websocket.receive()
        except TimeoutError:
            await websocket.close(code=_REFUSED)
            return None
        finally:
            self._entering.discard(websocket)
        wanted = ""
        shown = _read(message.data) if message.type == WSMsgType.TEXT else None
        admitted = self._door.admit(shown)
        match shown:
            case [_, {"session": str(wanted)}]:
                pass
        if isinstance(admitted, Refusal):
            how: str | None = admitted.value
        else:
            how = "many" if not wanted and len(self._open) >= MOST_PAGES else None
        if how is not None:
            await Page(websocket, None).send_off(how, code=_REFUSED)
            return None
        with contextlib.suppress(ConnectionError, RuntimeError):
            await websocket.send_json(["entered", admitted])
        return wanted

    async def _run(self, page: Page, wanted: str, width: int, height: int) -> None:
        """Show a program in a page, until either is gone."""
        try:
            session = await self._session(page, wanted, width, height)
        except OSError as error:
            await page.send_off("failed", str(error))
            return
        if session is None:
            await page.send_off("expired")
            return
        try:
            await _listen(page, session.program)
        finally:
            if session.page is page:  # no other page shows it by now
                await self._left(session, page.websocket.close_code)

    async def _session(self, page: Page, wanted: str, width: int, height: int) -> Session | None:
        """What is shown in a page: the session that it had (None: it is no more), one that lost its page, or a new one."""
        lost = (each for each in reversed(self._sessions.values()) if each.lost)
        session = self._sessions.get(wanted) if wanted else next(lost, None)
        if session is not None:
            await page.send("session", session.id)
            await session.resume(page, width, height)
        elif not wanted:
            if self._ending:  # this page was loaded again: its lab is free when the process before has ended
                await asyncio.wait(self._ending, timeout=GRACE)
            program = await Program.start(next(self._commands), self._environment, width, height)
            session = Session(program, page)
            self._sessions[session.id] = session
            await page.send("session", session.id)
        return session

    async def _left(self, session: Session, code: int | None) -> None:
        """A page is gone. Its program waits for one that was lost, and ends with one that was closed."""
        if code in LEFT or session.goodbye is not None or self._stopping:
            await self._end(session)
        else:
            session.wait(lambda: asyncio.ensure_future(self._end(session)))

    async def _end(self, session: Session) -> None:
        self._sessions.pop(session.id, None)
        ending = asyncio.create_task(session.end())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        await asyncio.shield(ending)

    async def _shut_down(self, _app: web.Application) -> None:
        """End every page's program."""
        self._stopping = True
        handlers = [each for each in self._open.values() if each is not None]
        await asyncio.gather(
            *(
                Page(each, None).send_off("stopping", code=WSCloseCode.GOING_AWAY)
                for each in (*self._open, *self._entering)
            ),
            return_exceptions=True,
        )
        if handlers:
            await asyncio.wait(handlers)
        await asyncio.gather(*(self._end(each) for each in [*self._sessions.values()]))
        if self._ending:  # those that were given up a moment ago, too
            await asyncio.wait(self._ending)


async def _listen(page: Page, program: Program) -> None:
    """Pass on what the person does in the page, until it closes."""
    async for message in page.websocket:
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
            case ["press", str(key)] if _KEY.fullmatch(key):
                await program.report("press", key=key)
            case ["ping", str(sent)]:
                await page.send("pong", sent)
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
