"""The README's pictures: `make picture` goes through the Istio lab on the screen and keeps one moment, as SVG."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from checks.base import Verdict
from checks.quiz import Quiz
from runner.labs import library
from runner.labs.load import load
from runner.session.lab_places import places
from runner.session.step_states import StepState
from runner.tui.app import LabgateApp
from runner.tui.screens.lab import LabScreen

SIZE = 150, 42
STEP = "ready"
"""The step that the picture shows: the consoles' pods are on their way."""
FOLDER = Path(__file__).parent


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not holds():
            await pilot.pause(0.02)


async def work_through(pilot: Pilot[int], screen: LabScreen) -> None:
    """Press the keys that a learner would, up to the step of the picture."""
    walk = screen.walk
    for step in walk.lab.steps:
        await until(pilot, lambda at=step.id: screen.step_id == at)  # type: ignore[misc]
        for check in step.checks:
            if isinstance(check, Quiz):
                walk.answer(check.id, check.solution())
        while walk.next_command(step.id) is not None:
            at = walk.next_command(step.id)
            await pilot.press("f2")
            await until(pilot, lambda s=step.id, at=at: walk.next_command(s) != at)  # type: ignore[misc]
        if step.id == STEP:
            return
        await until(pilot, lambda s=step.id: walk.state(s) is StepState.PASSED)  # type: ignore[misc]
        await pilot.press("f8")


async def take(language: str, file: Path) -> None:
    lab = load(library.find("istio-install"))
    app = LabgateApp(lab, places(lab)[0], language=language)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LabScreen))
        screen = app.screen
        assert isinstance(screen, LabScreen)
        await work_through(pilot, screen)
        await until(pilot, lambda: _on_the_way(screen))
        app.clear_notifications()
        await pilot.pause(0.5)
        svg = app.export_screenshot(title="Labgate")
    file.write_text(
        re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    )  # no fonts from somebody's server


def _on_the_way(screen: LabScreen) -> bool:
    verdicts = {each.verdict for each in screen.walk.outcomes(STEP) if each is not None}
    return Verdict.PASSED in verdicts


async def main() -> None:
    for language, name in (("en", "istio-lab.svg"), ("ko", "istio-lab.ko.svg")):
        with tempfile.TemporaryDirectory() as home:
            os.environ["LABGATE_HOME"] = home
            await take(language, FOLDER / name)


if __name__ == "__main__":
    asyncio.run(main())
