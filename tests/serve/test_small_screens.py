"""A telephone and a tablet: the width that a lab needs, fingers, and the keyboard on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.serve.chromium import BROWSER, NONE_HERE, Page, chromium
from tests.serve.conftest import Serving

pytestmark = pytest.mark.skipif(BROWSER is None, reason=NONE_HERE)


@pytest.fixture(params=[(360, 640), (768, 1024)], ids=["telephone", "tablet"])
async def page(request, serving: Serving, tmp_path) -> AsyncIterator[Page]:
    width, height = request.param
    door = await serving()
    async with chromium(tmp_path / "profile") as browser:
        page = await browser.page()
        await page.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=0, mobile=True
        )
        await page.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=5)
        await page.visit(door.url)
        await page.until_shown("한국어")
        yield page


async def test_it_fits_and_has_keys(page):
    width = await page.value("innerWidth")
    assert await page.value("document.documentElement.scrollWidth") == width  # the viewport is the page
    columns = await page.value("caught.terminal.cols")
    assert 48 <= columns < 100
    assert await page.value("caught.terminal.element.getBoundingClientRect().right") <= width
    buttons = await page.value(
        "[...document.querySelectorAll('#buttons button')].filter((each) => each.offsetHeight)"
        ".map((each) => [each.innerText, each.offsetHeight])"
    )
    assert {"Keyboard", "Esc", "Tab", "Ctrl", "↑"} <= {words for words, _ in buttons}
    assert all(height >= 36 for _, height in buttons)


async def test_a_tap_is_a_click_and_brings_no_keyboard(page):
    await page.press("F6", 117)
    await page.until_shown("taking")
    point = {"x": 100, "y": 200}
    await page.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point])
    await page.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    await page.until_shown("click 1")
    assert await page.value("caught.terminal.textarea.inputMode") == "none"
    await page.value("document.querySelector('[data-does=keyboard]').click()")
    assert await page.value("caught.terminal.textarea.inputMode") == "text"
    assert await page.value("document.activeElement === caught.terminal.textarea")


async def test_a_finger_scrolls(page):
    await page.press("F6", 117)
    await page.until_shown("taking")
    await page.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": 100, "y": 300}])
    for y in (280, 260, 240, 220):
        await page.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=[{"x": 100, "y": y}])
    await page.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    rows = await page.until_shown("down down")
    assert "click" not in " ".join(rows)
    assert await page.value("scrollY") == 0


async def test_the_keyboard_on_the_screen_leaves_the_program_the_rest(page):
    lines = await page.value("caught.terminal.rows")
    height = await page.value("innerHeight")
    await page.call(
        "Emulation.setDeviceMetricsOverride",
        width=await page.value("innerWidth"),
        height=height - 260,
        deviceScaleFactor=0,
        mobile=True,
    )
    await page.until(f"caught.terminal.rows < {lines}")
    assert (
        await page.value("document.querySelector('#buttons').getBoundingClientRect().bottom") <= height - 260
    )
