"""The page in a real browser."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.serve.chromium import BROWSER, NONE_HERE, chromium

pytestmark = pytest.mark.skipif(BROWSER is None, reason=NONE_HERE)


async def test_the_program_in_a_page(serving, tmp_path):
    door = await serving()
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.visit(door.root)
        await page.until("document.body && document.body.innerText.includes('token')")
        assert page.status[f"{door.root}/"] == 403

        await page.visit(door.url)
        rows = await page.until_shown("한국어")
        assert rows[0].startswith("|한국어 실습|ab|")
        assert await page.column(0, "|") == [0, 12, 15]
        assert await page.value("location.search") == ""
        assert await page.value("document.title") == "Labgate"

        await page.type("hello")
        await page.insert("안녕")
        await page.until_shown("typed [hello안녕]")

        await page.resize(700, 400)
        cols, lines = await page.until(
            "caught.terminal.cols < 90 && [caught.terminal.cols, caught.terminal.rows]"
        )
        await page.until_shown(f"{cols} x {lines} cells")

        await page.press("F5", 116)
        await page.until("!document.querySelector('#ended').hidden")
        assert {urlsplit(url).hostname for url in page.requests} == {"127.0.0.1"}
