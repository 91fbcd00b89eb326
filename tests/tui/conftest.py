"""What tests of the screens share: a data folder of their own, waiting, and reading what is shown."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.app import App
from textual.geometry import Offset
from textual.message_pump import MessagePump
from textual.pilot import Pilot

SIZES = [(80, 24), (160, 50)]
WAIT = float(os.environ.get("LABGATE_TEST_WAIT", "60"))
"""Seconds that something may take to come to the screen on a busy machine."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a home of the test's own; English unless it says otherwise; no kubeconfig."""
    folder = tmp_path / "labgate"
    monkeypatch.setenv("LABGATE_HOME", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LABGATE_LANGUAGE", "en")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))
    return folder


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pilot's own waiting gives up after half a minute where a widget was removed."""

    async def wait(self: Pilot[object], timeout: float = 30.0) -> bool:
        return await settled(self.app, timeout)

    monkeypatch.setattr(Pilot, "_wait_for_screen", wait)


def shown(app: App[object]) -> str:
    """The text on the screen, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def settled(app: App[object], seconds: float) -> bool:
    """Wait until the app and all on its screen have worked off what they had to; False where that takes longer.

    As Pilot waits, but not for a widget that is taken off the screen meanwhile: that never answers.
    """
    busy: set[MessagePump] = set()
    for each in (app, *app.screen.walk_children(with_self=True)):
        if each.call_later(lambda each=each: busy.discard(each)):
            busy.add(each)
    end = asyncio.get_running_loop().time() + seconds
    while any(each is app or each.is_attached for each in busy) and app.is_running:
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(0.002)
    return True


async def until(where: Pilot[object] | App[object], holds: Callable[[], object]) -> None:
    """Wait until `holds()` is true; else fail with what the screen shows."""
    app: App[object] = where.app
    end = asyncio.get_running_loop().time() + WAIT
    while not holds():
        assert asyncio.get_running_loop().time() < end, f"waited in vain; the screen shows:\n{shown(app)}"
        await asyncio.sleep(0.01)
        await settled(app, 0.1)
    await _at_rest(app)


def twice(app: App[object]) -> list[str]:
    """The ids that more than one of our widgets on the page has: rules of CSS for the one would meet the other, too.

    What Textual's own widgets are made of is Textual's concern.
    """
    made = [
        str(each.id)
        for each in app.screen.walk_children()
        if each.id and not type(each.parent).__module__.startswith("textual.widgets")
    ]
    return sorted({each for each in made if made.count(each) > 1})


async def _at_rest(app: App[object]) -> None:
    assert not twice(app), f"ids that are used twice on {app.screen}: {twice(app)}"
    await _same_frames(app)


async def _same_frames(app: App[object]) -> None:
    """What belongs together may come in two frames: wait until a frame is as the one before, as far as one ever is."""
    for _ in range(20):
        before = shown(app)
        await settled(app, 1)
        await asyncio.sleep(0.02)
        if not app.is_running or shown(app) == before:
            return


async def until_shown(where: Pilot[object] | App[object], words: str) -> None:
    """Wait until the words are on the screen."""
    await until(where, lambda: words in shown(where.app))


def click(app: App[object], x: int, y: int) -> None:
    """Click where something is now: all at once, before anything can move."""
    app.mouse_position = Offset(x, y)
    for kind in (events.MouseDown, events.MouseUp, events.Click):
        widget, _ = app.get_widget_at(x, y)
        app.screen._forward_event(
            kind(widget, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=y)
        )
