"""What tests of the screens share: a data folder of their own, waiting, and reading what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

SIZES = [(80, 24), (160, 50)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a home of the test's own; English unless it says otherwise; no kubeconfig."""
    folder = tmp_path / "labgate"
    monkeypatch.setenv("LABGATE_HOME", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LABGATE_LANGUAGE", "en")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))
    return folder


def shown(app: App[object]) -> str:
    """The text on the screen, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def until(pilot: Pilot[object], holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until `holds()` is true; else fail with what the screen shows."""
    async with asyncio.timeout(seconds * 2):
        for _ in range(round(seconds / 0.02)):
            if holds():
                return
            await pilot.pause(0.02)
    raise AssertionError(f"waited in vain; the screen shows:\n{shown(pilot.app)}")


async def until_shown(pilot: Pilot[object], words: str, seconds: float = 60) -> None:
    """Wait until the words are on the screen."""
    await until(pilot, lambda: words in shown(pilot.app), seconds)
