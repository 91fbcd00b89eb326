"""A server of a small program, in this process or as one of its own."""

from __future__ import annotations

import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from runner.serve import place
from runner.serve.door import Door
from runner.serve.program import environment
from runner.serve.web_server import Server

PROGRAM = Path(__file__).with_name("small_app.py")
TOKEN = "a-token-that-is-long-enough"
Serving = Callable[..., Awaitable[Door]]


@pytest.fixture
async def serving(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Serving]:
    """Serve the small program with these arguments; gives the door. All ends with the test."""
    monkeypatch.setenv("MARKS", str(tmp_path / "marks"))
    stack = AsyncExitStack()

    async def serve(*arguments: str, host: str = "127.0.0.1", program: Path = PROGRAM) -> Door:
        listening = place.listen("127.0.0.1", 0)
        door = Door(host, place.port_of(listening), TOKEN)
        door.root = f"http://127.0.0.1:{place.port_of(listening)}"
        commands = itertools.repeat([sys.executable, str(program), *arguments])
        await stack.enter_async_context(Server(door, commands, environment("en"), "en").listening(listening))
        return door

    yield serve
    await stack.aclose()


async def enter(
    session: aiohttp.ClientSession,
    door: Door,
    *,
    token: str = TOKEN,
    passed: str = "",
    size: str = "width=60&height=10",
    resumed: str = "",
) -> aiohttp.ClientWebSocketResponse:
    """A page that shows this, as the script in it does."""
    page = await session.ws_connect(f"{door.root}/ws?{size}", headers={"Origin": door.root})
    await page.send_json(["enter", {"token": token, "pass": passed, "session": resumed}])
    return page


@pytest.fixture
def marks(tmp_path: Path) -> Callable[[], list[str]]:
    """What the programs wrote down: a line `pid arguments` at their start, `quit pid` when asked to quit."""

    def read() -> list[str]:
        file = tmp_path / "marks"
        return file.read_text().splitlines() if file.exists() else []

    return read
