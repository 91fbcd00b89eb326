"""Pasting in a real browser: as in any other page, and the next key is what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.serve.chromium import BROWSER, NONE_HERE, Page, chromium
from tests.serve.conftest import Serving

pytestmark = pytest.mark.skipif(BROWSER is None, reason=NONE_HERE)

CTRL, META, SHIFT = 2, 4, 8


@pytest.fixture
async def page(serving: Serving, tmp_path) -> AsyncIterator[Page]:
    """At the program, what is on the clipboard being the test's to say."""
    door = await serving()
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        rights = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        await page.call("Browser.grantPermissions", origin=door.root, permissions=rights)
        await page.visit(door.url)
        await page.until_shown("한국어")
        await page.call("Page.bringToFront")
        yield page


async def press_paste(page: Page, modifiers: int) -> None:
    """The key that pastes, as the browser gets it; it pastes unless the page keeps it from doing so."""
    key = {"key": "v", "code": "KeyV", "windowsVirtualKeyCode": 86, "modifiers": modifiers}
    await page.call("Input.dispatchKeyEvent", type="rawKeyDown", commands=["paste"], **key)
    await page.call("Input.dispatchKeyEvent", type="keyUp", **key)


@pytest.mark.parametrize("modifiers", [CTRL, CTRL | SHIFT, META])
async def test_a_key_pastes_and_the_next_one_is_fine(page, modifiers):
    await page.value("navigator.clipboard.writeText('붙여 넣은 글')")
    await press_paste(page, modifiers)
    await page.until_shown("typed [붙여 넣은 글]")
    await page.type("x")
    await page.until_shown("typed [붙여 넣은 글x]")
    await press_paste(page, modifiers)
    await page.until_shown("typed [붙여 넣은 글x붙여 넣은 글]")


async def test_several_lines_come_as_one_paste(page):
    await page.press("F6", 117)
    await page.until_shown("taking")
    await page.value(r"navigator.clipboard.writeText('one\ntwo\n')")
    await press_paste(page, CTRL)
    await page.until_shown("paste 'one")
    await page.type("y")
    rows = await page.until_shown("key y")
    output = next(row for row in rows if "key y" in row)
    assert "ctrl" not in output
    assert output.count("paste") == 1
    assert "two" in output


async def test_the_menu_of_the_right_button_pastes(page):
    """What it does is a paste event in the page, where the pointer is."""
    for kind in ("mousePressed", "mouseReleased"):
        await page.call("Input.dispatchMouseEvent", type=kind, button="right", x=200, y=120, clickCount=1)
    assert await page.value("document.activeElement.className") == "xterm-helper-textarea"
    await _paste_event(page, "of the menu")
    await page.until_shown("typed [of the menu]")


async def test_the_middle_button_is_the_browsers(page):
    """It pastes what is selected, on Linux: the page must not take the button, and the program gets no click of it."""
    await page.value(
        "window.prevented = []; const prevent = Event.prototype.preventDefault;"
        "Event.prototype.preventDefault = function () { prevented.push(this.type); return prevent.call(this) };"
        "window.seen = false; addEventListener('auxclick', () => setTimeout(() => (seen = true)), true);"
        "window.sent = []; const send = WebSocket.prototype.send;"
        "WebSocket.prototype.send = function (message) { sent.push(message); return send.call(this, message) }"
    )
    for kind in ("mousePressed", "mouseReleased"):
        await page.call("Input.dispatchMouseEvent", type=kind, button="middle", x=200, y=120, clickCount=1)
    await page.until("seen")
    assert not {"mousedown", "mouseup"} & set(await page.value("prevented"))
    assert not [each for each in await page.value("sent") if "\\u001b[<1;" in each]
    await _paste_event(page, "what was selected")
    await page.until_shown("typed [what was selected]")


async def _paste_event(page: Page, text: str) -> None:
    """The event by which a browser hands over a paste."""
    await page.value(
        "{ const data = new DataTransfer(); data.setData('text/plain', '" + text + "');"
        "document.querySelector('.xterm-helper-textarea').dispatchEvent("
        "new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })) }"
    )


async def test_a_long_paste_comes_whole(page):
    await page.value("navigator.clipboard.writeText('한🙂'.repeat(100000))")
    await press_paste(page, CTRL)
    await page.until_shown("length 200000")
