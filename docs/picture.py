"""The pictures of README and docs/first-lab.md: `make picture` works through two labs on the screen and keeps moments."""

from __future__ import annotations

import asyncio
import html
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rich.cells import cell_len
from textual.pilot import Pilot

from checks.base import Verdict
from checks.quiz import Quiz
from runner.labs import library
from runner.labs.load import load
from runner.session.lab_places import places
from runner.session.step_states import StepState
from runner.tui.app import LabgateApp
from runner.tui.screens.explain import ExplainScreen
from runner.tui.screens.finished import FinishedScreen
from runner.tui.screens.lab import LabScreen
from runner.tui.terminal.widget import TerminalView
from runner.tui.widgets.check_list import CheckList
from runner.tui.widgets.quiz_question import QuizCard

FOLDER = Path(__file__).parent / "pictures"
SIZES = {"README": (150, 42), "first lab": (120, 42)}
"""Columns and rows. A page on the web shows some 830 pixels: more columns could not be read there."""
_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""Which would come from somebody's server."""
_TEXT = re.compile(r'(<text [^>]*?textLength=")([\d.]+)("[^>]*>)([^<]*)(?=</text>)')


def pictured(svg: str) -> str:
    """The picture as it is kept: without fonts, and Hangul as wide as it is on the screen.

    Rich counts one column for each character where it says how wide a text is (`textLength`), so that Hangul would be squeezed.
    """

    def as_wide(text: re.Match[str]) -> str:
        before, width, between, words = text.groups()
        plain = html.unescape(words)
        cells = float(width) * cell_len(plain) / max(1, len(plain))
        return f"{before}{cells:.1f}{between}{words}"

    return _TEXT.sub(as_wide, _FONTS.sub("", svg))


class Learner:
    """Presses keys until the screen shows what a picture is to show."""

    def __init__(self, app: LabgateApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def lab(self) -> LabScreen:
        assert isinstance(self.app.screen, LabScreen), self.app.screen
        return self.app.screen

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(180):
            while not holds():
                await self.pilot.pause(0.02)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def types(self, line: str) -> None:
        """At the prompt, by hand."""
        shell, ended = self.lab.run.shell, asyncio.Event()
        await self.until(lambda: shell.ready)
        shell.watch(lambda _: ended.set())
        self.lab.query_one(TerminalView).send(f"{line}\r".encode())
        await self.until(lambda: ended.is_set() and shell.ready)

    async def opens(self, line: str) -> None:
        """At the prompt, by hand: a program that fills the terminal."""
        self.lab.query_one(TerminalView).send(f"{line}\r".encode())
        await self.until(lambda: self.lab.query_one(TerminalView).full_screen)

    async def at(self, step: str) -> None:
        """The screen shows this step, and can be worked in."""
        await self.until(lambda: isinstance(self.app.screen, LabScreen) and self.lab.step_id == step)
        await self.until(lambda: self.lab.run.shell.ready)

    async def passes(self, step: str) -> None:
        await self.until(lambda: self.lab.run.view.state(step) is StepState.PASSED)

    async def runs(self, step: str, *, commands: int = 99) -> None:
        """Press F2 for each of the step's next commands."""
        run = self.lab.run
        while commands and (at := run.view.next_command(step)) is not None:
            await self.until(lambda: run.shell.ready)
            await self.press("f2")
            await self.until(lambda at=at: run.view.next_command(step) != at)  # type: ignore[misc]
            commands -= 1

    async def does(self, step: str) -> None:
        """All of a step, and on to the next one."""
        await self.at(step)
        for check in self.lab.run.lab.step(step).checks:
            if isinstance(check, Quiz):
                self.lab.run.answer(check.id, check.solution())
        await self.runs(step)
        await self.passes(step)
        await self.press("f8")

    async def picture(self, name: str) -> None:
        self.app.clear_notifications()
        await self.pilot.pause(1.2)
        self.app.clear_notifications()
        await self.pilot.pause(0.3)
        language = "" if self.app.language == "en" else f".{self.app.language}"
        file = FOLDER / f"{name}{language}.svg"
        file.write_text(pictured(self.app.export_screenshot(title="Labgate")))
        print(file, file=sys.stderr)


@asynccontextmanager
async def learner(lab: str, language: str, size: tuple[int, int]) -> AsyncIterator[Learner]:
    """In a data folder of its own; with a `lab`, at its first step, else in the catalogue."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(LABGATE_HOME=home, LABGATE_TOUR="0")
        opened = load(library.find(lab)) if lab else None
        app = LabgateApp(opened, places(opened)[0] if opened else None, language=language)
        async with app.run_test(size=size) as pilot:
            somebody = Learner(app, pilot)
            if opened:
                await somebody.at(opened.steps[0].id)
            yield somebody
            await app.close_lab()


async def istio(language: str) -> None:
    """The README's picture, of a console whose image can't be pulled; and the editor, in the step after it."""
    async with learner("istio-install", language, SIZES["README"]) as at:
        for step in ("mesh", "cluster", "download", "path", "install", "namespaces"):
            await at.does(step)
        await at.at("addons")
        await at.runs("addons")
        await fault("image-pull", "--in", "istio-system", "deployment/kiali")
        await at.does("addons")
        await at.at("ready")
        await at.until(lambda: {Verdict.PASSED, Verdict.FAILED} <= _verdicts(at.lab, "ready"))
        await at.types("clear")
        await at.types("kubectl get pods -n istio-system")
        await at.picture("istio-lab")
        await fault("clear")
        await at.does("ready")
        await at.at("expose-kiali")
        await at.pilot.resize_terminal(*SIZES["first lab"])
        await at.types("clear")
        await at.opens("kubectl edit svc kiali -n istio-system")
        await at.picture("editor")


async def fault(*words: str) -> None:
    """`labgate practice fault …`, as an instructor would beside the lab."""
    labgate = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "runner", "practice", "fault", *words
    )
    assert await labgate.wait() == 0, words


def _verdicts(screen: LabScreen, step: str) -> set[Verdict]:
    return {each.verdict for each in screen.run.view.outcomes(step) if each is not None}


async def first_lab(language: str) -> None:
    size = SIZES["first lab"]
    async with learner("", language, size) as at:
        await at.picture("catalogue")
    async with learner("kubernetes-basics", language, size) as at:
        await at.picture("reading")
        await at.does("namespace")
        await at.at("deployment")
        await at.runs("deployment", commands=1)
        await at.until(lambda: at.lab.run.shell.ready)
        await at.press("f2")
        await at.picture("running")
        await at.runs("deployment")
        await at.until(lambda: at.lab.run.shell.ready)
        await at.press("f2")
        await at.until(lambda: isinstance(at.app.focused, QuizCard))
        await at.press("down", "enter")
        await at.passes("deployment")
        await at.press(*["down"] * 4)
        await at.picture("quiz")
        for step in ("deployment", "scale", "service", "break"):
            await at.does(step)
        await at.at("repair")
        await at.types("clear")
        await at.types("kubectl set image deployment/web nginx=ngnix:1.26 -n basics")
        await at.until(
            lambda: any("ngnix" in str(each.findings) for each in at.lab.run.view.outcomes("repair") if each)
        )
        await at.press("f6")
        while not isinstance(at.app.focused, CheckList):
            await at.press("tab")
        await at.press("down", "e")
        await at.until(lambda: isinstance(at.app.screen, ExplainScreen))
        await at.picture("explained")
        await at.press("escape")
        await at.does("repair")
        await at.does("rollback")
        await at.until(lambda: isinstance(at.app.screen, FinishedScreen))
        await at.picture("finished")


async def main(languages: Sequence[str] = ("en", "ko")) -> None:
    FOLDER.mkdir(exist_ok=True)
    takes: tuple[Callable[[str], Awaitable[None]], ...] = (first_lab, istio)
    for language in languages:
        for take in takes:
            await take(language)


if __name__ == "__main__":
    asyncio.run(main())
