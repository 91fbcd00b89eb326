"""A page's program: it begins with the page, ends with it, and how it ended is reported."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from runner.serve import web_server
from tests.serve.conftest import TOKEN, enter


@pytest.fixture
async def session():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


_page = enter


async def _until(page, text):
    seen = ""
    async for message in page:
        seen += message.data.decode() if isinstance(message.data, bytes) else message.data
        if text in seen:
            return seen
    raise AssertionError(f"closed before {text!r}: {seen!r}")


async def _marked(marks, count):
    while len(found := marks()) < count:
        await asyncio.sleep(0.02)
    return found


async def test_each_page_has_its_own_and_it_quits_with_the_page(serving, session, marks):
    door = await serving()
    first, second = await _page(session, door), await _page(session, door)
    await _until(first, "60 x 10 cells")
    await _until(second, "60 x 10 cells")
    begun = await _marked(marks, 2)
    assert len(set(begun)) == 2
    await first.close()
    ended = (await _marked(marks, 3))[2]
    assert ended.removeprefix("quit ") in begun
    await second.send_json(["stdin", "x"])
    await _until(second, "typed [x]")


NONSENSE = [
    "",
    "{",
    "[]",
    "null",
    "[" * 200_000,
    "[" * 200_000 + "]" * 200_000,
    '{"a":' * 100_000 + "1" + "}" * 100_000,
    "9" * 100_000,
    "NaN",
    '["resize", {"width": -1, "height": 1e9}]',
    '["resize", {"width": 1e999, "height": 10}]',
    '["resize", [60, 10]]',
    '["stdin", 5]',
    '["stdin", "\\ud800\\u0000"]',
    '["stdin"]',
    '["ping", {}]',
    '["quit"]',
    '["enter", {"token": "", "pass": ""}]',
    "\ufeff[]",
]


async def test_nonsense_from_a_page_is_left_out(serving, session):
    door = await serving()
    page = await _page(session, door)
    for nonsense in NONSENSE:
        await page.send_str(nonsense)
    await page.send_bytes(b"\xff\x00")
    await page.send_json(["stdin", "x"])
    await _until(page, "typed [x]")


async def test_a_long_paste_comes_whole(serving, session):
    page = await _page(session, await serving())
    await _until(page, "cells")
    await page.send_json(["focus"])
    pasted = "x" * 900
    await page.send_json(["stdin", "\x1b[200~" + pasted[:400]])
    await page.send_json(["stdin", pasted[400:] + "\x1b[201~"])
    await page.send_json(["stdin", "y"])
    await _until(page, "length 901")


async def test_there_are_never_too_many_pages(serving, session, monkeypatch):
    monkeypatch.setattr(web_server, "MOST_PAGES", 2)
    door = await serving()
    pages = [await _page(session, door) for _ in range(2)]
    for page in pages:
        await _until(page, "cells")
    assert '"many"' in await _until(await _page(session, door), "ended")
    await pages[0].close()
    while (await (await _page(session, door)).receive_json())[0] != "entered":  # its program is ending
        await asyncio.sleep(0.05)


async def test_a_program_that_does_not_start_says_why(serving, session):
    door = await serving("--refuse")
    output = await _until(await _page(session, door), "ended")
    assert '"failed"' in output
    assert "This attempt is in use by another Labgate." in output
    assert "u001b" not in output


async def test_last_words_are_shown(serving, session):
    door = await serving("--say")
    page = await _page(session, door)
    await _until(page, "cells")
    await page.send_json(["stdin", "\x1b[15~"])  # F5
    output = await _until(page, '"ended"')
    assert '"exit"' in output
    assert "See you soon." in output


async def test_only_web_pages_are_opened(serving, session, monkeypatch):
    monkeypatch.setenv("OPENS", "https://istio.io/")
    page = await _page(session, await serving())
    await _until(page, "cells")
    await page.send_json(["stdin", "\x1bOQ"])  # F2
    assert "https://istio.io/" in await _until(page, "open_url")


async def test_an_address_that_runs_a_script_is_not_opened(serving, session, monkeypatch):
    monkeypatch.setenv("OPENS", "javascript:alert(1)")
    page = await _page(session, await serving())
    await _until(page, "cells")
    await page.send_json(["stdin", "\x1bOQ"])
    await page.send_json(["stdin", "x"])
    assert "open_url" not in await _until(page, "typed [x]")


async def test_the_program_does_not_know_the_token(monkeypatch):
    from runner.serve.program import environment

    monkeypatch.setenv("LABGATE_TOKEN", TOKEN)
    assert TOKEN not in environment("en").values()
