"""Labgate itself in a page: the keys of a lab's screen, as buttons."""

from __future__ import annotations

import itertools
import sys

import aiohttp

from runner.serve import place
from runner.serve.door import Door
from runner.serve.program import environment
from runner.serve.web_server import Server
from tests.serve.conftest import TOKEN, enter


async def _keys(page: aiohttp.ClientWebSocketResponse, wanted: str) -> dict[str, str]:
    """What the keys do, as soon as one of them does this."""
    async for message in page:
        if message.type == aiohttp.WSMsgType.TEXT and message.json()[0] == "keys":
            keys = {name: does for _, name, does in message.json()[1]}
            if wanted in keys.values():
                return keys
    raise AssertionError(f"closed without a key for {wanted!r}")


async def test_a_labs_keys_are_offered_with_those_of_the_line_above_them(monkeypatch, tmp_path):
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path))
    monkeypatch.setenv("LABGATE_TOUR", "0")
    listening = place.listen("127.0.0.1", 0)
    door = Door("127.0.0.1", place.port_of(listening), TOKEN)
    commands = itertools.repeat(
        [sys.executable, "-P", "-m", "runner", "learn", "kubernetes-basics", "--practice"]
    )
    server = Server(door, commands, environment("ko"), "ko")
    async with server.listening(listening), aiohttp.ClientSession() as session:
        page = await enter(session, door, size="width=90&height=30")
        keys = await _keys(page, "실행")
        assert {"F2": "실행", "F1": "도움말", "F6": "터미널"}.items() <= keys.items()
        await page.send_json(["press", "f6"])
        typing = await _keys(page, "본문")
        assert typing["F2"] == "실행"
        assert all(name.startswith(("F", "^", "Ctrl")) for name in typing)  # letters are the shell's
        await page.send_json(["press", "f2"])
        done = await _keys(page, "다음 단계")
        assert done["F8"] == "다음 단계"
        await page.close()
