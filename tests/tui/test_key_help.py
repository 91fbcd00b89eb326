"""The help page lists every key that works on the page it was asked on, as it is printed on the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from textual.binding import Binding
from textual.screen import Screen

import runner.tui
from runner.authoring.preview.lab_snapshot import Reading
from runner.labs.load import load
from runner.session.attempt_summary import summary
from runner.tui.key_help import bindings, parts
from runner.tui.key_labels import OURS, shown
from runner.tui.screens.catalogue_screen import CatalogueScreen
from runner.tui.screens.clean_up import CleanUpScreen
from runner.tui.screens.finished import FinishedScreen
from runner.tui.screens.help import HelpScreen
from runner.tui.screens.places_screen import PlacesScreen
from runner.tui.screens.preflight_screen import PreflightScreen
from runner.tui.screens.unreadable import UnreadableScreen
from runner.words import Phrase, translate
from tests.tui.conftest import shown as on_screen
from tests.tui.conftest import until
from tests.tui.frozen import FrozenRun
from tests.tui.learning import SMALL
from tests.tui.test_clean_up import SHARED, _small
from tests.tui.test_names import nodes
from tests.tui.test_snapshots import HELD, WARNS, Examined, Still, lab_screen

PRINTED = re.compile(
    r"[\^⇧]*([A-Z]|[a-z]|F\d+|[!-/:-@\[-`{-~]|⏎|Esc|Space|[↑↓←→]|Tab|PgUp|PgDn|Home|End|Ins|Del|⌫)"
)
"""What stands on a keyboard, Korean ones too."""


def unreadable() -> UnreadableScreen:
    screen = UnreadableScreen("small")
    screen._reading = Reading(None)
    return screen


PAGES: dict[str, Callable[[], Screen[Any]]] = {
    "question": lambda: lab_screen("fruits"),
    "commands": lambda: lab_screen("box", help=1),
    "catalogue": CatalogueScreen,
    "places": lambda: PlacesScreen(load(SMALL)),
    "preflight": lambda: PreflightScreen(Examined(HELD, WARNS)),  # type: ignore[arg-type]
    "finished": lambda: FinishedScreen(summary(FrozenRun(load(SMALL), "more").view)),
    "clean-up": lambda: CleanUpScreen(_small(), SHARED),
    "unreadable": unreadable,
}


@pytest.fixture(autouse=True)
def own_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.labs.library.own_labs", lambda: SMALL.parent)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", PAGES)
async def test_all_keys_of_the_page_are_listed(name, language):
    app = Still(PAGES[name](), language)
    async with app.run_test(size=(120, 200)) as pilot:
        await until(pilot, lambda: app.screen is app.page and app.page.is_mounted)
        works: set[tuple[str, str]] = set()
        for widget in [None, *app.screen.focus_chain]:  # Textual's own account of what works where
            app.screen.set_focus(widget)
            works |= {
                (shown(active.binding.key), active.binding.description)
                for active in app.screen.active_bindings.values()
                if active.binding.description in OURS and active.binding.key.isascii()
            }
        assert len(works) > 3
        app.action_help()
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        for key, words in works:
            await until(
                pilot, lambda key=key, words=words: _lists(app, key, translate(Phrase(words), language))
            )


def _lists(app, key, words):
    """Whether the help that is on the screen has a line with the key and what it does."""
    lines = [part.strip() for line in on_screen(app).splitlines() for part in line.split("│")]
    return any(key in line.split() and line.endswith(words) for line in lines)


def test_every_key_is_shown_as_it_is_printed():
    keys = {
        key
        for kind in nodes(runner.tui)
        for binding in bindings(kind)
        for key in binding.key.split(",")
        if key.isascii()
    }
    assert {"left_square_bracket", "pageup", "shift+tab", "ctrl+p"} <= keys
    assert {shown(key) for key in keys if not PRINTED.fullmatch(shown(key))} == set()
    assert shown("left_square_bracket") == "["
    assert shown("shift+pageup") == "⇧PgUp"
    assert shown("ctrl+s") == "^S"


def test_every_part_with_keys_says_which_it_is():
    """Else its keys would be left out of the help."""
    named = {kind for kind in nodes(runner.tui) if hasattr(kind, "PART")}
    for kind in nodes(runner.tui):
        own = [each for each in kind.__dict__.get("BINDINGS", ()) if isinstance(each, Binding)]
        if own and not issubclass(kind, Screen) and kind.__name__ not in ("LabgateApp", "PreviewApp"):
            assert kind in named or any(issubclass(each, kind) for each in named), kind


async def test_what_cannot_be_done_just_now_is_listed_too():
    app = Still(lab_screen("fruits"), "en")
    async with app.run_test(size=(120, 60)) as pilot:
        await until(pilot, lambda: app.page.is_mounted)
        listed = [words.render() for part in parts(app.page) for _, words in part.keys]
        assert "Run" in listed  # this step has no commands
        assert "Scroll back, and forth" in listed
