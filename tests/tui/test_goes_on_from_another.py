"""The page before a lab that goes on from another one: its work is done first, and seen to be done."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runner.labs.load import load
from runner.labs.model import Lab
from runner.practice import process
from runner.session.lab_places import practice_place
from runner.session.step_states import StepState
from runner.tui.app import LabgateApp
from runner.tui.screens.confirm import ConfirmScreen
from runner.tui.screens.lab import LabScreen
from tests.session.course import a_step, takes_away, waits_for, write
from tests.tui.conftest import shown, until, until_shown

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")

MAKE_LID = "kubectl create configmap lid"


@pytest.fixture
async def two(home: Path, tmp_path: Path) -> AsyncIterator[Lab]:
    write(tmp_path, "one", a_step("box"), a_step("lid", waits_for(tmp_path / "go", MAKE_LID)))
    yield write(tmp_path, "two", takes_away("box"), a_step("more"), head="after: one")
    await asyncio.to_thread(process.stop, "two")


def app_at(lab: Lab, language: str = "en") -> LabgateApp:
    return LabgateApp(lab, practice_place(lab), language=language)


async def test_a_learner_sees_it_done_and_comes_to_the_lab(two: Lab, tmp_path: Path) -> None:
    go = tmp_path / "go"
    app = app_at(two)
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "The result of one, which this lab continues")
        await until_shown(pilot, "step 2 of 2")
        assert "which is done for you first" in shown(app)
        go.touch()
        await until(pilot, lambda: isinstance(app.screen, LabScreen))
        screen = app.screen
        assert isinstance(screen, LabScreen)
        run = screen.run
        await run.run_next("no-box")  # there is one to take away
        await until(pilot, lambda: run.view.state("no-box") is StepState.PASSED)

        go.unlink()
        await screen.begin_again(cluster=True)  # on a new cluster it is done again
        await until_shown(pilot, "step 2 of 2")
        go.touch()
        await until(pilot, lambda: isinstance(app.screen, LabScreen) and app.screen is not screen)
        await app.close_lab()


async def test_what_can_not_be_done_is_reported_and_the_lab_does_not_start(two: Lab, tmp_path: Path) -> None:
    write(tmp_path, "one", a_step("box", "kubectl create confgmap box"))
    app = app_at(two, "ko")
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "진행하지 못함")
        await until_shown(pilot, "two보다 먼저 하는 실습 one을 끝까지 진행하지 못했습니다")
        await until_shown(pilot, "아직 실습을 시작할 수 없습니다")
        write(tmp_path, "one", a_step("box"))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, LabScreen))
        await app.close_lab()


async def test_the_earlier_lab_is_asked_for_too_before_anything_of_it_runs(two: Lab, tmp_path: Path) -> None:
    write(tmp_path, "strange", a_step("box", "echo of-the-strange-one"), trusted=False)
    write(tmp_path, "two", a_step("more"), head="after: strange")
    app = app_at(load(tmp_path / "two"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await until_shown(pilot, "$ echo of-the-strange-one")
        await until_shown(pilot, "This lab continues strange")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ConfirmScreen))
        assert process.status("two") is None
