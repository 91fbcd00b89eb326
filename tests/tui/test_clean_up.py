"""The page before a clean-up: nothing is deleted before the whole word yes was typed."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from runner.labs.load import load
from runner.labs.model import Cleanup
from runner.session.cleanup import is_yes
from runner.session.target import Target
from runner.tui.screens.clean_up import CleanUpScreen
from runner.tui.screens.finished import FinishedScreen
from runner.tui.screens.lab import LabScreen
from tests.tui.conftest import SIZES, until, until_shown
from tests.tui.learning import SMALL, learning
from tests.tui.test_snapshots import Still, settled

SHARED = Target("team-b", "https://203.0.113.9:6443", Path("config"), "team-b", practice=False)
PRACTICE = Target("practice/small", "https://127.0.0.1:6443", Path("config"), "labgate", practice=True)


class Asked(Still):
    """The page alone; `answers` is what it gave."""

    def __init__(self, target: Target, language: str = "en", cleanup: Cleanup | None = None) -> None:
        self.answers: list[bool | None] = []
        super().__init__(CleanUpScreen(cleanup or _small(), target), language)

    async def on_mount(self, event: Any) -> None:
        event.prevent_default()
        await self.push_screen(self.page, self.answers.append)


def _small() -> Cleanup:
    cleanup = load(SMALL).cleanup
    assert cleanup is not None
    return cleanup


@pytest.mark.parametrize(
    "typed", ["yes", "YES", " Yes ", "네", "예", unicodedata.normalize("NFD", "네"), "ㅛㄷㄴ"]
)
def test_a_yes_in_either_language(typed):
    assert is_yes(typed)


@pytest.mark.parametrize("typed", ["", "y", "ye", "yes!", "yes please", "no", "ㅇ", "ㅛ", "아니요", "네네"])
def test_all_else_is_none(typed):
    assert not is_yes(typed)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("language", "words", "command"),
    [
        ("en", ("All of it.", "team-b is a real cluster", "cannot be brought back"), "team-b (https://203.0.113.9:6443)"),
        ("ko", ("모두 지웁니다.", "team-b 클러스터는 실제 클러스터입니다"), "team-b(https://203.0.113.9:6443)"),
    ],
)  # fmt: skip
async def test_it_shows_the_authors_words_the_commands_and_the_cluster(size, language, words, command):
    app = Asked(SHARED, language)
    async with app.run_test(size=size) as pilot:
        for each in (*words, command, "$ kubectl delete service/web deployment/web configmap/box"):
            await until_shown(pilot, each)
        assert app.page.query_one("#warning").has_class("-shared")
        assert (
            app.page.query_one("#warning").styles.border_top[0] == "heavy"
        )  # it stands out without colours, too


@pytest.mark.parametrize("keys", [("enter",), ("y", "enter"), (*"sure", "enter")])
async def test_all_but_the_whole_word_runs_nothing_and_says_so(keys):
    app = Asked(SHARED)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "Type yes")
        await pilot.press(*keys)
        await until_shown(pilot, "Nothing was run.")
        assert app.answers == []
        await pilot.press("escape")
        await until(pilot, lambda: app.answers)
        assert app.answers == [False]


@pytest.mark.parametrize(
    ("language", "typed"), [("en", "yes"), ("ko", "네"), ("ko", "yes"), ("en", "ㅛㄷㄴ")]
)
async def test_the_whole_word_is_the_answer(language, typed):
    app = Asked(PRACTICE, language)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.focused, Input))
        assert not app.page.query_one("#warning").has_class("-shared")
        await pilot.press(*typed, "enter")
        await until(pilot, lambda: app.answers)
        assert app.answers == [True]


async def test_a_key_pressed_twice_says_yes_once():
    """Textual's own dismiss would call back twice, and take the page beneath with it."""
    app = Asked(PRACTICE)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.focused, Input))
        app.page.query_one(Input).value = "yes"
        stack = len(app.screen_stack)
        app.page.action_answer()
        app.page.action_answer()
        await until(pilot, lambda: app.screen is not app.page)
        assert app.answers == [True]
        assert len(app.screen_stack) == stack - 1


async def test_a_long_clean_up_is_scrolled_while_one_types():
    lines = [f"kubectl delete pod p{number}" for number in range(60)]
    app = Asked(SHARED, cleanup=_small().model_copy(update={"run": tuple(map(_command, lines))}))
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "$ kubectl delete pod p0")
        await until_shown(pilot, "Type yes")  # the question is in view from the start
        for _ in range(12):
            await pilot.press("pagedown")
        await until_shown(pilot, "p59")
        await until_shown(pilot, "team-b is a real cluster")


def _command(line: str) -> Any:
    return _small().run[0].model_copy(update={"command": line})


@pytest.mark.parametrize("size", SIZES)
async def test_c_on_the_finish_page_asks_first(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("web")
        run = at.run
        await at.press("f2")
        await at.passes("web")
        await at.prompt()
        await at.press("f8", "f2")
        await at.sees("Lab finished")
        await at.press("f8")
        await at.until(lambda: isinstance(at.app.screen, FinishedScreen))
        await at.press("c")
        await at.until(lambda: isinstance(at.app.screen, CleanUpScreen))
        await at.sees("All of it.", "$ kubectl delete service/web", "test (https://")
        await at.press("y", "enter")
        await at.sees("Nothing was run.")
        await at.press("escape")
        await at.until(lambda: isinstance(at.app.screen, FinishedScreen))  # where one came from
        assert not run.record.cleaned
        await at.press("c")
        await at.until(lambda: isinstance(at.app.screen, CleanUpScreen))
        await at.press(*"yes", "enter")
        await at.until(lambda: isinstance(at.app.screen, LabScreen))
        await at.sees('configmap "box" deleted')
        await at.prompt()
        await at.sees("Cleaned up")
        assert at.run.view.cleaned_up is True


async def test_a_clean_up_that_left_something_says_so(tmp_path):
    async with learning(tmp_path, (80, 24)) as at:
        await at.prompt()
        command = "kubectl delete configmap/not-there"
        cleanup = at.run.lab.cleanup.model_copy(update={"run": (_command(command),), "checks": ()})
        await at.run.replace_lab(at.run.lab.model_copy(update={"cleanup": cleanup}))
        assert at.run.view.cleaned_up is None
        await at.run.clean_up()
        assert at.run.view.cleaned_up is False
        at.screen.redraw_soon()
        await at.sees("Something is left")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x50"])
@pytest.mark.parametrize("target", [SHARED, PRACTICE], ids=["shared", "practice"])
def test_clean_up(snap_compare, target, language, size):
    app = Still(CleanUpScreen(_small(), target), language)
    words = "kubectl delete"
    assert snap_compare(app, terminal_size=size, run_before=settled(words))
