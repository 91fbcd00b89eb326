"""A program, and the page that shows it: a page may be lost (sleep, a broken tunnel) and come again, to the same program."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, web

from runner.serve.program import DATA, META, Program

KEPT_FOR = 3600.0
"""Seconds that a program waits for a page that was lost. A page that was closed is not waited for."""
_SENT_WITHIN = 3.0  # seconds
LEFT = frozenset({1000, 1001, 1005})
"""The websocket's closing codes of a page that is closed or loaded again; any other is a connection that was lost."""


class Page:
    """A page's websocket. What is sent to one that is gone goes nowhere: who listens to it knows."""

    def __init__(self, websocket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.websocket, self._transport = websocket, transport

    async def send(self, *message: object) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.websocket.send_json(message)

    async def draw(self, output: bytes) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.websocket.send_bytes(output)

    async def ask(self, asked: dict[str, Any]) -> None:
        """What the program asks of the browser: to open a web page (no other kind of address), to offer keys as buttons."""
        url = str(asked.get("url", ""))
        if asked.get("type") == "open_url" and urlsplit(url).scheme in ("http", "https"):
            await self.send("open_url", {"url": url})
        elif asked.get("type") == "keys":
            await self.send("keys", asked.get("keys", []))

    async def send_off(self, how: str, words: str = "", code: int = WSCloseCode.OK) -> None:
        """Say why nothing more comes, and close. One that sleeps takes nothing: its connection is dropped."""
        try:
            async with asyncio.timeout(_SENT_WITHIN):
                await self.send("ended", {"how": how, "words": words})
                await self.websocket.close(code=code)
        except TimeoutError:
            self.drop()

    def drop(self) -> None:
        """Let the connection go, with what was not taken yet: nobody waits for that any more."""
        if self._transport is not None:
            self._transport.abort()


class Session:
    """One process of the program. `page` is None while nobody sees it; what it draws then is lost, and drawn again later."""

    def __init__(self, program: Program, page: Page) -> None:
        self.id = secrets.token_urlsafe(24)
        self.program = program
        self.page: Page | None = page
        self.goodbye: tuple[str, str] | None = None
        """How the program ended, and its last words."""
        self._keys: dict[str, Any] | None = None
        self._waiting: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._sending_off: set[asyncio.Task[None]] = set()
        self._showing = asyncio.create_task(self._show())

    @property
    def lost(self) -> bool:
        """Whether the program runs and waits for a page."""
        return self.page is None and self.goodbye is None

    async def resume(self, page: Page, width: int, height: int) -> None:
        """Show it in this page from now on, as large as that; another one that shows it still is told so."""
        if self._waiting:
            self._waiting.cancel()
        before, self.page = self.page, page
        if before is not None:
            task = asyncio.create_task(before.send_off("taken"))
            self._sending_off.add(task)
            task.add_done_callback(self._sending_off.discard)
        if self.goodbye is not None:
            await page.send_off(*self.goodbye)
            return
        if self._keys is not None:
            await page.ask(self._keys)
        await self.program.report("resize", width=width, height=height)
        await self.program.report("redraw")

    def wait(self, given_up: Callable[[], object]) -> None:
        """The page was lost: call `given_up` unless it comes again in time."""
        if self.page is not None:
            self.page.drop()
        self.page = None
        self._waiting = asyncio.get_running_loop().call_later(KEPT_FOR, given_up)

    async def end(self) -> None:
        """Ask the program to quit, and see that it does. May be called again; nothing is left running then."""
        if self._waiting:
            self._waiting.cancel()
        if self._ending is None:
            self._ending = asyncio.create_task(self.program.end())
        await asyncio.shield(self._ending)
        await self._showing

    async def _show(self) -> None:
        """Pass on what the program draws; when it has ended, say so and close. Reads to the end in any case."""
        async for kind, payload in self.program.screen():
            asked = json.loads(payload) if kind == META else {}
            if asked.get("type") == "keys":
                self._keys = asked
            if self.page is not None:
                await (self.page.draw(payload) if kind == DATA else self.page.ask(asked))
        self.goodbye = ("failed" if self.program.failed else "exit", self.program.last_words)
        if self.page is not None:
            await self.page.send_off(*self.goodbye)
