"""The page at the end of a lab, and what is taken along from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.reactive import reactive
from textual.screen import Screen

from runner.labs.load import load
from runner.session.attempt_summary import AttemptSummary, summary
from runner.tui.app import LabgateApp
from runner.tui.screens.finished import FinishedScreen
from runner.tui.settings import load_settings
from tests.tui.conftest import shown, until, until_shown
from tests.tui.frozen import FrozenRun
from tests.tui.learning import SMALL

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Pages(App[None]):
    language = reactive("en")

    def __init__(self, page: Screen[Any]) -> None:
        super().__init__()
        self.page, self.chosen = page, list[object]()

    def on_mount(self) -> None:
        self.push_screen(self.page, self.chosen.append)


def ended(**more: Any) -> AttemptSummary:
    """A small lab at its end: twelve minutes, two hints."""
    run = FrozenRun(load(SMALL), "more", help=2)
    made = summary(run.view)
    step = replace(made.steps[0], seconds=125.0)
    return replace(made, **{"seconds": 754.0, "steps": [step, *made.steps[1:]], **more})


@pytest.mark.parametrize(
    ("key", "choice"),
    [("c", "clean-up"), ("b", "bonus"), ("escape", "stay"), ("enter", "next"), ("q", "leave")],
)
async def test_the_end_tells_what_was_done_and_what_can_be_done_now(key, choice):
    app = Pages(FinishedScreen(ended()))
    async with app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "Next lab: ")
        for words in ("Time spent", "13 min (estimate: ", "2:05", "Go on with the bonus"):
            await until_shown(app, words)
        await pilot.press(key)
        await until(pilot, lambda: app.chosen)
        assert app.chosen == [choice]


async def test_at_the_end_only_what_there_is_is_offered_and_a_click_chooses(monkeypatch):
    monkeypatch.setattr("runner.session.lab_catalogue.listed", list)
    small = load(SMALL)
    lab = small.model_copy(update={"cleanup": None})
    only = [replace(each, optional=False, learnt=None) for each in ended().steps]
    app = Pages(FinishedScreen(ended(lab=lab, steps=only)))
    async with app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "Stay in the lab")
        assert "bonus" not in shown(app)
        assert "What you learned" not in shown(app)
        app.language = "ko"
        await until(pilot, lambda: "Stay in the lab" not in shown(app))
        lines = shown(app).splitlines()
        y = next(at for at, line in enumerate(lines) if "⏎" in line)
        await pilot.click(offset=(cell_len(lines[y][: lines[y].index("⏎")]), y))
        await until(pilot, lambda: app.chosen)
        assert app.chosen == ["leave"]


async def test_the_end_looks_back_with_the_labs_debrief():
    debrief = {"en": "**What happened.** Apples were sorted.", "ko": "**무슨 일이?** 사과를 골랐습니다."}
    app = Pages(FinishedScreen(ended(lab=load(SMALL).model_copy(update={"debrief": debrief}))))
    async with app.run_test(size=(120, 40)):
        await until_shown(app, "Looking back")
        await until_shown(app, "What happened. Apples were sorted.")
        app.language = "ko"
        await until_shown(app, "무슨 일이? 사과를 골랐습니다.")


async def test_a_report_is_written_beside_what_is_there_and_its_path_is_copied(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labgate-small-report.md").write_text("mine")
    app = LabgateApp(language="en")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(FinishedScreen(ended()))
        await pilot.press("x")
        await until_shown(pilot, "Report, Markdown")
        assert "Certificate" not in shown(app)  # the lab is not finished
        await pilot.press("enter")
        await until_shown(pilot, "small-report-2.md")
        assert (tmp_path / "labgate-small-report.md").read_text() == "mine"
        assert "1. Which are fruits?" in (tmp_path / "labgate-small-report-2.md").read_text()
        assert app.clipboard == str(tmp_path / "labgate-small-report-2.md")


async def test_the_name_for_the_certificate_is_asked_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = LabgateApp(language="ko")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(FinishedScreen(ended(ended=NOON)))
        await pilot.press("x", "end", "up", "enter")
        await until_shown(pilot, "수료증에 넣을 이름")
        await pilot.press(*"홍길동", "enter")
        await until(pilot, lambda: list(tmp_path.glob("*.svg")))
        await pilot.press("end", "enter")
        await until(pilot, lambda: list(tmp_path.glob("*certificate.html")))
    assert load_settings().learner == "홍길동"
    for file in tmp_path.glob("labgate-small-certificate.*"):
        assert "홍길동" in file.read_text()
        assert "작은 실습" in file.read_text()
