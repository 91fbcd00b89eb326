"""Textual's rules of CSS go by a class's name and its bases' names: no two widgets share one."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import textual
from textual.dom import DOMNode
from textual.screen import Screen

import runner.tui
from checks.base import Outcome, Verdict
from runner.labs.load import load
from runner.tui.screens.once import Once
from runner.tui.widgets.quiz_question import QuizCard
from runner.words import phrase
from tests.tui.conftest import until
from tests.tui.frozen import FrozenRun
from tests.tui.learning import SMALL
from tests.tui.test_snapshots import Still, lab_screen

PROGRAMS = ("textual.demo", "textual.__main__", "textual._sleep", "textual.drivers", "textual._win_sleep")
"""What runs when it is imported, or belongs to one system."""


def nodes(package: ModuleType) -> Iterator[type[DOMNode]]:
    """Every class of the package that a rule of CSS can be about."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if found.name.startswith(PROGRAMS):
            continue
        for made in vars(importlib.import_module(found.name)).values():
            if isinstance(made, type) and issubclass(made, DOMNode) and made.__module__ == found.name:
                yield made


def test_no_widget_of_ours_is_called_as_one_of_textuals():
    theirs = {each.__name__ for each in nodes(textual)}
    ours = [each.__name__ for each in nodes(runner.tui)]
    assert {"CommandList", "Header", "Footer"} <= theirs  # they are looked at, private ones too
    assert len(ours) > 30
    assert [name for name in ours if name in theirs] == []
    assert [name for name, count in Counter(ours).items() if count > 1] == []


def test_every_page_is_left_once():
    pages = [each for each in nodes(runner.tui) if issubclass(each, Screen)]
    assert len(pages) > 10
    assert [each for each in pages if each.dismiss is not Once.dismiss] == []


async def test_the_command_list_stays_after_the_palette_was_open():
    app = Still(lab_screen("box"), "en")
    async with app.run_test(size=(120, 30)) as pilot:
        commands = app.page.query_one("#commands")
        await until(pilot, lambda: commands.region.height > 2)
        before = commands.region
        await until(pilot, lambda: app.page.in_terminal)
        await pilot.press("f6", "ctrl+p")
        await until(pilot, lambda: app.screen is not app.page)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.page)
        assert commands.region == before
        app.theme = "labgate-light"
        await pilot.pause()
        await until(pilot, lambda: commands.region == before)
        assert commands.visible
        assert commands.display


async def test_all_that_is_reported_of_an_answer_is_shown():
    lab = load(SMALL)
    quiz: Any = lab.step("fruits").checks[0]
    long = {"en": "A stone has no seeds. " * 12}
    message = quiz.model_copy(update={"explain": long})
    fruits = lab.step("fruits").model_copy(update={"checks": (message,)})
    lab = lab.model_copy(update={"steps": (fruits, *lab.steps[1:])})
    screen = lab_screen("fruits")
    right = {"fruits": (Outcome(Verdict.PASSED, phrase("Right."), phrase("Right.")),)}
    run = FrozenRun(lab, "fruits", given={"fruits": ("apple", "pear")}, judged=right)
    screen.run = run  # type: ignore[assignment]
    async with Still(screen, "en").run_test(size=(80, 40)) as pilot:
        await until(pilot, lambda: screen.query(QuizCard))
        outcome = screen.query_one(QuizCard).query_one(".outcome")
        await until(pilot, lambda: outcome.region.height >= 4)
