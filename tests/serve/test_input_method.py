"""Korean by an input method: a syllable is composed of several keys, shown meanwhile, and typed once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.serve.chromium import BROWSER, NONE_HERE, Page, chromium
from tests.serve.conftest import Serving

pytestmark = pytest.mark.skipif(BROWSER is None, reason=NONE_HERE)

PROCESS = 229
"""The key code of a key that the input method took."""
PREVIEW = "document.querySelector('.composition-view')"


@pytest.fixture
async def page(serving: Serving, tmp_path) -> AsyncIterator[Page]:
    """At the program, counting what is sent to it."""
    door = await serving()
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.visit(door.url)
        await page.until_shown("한국어")
        await page.value(
            "window.sent = []; const send = WebSocket.prototype.send; WebSocket.prototype.send = function (message) {"
            "const [kind, text] = JSON.parse(message); if (kind === 'stdin') sent.push(text); return send.call(this, message) }"
        )
        yield page


async def compose(page: Page, *stages: str) -> None:
    """Each stage of a syllable, as a key changes it; "" takes its last part away."""
    for stage in stages:
        await page.call(
            "Input.dispatchKeyEvent", type="rawKeyDown", key="Process", windowsVirtualKeyCode=PROCESS
        )
        await page.call(
            "Input.imeSetComposition", text=stage, selectionStart=len(stage), selectionEnd=len(stage)
        )
        await page.call("Input.dispatchKeyEvent", type="keyUp", key="Process", windowsVirtualKeyCode=PROCESS)
        await page.value("new Promise((done) => setTimeout(done))")  # no typist is as fast as a script


async def key(page: Page, name: str, number: int, text: str = "") -> None:
    pressed = {"key": name, "code": name, "windowsVirtualKeyCode": number}
    await page.call("Input.dispatchKeyEvent", type="keyDown", text=text, **pressed)
    await page.call("Input.dispatchKeyEvent", type="keyUp", **pressed)


async def test_a_syllable_is_shown_and_typed_once(page):
    await page.type("a")
    await page.until("caught.terminal.buffer.active.cursorY === 2")
    await compose(page, "ㅎ", "하", "한")
    assert await page.until(f"{PREVIEW}.classList.contains('active') && {PREVIEW}.textContent") == "한"
    at = await page.value(f"(({{ left, top }}) => [left, top])({PREVIEW}.getBoundingClientRect())")
    cell = await page.value(
        "(({ cell }) => [cell.width, cell.height])(caught.terminal._core._renderService.dimensions.css)"
    )
    assert at[1] == 2 * cell[1]  # the field is in the third line
    assert 3 * cell[0] <= at[0] <= 4 * cell[0]
    assert await page.value("sent") == ["a"]
    await page.insert("한")
    await page.until_shown("typed [a한]")
    assert await page.value(f"{PREVIEW}.classList.contains('active')") is False
    await compose(page, "ㄱ", "그", "글")
    await page.insert("글")
    await page.until_shown("typed [a한글]")
    assert await page.value("sent") == ["a", "한", "글"]


async def test_a_consonant_moves_to_the_next_syllable(page):
    """간 and ㅏ make 가나: one syllable is committed and the next begins at one key."""
    await compose(page, "ㄱ", "가", "간")
    await page.insert("가")
    await compose(page, "나")
    await page.until_shown("typed [가]")
    await page.insert("나")
    await page.until_shown("typed [가나]")
    assert await page.value("sent") == ["가", "나"]


async def test_backspace_takes_away_what_is_composed_and_nothing_else(page):
    await page.type("ls")
    await compose(page, "ㅎ", "하", "한")
    await compose(page, "하", "ㅎ", "")
    await page.type("x")
    await page.until_shown("typed [lsx]")
    assert await page.value("sent") == ["l", "s", "x"]
    await page.press("Backspace", 8)
    await page.until_shown("typed [ls]")


@pytest.mark.parametrize(("name", "number", "text", "sent"), [("Enter", 13, "\r", "\r"), (" ", 32, " ", " ")])
async def test_the_key_that_ends_a_syllable_comes_after_it(page, name, number, text, sent):
    """As macOS and Windows do it: the key comes twice, first as one that the input method took."""
    await compose(page, "ㄱ", "그", "글")
    await page.call("Input.dispatchKeyEvent", type="rawKeyDown", key=name, windowsVirtualKeyCode=PROCESS)
    await page.insert("글")
    await key(page, name, number, text)
    await page.until("sent.length >= 2")
    await page.until_shown("typed [글")
    assert await page.value("sent") == ["글", sent]


async def test_the_cursor_keys_end_a_syllable(page):
    await compose(page, "ㄱ", "그", "글")
    await page.insert("글")
    await page.until("sent.length === 1")
    await page.press("ArrowLeft", 37)
    await page.type("x")
    await page.until("sent.length === 3")
    assert await page.value("sent") == ["글", "\x1b[D", "x"]


async def test_a_keyboard_on_the_screen_can_delete_where_nothing_was_typed(page):
    """It says what it would do to the field (beforeinput), and sends no key; the field is empty after an Enter."""
    await page.press("F6", 117)
    await page.until_shown("taking")
    await page.value(
        "caught.terminal.textarea.value = '';"
        "caught.terminal.textarea.dispatchEvent("
        "new InputEvent('beforeinput', { inputType: 'deleteContentBackward', bubbles: true }))"
    )
    await page.until_shown("key backspace")
