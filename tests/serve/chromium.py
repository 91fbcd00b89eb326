"""A real Chromium without a window, driven over its DevTools protocol with aiohttp's websocket client."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NONE_HERE = "there is no chromium here (apt-get install chromium)"

# The page keeps its terminal to itself. This catches the object that owns it when it is made, so that the
# characters and their widths can be read from xterm.js's own screen.
_CATCH = """
Object.defineProperty(Object.prototype, "fitAddon", {
  configurable: true,
  set(value) {
    Object.defineProperty(this, "fitAddon", { value, writable: true, configurable: true });
    window.caught = this;
  },
});
"""
_ROWS = """
(() => {
  if (!window.caught) return [];
  const { terminal } = window.caught, screen = terminal.buffer.active, rows = [];
  for (let y = 0; y < terminal.rows; y++) rows.push(screen.getLine(y).translateToString(true));
  return rows;
})()
"""


class Page:
    """A tab. `requests` are the addresses that it asked for, of any kind; `problems` what its console complained of."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last = 0
        self.id = ""
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.opened: list[str] = []
        self.status: dict[str, int] = {}
        self._reading = asyncio.create_task(self._read())

    async def prepare(self) -> None:
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        await self.call("Page.addScriptToEvaluateOnNewDocument", source=_CATCH)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One call of the protocol. Raises RuntimeError with its words."""
        self._last += 1
        answer = self._answers[self._last] = asyncio.get_running_loop().create_future()
        await self._connection.send_json({"id": self._last, "method": method, "params": parameters})
        return await answer

    async def value(self, script: str) -> Any:
        """What a script in the page gives."""
        done = await self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=False
        )
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"])
        return done["result"].get("value")

    async def visit(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def rows(self) -> list[str]:
        """The terminal's lines, from xterm.js's buffer."""
        return await self.value(_ROWS)

    async def column(self, row: int, character: str) -> list[int]:
        """The cells of a line in which this character stands."""
        return await self.value(
            f"(() => {{ const line = caught.terminal.buffer.active.getLine({row}), found = [];"
            f" for (let x = 0; x < line.length; x++)"
            f" if (line.getCell(x).getChars() === {json.dumps(character)}) found.push(x); return found }})()"
        )

    async def until(self, script: str) -> Any:
        """Wait until a script in the page gives something true."""
        while True:
            with contextlib.suppress(RuntimeError):  # the page is between two documents
                if found := await self.value(script):
                    return found
            await asyncio.sleep(0.05)

    async def until_shown(self, text: str) -> list[str]:
        """Wait until the terminal shows this; gives its lines."""
        await self.until(f"{_ROWS}.some((row) => row.includes({json.dumps(text)}))")
        return await self.rows()

    async def type(self, text: str) -> None:
        for character in text:
            await self.call("Input.dispatchKeyEvent", type="keyDown", text=character, key=character)
            await self.call("Input.dispatchKeyEvent", type="keyUp", key=character)

    async def press(self, key: str, code: int) -> None:
        """A key without a character, by its name and Windows virtual key code."""
        for kind in ("rawKeyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code
            )

    async def insert(self, text: str) -> None:
        """Text as an input method commits it."""
        await self.call("Input.insertText", text=text)

    async def resize(self, width: int, height: int) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    async def picture(self, path: Path) -> None:
        done = await self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(done["data"]))

    async def _read(self) -> None:
        async for message in self._connection:
            output = message.json()
            if "id" in output:
                answer = self._answers.pop(output["id"])
                if answer.cancelled():
                    continue
                if "error" in output:
                    answer.set_exception(RuntimeError(output["error"]["message"]))
                else:
                    answer.set_result(output["result"])
            else:
                self._note(output["method"], output["params"])

    def _note(self, method: str, reported: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(reported["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(reported["url"])
        elif method == "Network.responseReceived":
            self.status[reported["response"]["url"]] = reported["response"]["status"]
        elif method == "Page.windowOpen":
            self.opened.append(reported["url"])
        elif method == "Page.javascriptDialogOpening":
            self._last += 1
            self._answers[self._last] = asyncio.get_running_loop().create_future()
            accept = {"id": self._last, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
            self._answering = asyncio.create_task(self._connection.send_json(accept))
        elif method == "Runtime.exceptionThrown":
            self.problems.append(str(reported["exceptionDetails"].get("exception", reported)))
        elif method == "Log.entryAdded" and reported["entry"]["level"] == "error":
            self.problems.append(f"{reported['entry']['text']} {reported['entry'].get('url', '')}")


class Chromium:
    """The browser; `page()` opens a tab."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session, self._port = session, port

    async def page(self) -> Page:
        async with self._session.put(f"http://127.0.0.1:{self._port}/json/new?about:blank") as answer:
            reported = await answer.json(content_type=None)
        page = Page(await self._session.ws_connect(reported["webSocketDebuggerUrl"], max_msg_size=1 << 26))
        page.id = reported["id"]
        await page.prepare()
        return page

    async def close(self, page: Page) -> None:
        async with self._session.get(f"http://127.0.0.1:{self._port}/json/close/{page.id}") as answer:
            answer.raise_for_status()


@contextlib.asynccontextmanager
async def chromium(folder: Path, *options: str) -> AsyncIterator[Chromium]:
    """A browser with a profile of its own in `folder`."""
    assert BROWSER is not None
    process = await asyncio.create_subprocess_exec(
        BROWSER,
        "--headless=new",
        "--no-sandbox",  # tests often run as root, in a container
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "--window-size=1000,640",
        "--lang=en",
        *options,
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={
            **os.environ,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "XDG_CACHE_HOME": str(folder),
        },
        start_new_session=True,
    )
    try:
        reported = folder / "DevToolsActivePort"
        while not (reported.exists() and "\n" in reported.read_text()):
            assert process.returncode is None, "chromium did not start"
            await asyncio.sleep(0.05)
        async with aiohttp.ClientSession() as session:
            yield Chromium(session, int(reported.read_text().splitlines()[0]))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            await process.wait()
