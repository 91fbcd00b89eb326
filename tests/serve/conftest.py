"""A server of a small program, in this process or as one of its own."""

from __future__ import annotations

import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from runner.serve import place
from runner.serve.door import Door
from runner.serve.program import environment
from runner.serve.server import Server

PROGRAM = Path(__file__).with_name("small_app.py")
TOKEN = "a-token-that-is-long-enough"
Serving = Callable[..., Awaitable[Door]]


@pytest.fixture
async def serving(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Serving]:
    """Serve the small program with these arguments; gives the door. All ends with the test."""
    monkeypatch.setenv("MARKS", str(tmp_path / "marks"))
    runners = []

    async def serve(*arguments: str, host: str = "127.0.0.1", program: Path = PROGRAM) -> Door:
        listening = place.listen("127.0.0.1", 0)
        door = Door(host, place.port_of(listening), TOKEN)
        door.root = f"http://127.0.0.1:{place.port_of(listening)}"
        commands = itertools.repeat([sys.executable, str(program), *arguments])
        runner = web.AppRunner(Server(door, commands, environment("en"), "en").app(), access_log=None)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        runners.append(runner)
        return door

    yield serve
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def marks(tmp_path: Path) -> Callable[[], list[str]]:
    """What the programs wrote down: a line `pid arguments` at their start, `quit pid` when asked to quit."""

    def read() -> list[str]:
        file = tmp_path / "marks"
        return file.read_text().splitlines() if file.exists() else []

    return read
