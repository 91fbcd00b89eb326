"""Search in the texts of a lab: marks in the step that is read, and the way to the others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from textual.app import App
from textual.containers import Vertical
from textual.reactive import reactive

from runner.labs.model import Step
from runner.tui.screens.lab_host import Host
from runner.tui.screens.lab_search import Searching
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.reading_pane import Reading
from runner.tui.widgets.search_bar import SearchBar
from runner.tui.widgets.text_pane import TextPane
from tests.tui.conftest import until, until_shown

TEXTS = {
    "one": "Kiali first.\n\n" + "Words.\n\n" * 30 + "And kiali again.",
    "two": "Nothing of it.",
    "three": "파드와 **Kiali**.",
}


class Texts(App[None]):
    """Three steps of a lab, of which one is read."""

    language = reactive("en")

    def __init__(self) -> None:
        super().__init__()
        self.steps = [
            Step.model_validate({"id": name, "title": name, "text": text}) for name, text in TEXTS.items()
        ]
        self.read: list[str] = []
        self._step = "one"

    def compose(self) -> Any:
        with Vertical(), TextPane(id="text"):
            yield Reading()

    def on_mount(self) -> None:
        app = self

        class Lab(SimpleNamespace):
            @property
            def step_id(self) -> str:
                return app._step

            @step_id.setter
            def step_id(self, step: str) -> None:
                app._step = step
                app.show()

            language = "en"

        host = cast(Host, Lab(run=SimpleNamespace(lab=SimpleNamespace(steps=tuple(self.steps)))))
        self.searching = Searching(host, self.screen)
        self.show()

    def show(self) -> None:
        self.read.append(self._step)
        step = next(each for each in self.steps if each.id == self._step)
        self.query_one(Reading).show(step, 0, "", False)

    def on_search_bar_changed(self, message: SearchBar.Changed) -> None:
        self.searching.look_for(message.words)

    def on_search_bar_go(self, message: SearchBar.Go) -> None:
        self.searching.go(message.by)

    def on_search_bar_closed(self) -> None:
        self.searching.close()

    @property
    def marked(self) -> list[tuple[int, int, bool]]:
        """The places of the step's page that are marked."""
        page = self.query_one("#page", Page)
        return [mark for marks in page._marks.values() for mark in marks]


async def test_places_are_marked_and_gone_through_over_all_steps():
    app = Texts()
    async with app.run_test(size=(70, 16)) as pilot:
        await until_shown(pilot, "Kiali first.")
        app.searching.open()
        await until_shown(pilot, "Search in the text of all steps")
        await pilot.press(*"KIALI")
        await until_shown(pilot, "1 of 2 · also in step 3")
        assert [here for _, _, here in app.marked] == [True, False]
        await pilot.press("enter")
        await until_shown(pilot, "And kiali again.")
        await until_shown(pilot, "2 of 2")
        await pilot.press("enter")
        await until_shown(pilot, "파드와 Kiali.")
        await until_shown(pilot, "1 of 1 · also in step 1")
        assert app.read == ["one", "three"]
        await pilot.press("up")
        await until_shown(pilot, "2 of 2")
        assert app.read[-1] == "one"


async def test_nothing_is_found_and_escape_takes_all_away():
    app = Texts()
    async with app.run_test(size=(70, 16)) as pilot:
        await until_shown(pilot, "Kiali first.")
        app.searching.open()
        await until_shown(pilot, "Search in the text of all steps")
        await pilot.press(*"zz")
        await until_shown(pilot, "not found in this lab")
        await pilot.press("enter", "backspace", "backspace", *"first")
        await until_shown(pilot, "1 of 1")
        assert len(app.marked) == 1
        await pilot.press("escape")
        await until(pilot, lambda: not app.query(SearchBar))
        assert app.marked == []
        assert app.focused is app.query_one(TextPane)
        assert app.read == ["one"]


async def test_hangul_is_found_in_another_step_only():
    app = Texts()
    async with app.run_test(size=(70, 16)) as pilot:
        await until_shown(pilot, "Kiali first.")
        app.searching.open()
        await until_shown(pilot, "Search in the text")
        await pilot.press(*"파드")
        await until_shown(pilot, "not in this step · also in step 3")
        await pilot.press("enter")
        await until_shown(pilot, "1 of 1")
