"""At the lab's screen: what helps a learner, and what the command palette offers."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from runner.session.step_states import StepState
from runner.tui.screens.clean_up import CleanUpScreen
from runner.tui.screens.confirm import ConfirmScreen
from runner.tui.screens.lab import LabScreen
from runner.tui.settings import load_settings
from tests.tui.learning import NARROW, WIDE, learning

both_sizes = pytest.mark.parametrize("size", [NARROW, WIDE])


@both_sizes
async def test_hints_come_one_at_a_time(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("box")
        await at.press("f4")
        await at.sees("Hint 1 of 2", "The first hint.")
        assert "The second hint." not in at.shown()
        await at.press("f4")
        await at.sees("The second hint.")
        await at.misses("F4 Hint")
        assert at.run.view.hints("box") == 2


async def test_the_solution_is_shown_and_nothing_is_run(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.press("s")
        await at.sees("Solution", "--dry-run=client")
        assert at.run.view.solution("box") == "shown"
        assert at.run.view.state("box") is StepState.OPEN


async def test_the_solution_is_typed_for_the_learner(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.chooses("Type the solution for me")
        await at.sees("configmap/box created")
        await at.passes("box")
        assert at.run.view.solution("box") == "typed"


async def test_a_step_is_done_for_the_learner_who_skips_it(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.chooses("Skip this step")
        await at.passes("box")
        await at.until(lambda: at.run.view.state("web") is StepState.OPEN)


async def test_what_makes_no_sense_now_is_not_offered(tmp_path):
    async with learning(tmp_path) as at:
        names = {command.title for command in at.commands()}
        assert "Skip this step" in names
        assert "Reset the practice cluster" not in names  # it is not Labgate's own
        at.screen.step_id = "web"
        await at.sees("It runs in a Deployment.")
        names = {command.title for command in at.commands()}
        assert not names & {"Skip this step", "Type the solution for me"}


async def test_a_step_is_done_again(tmp_path):
    async with learning(tmp_path) as at:
        await at.does_fruits()
        await at.sees("Right.")
        await at.chooses("Do this step again")
        await at.sees("[ ] Apple", "[ ] Stone", "[ ] Pear")
        assert at.run.view.state("fruits") is not StepState.PASSED
        await at.press("a", "1", "3", "enter")
        await at.passes("fruits")


async def test_the_palette_finds_the_labs_own_commands(tmp_path):
    async with learning(tmp_path, language="ko") as at:
        await at.press("colon")
        await at.until(lambda: at.app.screen.query(Input))
        await at.press(*"이 단계 다시")
        await at.sees("이 단계 다시")
        await at.press("escape")
        await at.at("fruits")


async def test_by_hand_is_remembered(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        await at.chooses("By hand")
        await at.until(lambda: at.screen.by_hand)
        assert load_settings().by_hand is True
        await at.clicks("$ kubectl create configmap box")
        await at.clicks("put on the prompt")
        await at.sees("❯ kubectl create")  # put on the prompt, not run
        assert at.run.view.commands("box")[0] is None
        await at.chooses("Guided")
        assert load_settings().by_hand is False


async def test_the_lab_is_begun_anew_after_a_question(tmp_path):
    async with learning(tmp_path) as at:
        await at.goes_to("box")
        first = at.screen
        await at.chooses("Start the lab again")
        await at.until(lambda: isinstance(at.app.screen, ConfirmScreen))
        await at.press("n")
        await at.at("box")
        assert at.screen is first
        await at.chooses("Start the lab again")
        await at.until(lambda: isinstance(at.app.screen, ConfirmScreen))
        at.app.simulate_key("y")  # a pilot waits for what is being removed
        await at.until(lambda: isinstance(at.app.screen, LabScreen) and at.app.screen is not first)
        await at.at("fruits")
        await at.sees("[ ] Apple", "0/4")
        await at.prompt()
        await at.press("f6", *"echo alive", "enter")
        await at.until(lambda: at.shown().count("alive") >= 2)


@both_sizes
async def test_a_console_reports_its_address(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("web")
        await at.press("f2")
        await at.passes("web")
        await at.prompt()
        await at.press("f8", "f2")
        await at.sees("Lab finished")
        await at.press("escape")
        await at.at("open")
        at.screen.action_to_text()
        await at.sees("by its external address", "http://")
        opened: list[str] = []
        at.app.open_link = opened.append  # type: ignore[method-assign]
        await at.press("o")
        await at.until(lambda: opened)
        assert opened[0].startswith("http://")


@both_sizes
async def test_the_end_offers_the_bonus_cleaning_up_and_staying(tmp_path, size):
    async with learning(tmp_path, size) as at:
        await at.goes_to("web")
        await at.press("f2")
        await at.passes("web")
        await at.prompt()
        await at.press("f8", "f2")
        await at.sees("Lab finished", "F8 summary")
        await at.press("f8")
        await at.sees("4/4", "A red box", "What now?")
        await at.press("b")
        await at.at("more")
        await at.prompt()
        await at.press("f2")
        await at.passes("more")
        await at.chooses("Clean up")
        await at.until(lambda: isinstance(at.app.screen, CleanUpScreen))
        await at.press(*"yes", "enter")
        await at.until(lambda: isinstance(at.app.screen, LabScreen))
        await at.sees('configmap "box" deleted')
        await at.prompt()
        assert at.run.view.state("box") is StepState.PASSED  # what was done stays done
