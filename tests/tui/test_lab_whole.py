"""From the catalogue into a lab, through it by keys alone, out of it, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from checks.quiz import Quiz
from runner.labs import library
from runner.labs.load import load
from runner.labs.model import Step
from runner.practice import process
from runner.session.lab_places import places
from runner.session.step_states import StepState
from runner.tui.app import LabgateApp
from runner.tui.screens.catalogue_screen import CatalogueScreen
from runner.tui.screens.finished import FinishedScreen
from runner.tui.screens.lab import LabScreen
from tests.tui.conftest import shown, until

ISTIO = "istio-install"


@pytest.fixture(autouse=True)
async def practice_ends(home: object) -> AsyncIterator[None]:
    yield
    await asyncio.to_thread(process.stop, ISTIO)


async def open_istio(pilot: Pilot[int]) -> LabScreen:
    app = pilot.app
    await until(pilot.app, lambda: isinstance(app.screen, LabScreen))
    screen = app.screen
    assert isinstance(screen, LabScreen)
    await until(pilot.app, lambda: screen.run.shell.ready)
    return screen


async def to_the_text(pilot: Pilot[int], screen: LabScreen) -> None:
    """Letters are the shell's while the terminal has the keys."""
    if screen.in_terminal:
        await pilot.press("f6")
        await until(pilot.app, lambda: not screen.in_terminal)


async def answer(pilot: Pilot[int], screen: LabScreen, step: Step) -> None:
    """Every question of the step, by keys."""
    for quiz in (check for check in step.checks if isinstance(check, Quiz)):
        right = [str(n) for n, choice in enumerate(quiz.choices, 1) if choice.correct]
        await to_the_text(pilot, screen)
        await pilot.press("a")
        await until(pilot.app, lambda quiz=quiz: getattr(screen.focused, "quiz", None) is quiz)
        await pilot.press(*right, "enter")
        await until(pilot.app, lambda quiz=quiz: screen.run.view.answers.get(quiz.id) == quiz.solution())
        await until(pilot.app, lambda quiz=quiz: _passed(screen, step, quiz))


def _passed(screen: LabScreen, step: Step, quiz: Quiz) -> bool:
    outcome = screen.run.view.outcomes(step.id)[step.checks.index(quiz)]
    return outcome is not None and outcome.passed


async def do(pilot: Pilot[int], screen: LabScreen, step: Step) -> None:
    """The step's commands and questions, by keys, until it is done."""
    run = screen.run
    for index in range(len(step.run)):
        await pilot.press("f2")
        await until(pilot.app, lambda index=index: (ran := run.view.command(step.id, index)) and ran.end)
    await answer(pilot, screen, step)
    if run.view.waits_for_console(step.id):
        await to_the_text(pilot, screen)
        await until(pilot.app, lambda: "Open the console" in shown(pilot.app))
        await pilot.press("f2")
    await until(pilot.app, lambda: run.view.state(step.id) is StepState.PASSED)


@pytest.mark.timeout(300)
async def test_the_istio_lab_from_its_first_question_to_its_end(home):
    lab = load(library.find(ISTIO))
    app = LabgateApp(lab, places(lab)[0], language="en")
    async with app.run_test(size=(160, 50)) as pilot:
        screen = await open_istio(pilot)
        counted = [step for step in lab.steps if not step.optional]
        for step in counted:
            await until(pilot.app, lambda step=step: screen.step_id == step.id)
            await do(pilot, screen, step)
            if step is not counted[-1]:
                await pilot.press("f8")
        await until(app, lambda: "F8 summary" in shown(app))
        assert isinstance(app.screen, LabScreen)  # nothing covers what is being read
        await pilot.press("f8")
        await until(pilot.app, lambda: isinstance(app.screen, FinishedScreen))
        await until(app, lambda: "Lab finished" in shown(app))
        await until(app, lambda: f"{len(counted)}/{len(counted)}" in shown(app))
        app.simulate_key("q")  # a pilot waits for what is being removed
        await until(pilot.app, lambda: isinstance(app.screen, CatalogueScreen))


async def test_who_leaves_comes_back_to_the_same_step(home):
    lab = load(library.find(ISTIO))
    for again in (False, True):
        app = LabgateApp(lab, places(lab)[0], language="en")
        async with app.run_test(size=(160, 50)) as pilot:
            screen = await open_istio(pilot)
            assert screen.step_id == (lab.steps[1].id if again else lab.steps[0].id)
            if not again:
                await answer(pilot, screen, lab.steps[0])
                await pilot.press("f8")
                await until(pilot.app, lambda: screen.step_id == lab.steps[1].id)  # noqa: B023
            await to_the_text(pilot, screen)
            app.simulate_key("q")  # a pilot waits for what is being removed
            await until(pilot.app, lambda: isinstance(app.screen, CatalogueScreen))  # noqa: B023
            await until(app, lambda: "Continue (step 2)" in shown(app))  # noqa: B023
