"""Keys of a browser's page: its letters' size, F-keys wherever the focus is, keys as buttons, and what is copied."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.serve.chromium import BROWSER, NONE_HERE, Page, chromium
from tests.serve.conftest import Serving

pytestmark = pytest.mark.skipif(BROWSER is None, reason=NONE_HERE)

CTRL, META, SHIFT = 2, 4, 8
CLIPBOARD = ["clipboardReadWrite", "clipboardSanitizedWrite"]


@pytest.fixture
async def page(serving: Serving, tmp_path) -> AsyncIterator[Page]:
    door = await serving()
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.call("Browser.grantPermissions", origin=door.root, permissions=CLIPBOARD)
        await page.visit(door.url)
        await page.until_shown("한국어")
        await page.call("Page.bringToFront")
        yield page


async def chord(page: Page, key: str, code: str, number: int, modifiers: int = CTRL) -> None:
    """A key with Ctrl, say."""
    pressed = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers}
    await page.call("Input.dispatchKeyEvent", type="rawKeyDown", **pressed)
    await page.call("Input.dispatchKeyEvent", type="keyUp", **pressed)


async def columns(page: Page) -> int:
    return await page.value("caught.terminal.cols")


async def test_letters_grow_and_shrink_and_stay_so(page):
    usual = await columns(page)
    await chord(page, "=", "Equal", 187)
    await chord(page, "+", "NumpadAdd", 107)
    assert await page.value("caught.terminal.options.fontSize") == 20
    fewer = await columns(page)
    assert fewer < usual
    await page.until_shown(f"{fewer} x ")
    await page.value("window.before = true")
    await page.call("Page.reload")
    await page.until("!window.before")
    await page.until_shown(f"{fewer} x ")
    await chord(page, "0", "Digit0", 48)
    await page.until_shown(f"{usual} x ")
    for _ in range(2):
        await chord(page, "-", "Minus", 189, META)
    more = await columns(page)
    assert more > usual
    await page.until_shown(f"{more} x ")
    await page.type("x")
    await page.until_shown("typed [x]")  # none of these keys was typed


async def test_the_wheel_with_ctrl_changes_the_letters(page):
    usual = await columns(page)
    await page.call(
        "Input.dispatchMouseEvent", type="mouseWheel", x=200, y=200, deltaX=0, deltaY=-100, modifiers=CTRL
    )
    await page.until(f"caught.terminal.cols < {usual}")


@pytest.mark.parametrize(
    "elsewhere", ["document.activeElement.blur()", "document.querySelector('#toggle').focus()"]
)
async def test_function_keys_are_the_programs_wherever_the_focus_is(page, elsewhere):
    await page.value("window.before = true")
    await page.value(elsewhere)
    await page.press("F6", 117)
    await page.until_shown("taking")
    for number in (1, 3, 10, 11, 12):
        await page.value(elsewhere)
        await page.press(f"F{number}", 111 + number)
    rows = await page.until_shown("key f12")
    assert "key f1 key f3 key f10 key f11 key f12" in " ".join(rows)
    assert await page.value("window.before && !document.fullscreenElement")


async def test_what_is_typed_beside_the_terminal_goes_there(page):
    await page.value("document.activeElement.blur()")
    await page.type("hello")
    await page.until_shown("typed [hello]")


async def test_a_paste_beside_the_terminal_goes_there(page):
    """Edit > Paste of the browser's menu, after a click on the page's edge."""
    await page.value("document.activeElement.blur()")
    await page.value(
        "{ const data = new DataTransfer(); data.setData('text/plain', '메뉴에서');"
        "document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })) }"
    )
    await page.until_shown("typed [메뉴에서]")


async def test_the_programs_keys_are_buttons(page):
    assert await page.value("getComputedStyle(document.querySelector('#buttons')).display") == "none"
    lines = await page.value("caught.terminal.rows")
    await page.value("document.querySelector('#toggle').click()")
    await page.until(f"caught.terminal.rows < {lines}")
    shown = await page.value(
        "[...document.querySelectorAll('#offered button')].map((each) => each.innerText)"
    )
    assert shown == ["F6 붙여넣기 받기", "^t Other"]
    await page.value("document.querySelector('#offered button').click()")
    await page.until_shown("taking")
    await page.value("document.querySelector('[data-key=escape]').click()")
    await page.until_shown("key escape")
    await page.value("document.querySelector('[data-does=ctrl]').click()")
    await page.type("k")
    await page.until_shown("key ctrl+k")
    await page.type("k")
    await page.until_shown("key ctrl+k key k")  # for one letter
    await page.value("document.querySelector('[data-does=ctrl]').click()")
    await page.value("document.querySelector('[data-key=left]').click()")
    await page.until_shown("key ctrl+left")
    assert await page.value("document.activeElement === caught.terminal.textarea")
    await page.value("window.before = true")
    await page.call("Page.reload")
    await page.until("!window.before && document.body.classList.contains('-buttons')")


async def test_a_button_pastes(page):
    await page.value("navigator.clipboard.writeText('from a button')")
    await page.value("document.querySelector('[data-does=paste]').click()")
    await page.until_shown("typed [from a button]")


async def test_what_the_program_copies_is_on_the_clipboard(page):
    await page.press("F3", 114)
    assert await page.until("navigator.clipboard.readText().then((text) => text === '복사한 글')")
    assert await page.value("document.querySelector('#copying').hidden")


async def test_where_the_browser_refuses_a_button_copies(page):
    """Over a network without encryption there is no navigator.clipboard, and no copying long after the last key."""
    await page.value(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('no'));"
        "window.execute = document.execCommand; document.execCommand = () => false"
    )
    await page.press("F3", 114)
    await page.until("!document.querySelector('#copying').hidden")
    assert await page.value("document.querySelector('#copying pre').innerText") == "복사한 글"
    await page.value("document.execCommand = window.execute")
    await page.call(
        "Runtime.evaluate", expression="document.querySelector('#copying button').click()", userGesture=True
    )
    await page.until("document.querySelector('#copying').hidden")
    assert await page.value("navigator.clipboard.readText()") == "복사한 글"


async def test_a_program_can_not_read_the_clipboard(page):
    await page.value("navigator.clipboard.writeText('a secret')")
    await page.value(
        "window.sent = []; const send = WebSocket.prototype.send;"
        "WebSocket.prototype.send = function (message) { sent.push(message); return send.call(this, message) };"
        r"caught.terminal.write('\x1b]52;c;?\x07')"
    )
    await page.until(r"sent.some((each) => each.includes('52;c;'))")
    assert not [each for each in await page.value("sent") if "YSBz" in each or "secret" in each]


async def test_a_selection_of_the_page_is_copied_by_its_key(page):
    await page.value("caught.terminal.select(0, 0, 5)")
    await chord(page, "C", "KeyC", 67, CTRL | SHIFT)
    await page.until("navigator.clipboard.readText().then((text) => text.startsWith('|한국'))")
