"""The cards over the first lab's screen: beside what they are about, left with a key, and never again."""

from __future__ import annotations

import pytest
from textual.geometry import Offset, Region, Size

from runner.tui.screens.help import HelpScreen
from runner.tui.screens.lab import LabScreen
from runner.tui.screens.tour import TourScreen, beside, wanted
from runner.tui.settings import load_settings
from tests.tui.conftest import SIZES
from tests.tui.learning import learning

ROOM, CARD = Size(80, 24), Size(46, 8)


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_lab_has_a_tour_and_no_other(tmp_path, size, monkeypatch):
    monkeypatch.delenv("LABGATE_TOUR", raising=False)
    async with learning(tmp_path, size, toured=False) as at:
        await at.until(lambda: isinstance(at.app.screen, TourScreen))
        await at.sees("1/3 · Run")
        await at.press("enter")
        await at.sees("2/3 · The terminal")
        await at.press("left", "right", "enter")
        await at.sees("3/3 · Explain")
        await at.press("enter")
        await at.until(lambda: isinstance(at.app.screen, LabScreen))
        assert load_settings().toured
        await at.chooses("Tour")
        await at.until(lambda: isinstance(at.app.screen, TourScreen))
        await at.press("escape")
        await at.until(lambda: isinstance(at.app.screen, LabScreen))
    async with learning(tmp_path, size, toured=False) as at:
        await at.sees("A small lab")
        assert isinstance(at.app.screen, LabScreen)


async def test_a_key_that_a_card_speaks_of_works_at_once(tmp_path, monkeypatch):
    monkeypatch.delenv("LABGATE_TOUR", raising=False)
    async with learning(tmp_path, (160, 50), toured=False) as at:
        await at.until(lambda: isinstance(at.app.screen, TourScreen))
        await at.sees("1/3 · Run")
        await at.press("f1")
        await at.until(lambda: isinstance(at.app.screen, HelpScreen))
        await at.press("escape")
        await at.until(lambda: isinstance(at.app.screen, LabScreen))
        await at.chooses("Tour")
        await at.until(lambda: isinstance(at.app.screen, TourScreen))
        await at.press("f6", *"xyz")
        await at.until(lambda: isinstance(at.app.screen, LabScreen))
        await at.sees("xyz")


@pytest.mark.parametrize("said", ["0", "no", "off"])
def test_a_classroom_can_do_without(said):
    assert not wanted({"LABGATE_TOUR": said})
    assert wanted({})


@pytest.mark.parametrize(
    ("about", "at"),
    [
        (Region(46, 0, 34, 23), Offset(0, 7)),  # at its left
        (Region(0, 0, 30, 23), Offset(30, 7)),  # at its right
        (Region(0, 12, 80, 11), Offset(17, 4)),  # above
        (Region(0, 0, 80, 10), Offset(17, 10)),  # below
        (Region(0, 0, 80, 23), Offset(17, 7)),  # over it
        (None, Offset(17, 7)),
    ],
)
def test_a_card_stands_beside_what_it_is_about(about, at):
    assert beside(about, CARD, ROOM) == at
