"""Words that come too late: to a page that is being closed while somebody still looks something up for it."""

from __future__ import annotations

import asyncio

import pytest
from textual import work
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from runner.tui.app import LabgateApp
from runner.tui.spoken import Spoken
from runner.tui.widgets.top_line import TopLine
from tests.tui.conftest import until_shown


class Late(Static):
    """Answers while it is taken off the screen, and keeps the page half taken down for a while."""

    def __init__(self, answer: asyncio.Event) -> None:
        super().__init__("late")
        self.answer = answer

    async def on_unmount(self) -> None:
        self.answer.set()
        for _ in range(50):
            await asyncio.sleep(0)


class Asking(Spoken, Screen[None]):
    def __init__(self) -> None:
        super().__init__()
        self.answer = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield Late(self.answer)

    def on_mount(self) -> None:
        self.ask()

    @work
    async def ask(self) -> None:
        await self.answer.wait()
        self.respeak()
        self.query_one(TopLine).show("answered")

    def respeak(self) -> None:
        self.query_one(TopLine).show("asking")


@pytest.mark.parametrize("way", ["dismissed", "replaced", "quit"])
async def test_an_answer_to_a_page_that_is_being_closed_is_dropped(way):
    app = LabgateApp()
    async with app.run_test() as pilot:
        await app.push_screen(Asking())
        await until_shown(pilot, "asking")
        page = app.screen
        match way:
            case "dismissed":
                page.dismiss()
            case "replaced":
                await app.switch_screen(Asking())
            case "quit":
                app.exit()
        if way != "quit":  # that goes on when the test leaves the program
            await page.answer.wait()
            await pilot.pause()
    assert page.answer.is_set() and app._exception is None


async def test_words_from_a_thread_to_a_page_that_is_closed_are_dropped():
    async with LabgateApp().run_test() as pilot:
        page = Asking()
        await pilot.app.push_screen(page)
        await until_shown(pilot, "asking")
        await pilot.app.pop_screen()
        page.respeak()  # as `call_from_thread` would
