"""Where the panes go: a larger window never gives the terminal fewer columns; zoom, the divider, and where typing goes."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from runner.paths import data_folder
from runner.tui.screens.lab_layout import TERMINAL, layout
from tests.tui.learning import NARROW, WIDE, learning

MEDIUM = 120, 36


def test_a_larger_window_never_gives_the_terminal_fewer_columns() -> None:
    widths = [layout(columns, 40).terminal for columns in range(20, 400)]
    assert all(before <= after for before, after in pairwise(widths))


def test_from_a_hundred_columns_on_the_terminal_has_a_hundred() -> None:
    assert [layout(columns, 40).terminal for columns in (80, 99)] == [80, 99]
    assert all(layout(columns, 40).terminal >= TERMINAL for columns in range(100, 400))


@pytest.mark.parametrize("columns", [150, 160, 200, 300])
def test_text_and_terminal_fill_a_wide_window(columns: int) -> None:
    at = layout(columns, 40)
    assert at.text_columns + at.terminal + 2 == columns
    assert at.text_columns >= 48


@pytest.mark.parametrize("asked", [-5, 0, 1, 10_000])
def test_the_divider_leaves_room_at_both_sides(asked: int) -> None:
    wide = layout(160, 40, text_columns=asked)
    assert wide.text_columns >= 40 and wide.terminal >= 60
    medium = layout(120, 30, text_rows=asked)
    assert 6 <= medium.text_rows <= 24


@pytest.mark.parametrize(
    "size", [NARROW, (100, 30), (101, 30), (104, 30), MEDIUM, (149, 40), (150, 40), WIDE, (200, 60)]
)
async def test_the_terminal_on_the_screen_is_as_wide_as_planned(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with learning(tmp_path, size) as at:
        await at.press("f6")
        await at.until(lambda: at.terminal.size.width == layout(*size).terminal)


@pytest.mark.parametrize("size", [NARROW, MEDIUM, WIDE])
async def test_zoom_gives_the_terminal_the_whole_window_and_back(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with learning(tmp_path, size) as at:
        await at.press("f6")
        await at.until(lambda: at.terminal.has_focus)
        before = at.terminal.size
        await at.press("f10")
        await at.until(lambda: at.terminal.size == (size[0], size[1] - 2))
        await at.press("f10")
        await at.until(lambda: at.terminal.size == before)


async def test_the_divider_moves_by_key_and_by_mouse_and_is_remembered(tmp_path: Path) -> None:
    async with learning(tmp_path, WIDE) as at:
        study = at.screen.query_one("#study")
        before = study.size.width
        await at.press("greater_than_sign")
        await at.until(lambda: study.size.width == before + 4)
        work = at.screen.query_one("#work").region
        await at.pilot.mouse_down(offset=(work.x, 10))
        await at.pilot.hover(offset=(work.x + 6, 10))
        await at.pilot.mouse_up(offset=(work.x + 6, 10))
        await at.until(lambda: study.size.width == before + 11)
        kept = json.loads((data_folder() / "settings.json").read_text())
        assert kept["text_columns"] == before + 11
        await at.press("less_than_sign")
        await at.until(lambda: study.size.width == before + 7)


async def test_typing_goes_to_the_terminal_from_wherever_the_keys_are(tmp_path: Path) -> None:
    async with learning(tmp_path, WIDE) as at:
        await at.goes_to("box")
        await at.press("f6")
        await at.until(lambda: at.terminal.has_focus)
        await at.press("f6")
        assert not at.terminal.has_focus
        await at.press(*"kubectl", "space", *"version")
        assert at.terminal.has_focus
        await at.sees("kubectl version")
