"""Somebody at the lab's screen: a small lab on a practice cluster in this process, a real bash, keys and mouse."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from rich.cells import cell_len
from textual.app import SystemCommand
from textual.pilot import Pilot

from runner.labs.load import load
from runner.practice.cluster import PracticeCluster
from runner.session.lab_places import Place
from runner.session.learner_run import LearnerRun
from runner.session.step_states import StepState
from runner.session.visit import Visit
from runner.tui.app import LabgateApp
from runner.tui.screens.lab import LabScreen
from runner.tui.terminal.widget import TerminalView
from tests.tui.conftest import click, settled, shown, until

SMALL = Path(__file__).with_name("labs") / "small"
WIDE, NARROW = (160, 50), (80, 24)
PROMPT = "#" if os.geteuid() == 0 else "$"
BOX = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "box"}, "data": {"color": "red"}}


class Outside:
    """The cluster, changed by somebody else than the learner."""

    def __init__(self, practice: PracticeCluster, kubeconfig: Path) -> None:
        self.practice, self.kubeconfig = practice, kubeconfig

    @property
    def place(self) -> Place:
        return Place("test", self.practice.server, self.practice.context, self.kubeconfig, False, True)

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """One request to the API server, `path` below the namespace's ConfigMaps unless it begins with a slash."""
        headers = {"Authorization": f"Bearer {self.practice.token}"}
        url = path if path.startswith("/") else f"/api/v1/namespaces/default/configmaps/{path}".rstrip("/")
        connector = aiohttp.TCPConnector(ssl=False)
        async with (
            aiohttp.ClientSession(self.practice.server, headers=headers, connector=connector) as http,
            http.request(method, url, json=body) as answer,
        ):
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def make_box(self, color: str = "red") -> None:
        await self.ask("POST", "", {**BOX, "data": {"color": color}})

    async def take_box(self) -> None:
        await self.ask("DELETE", "box")


class Learner:
    """Presses keys and looks at the screen until it shows what is waited for."""

    def __init__(self, app: LabgateApp, pilot: Pilot[int], outside: Outside) -> None:
        self.app, self.pilot, self.outside = app, pilot, outside

    @property
    def screen(self) -> LabScreen:
        assert isinstance(self.app.screen, LabScreen), self.app.screen
        return self.app.screen

    @property
    def run(self) -> LearnerRun:
        return self.screen.run

    @property
    def terminal(self) -> TerminalView:
        return self.screen.query_one(TerminalView)

    def shown(self) -> str:
        return shown(self.app)  # type: ignore[arg-type]

    def line(self, words: str) -> str:
        """The line of the screen with these words."""
        return next(line for line in self.shown().splitlines() if words in line)

    async def press(self, *keys: str) -> None:
        await self.app._press_keys(keys)  # Pilot.press waits in vain for what a key takes off the screen

    async def until(self, holds: Any) -> None:
        await until(self.app, holds)

    async def sees(self, *words: str) -> None:
        """Wait until all of it is on the screen."""
        for each in words:
            await self.until(lambda each=each: each in self.shown())

    async def misses(self, *words: str) -> None:
        """Wait until none of it is on the screen."""
        await self.until(lambda: not any(each in self.shown() for each in words))

    async def passes(self, step: str) -> None:
        await self.until(lambda: self.run.view.state(step) is StepState.PASSED)

    async def at(self, step: str) -> None:
        await self.until(lambda: isinstance(self.app.screen, LabScreen) and self.screen.step_id == step)

    async def prompt(self) -> None:
        """Wait until the shell waits for a line."""
        await self.until(lambda: self.run.shell.ready)

    async def chooses(self, name: str) -> None:
        """Pick a command of the palette by its name; it must be offered."""
        command = next(c for c in self.commands() if c.title == name)
        command.callback()
        await settled(self.app, 5)  # type: ignore[arg-type]

    def commands(self) -> list[SystemCommand]:
        return list(self.app.get_system_commands(self.screen))

    async def does_fruits(self) -> None:
        """The question answered on record, as if on an earlier day."""
        self.run.answer("fruits", ("apple", "pear"))
        await self.passes("fruits")

    async def goes_to(self, step: str) -> None:
        """Read this step, what comes before it being done."""
        ids = [each.id for each in self.run.lab.steps]
        if ids.index(step) > 0:
            await self.does_fruits()
        if ids.index(step) > 1:
            await self.outside.make_box()
            await self.passes("box")
        self.screen.step_id = step
        title = self.app.text(self.run.lab.step(step).title)
        await self.sees(title)
        await self.prompt()

    async def clicks(self, words: str, *, last: bool = False) -> None:
        """Click on the first (or last) place of the screen that shows these words."""
        await self.sees(words)
        rows = [(y, line) for y, line in enumerate(self.shown().splitlines()) if words in line]
        y, line = rows[-1 if last else 0]
        await self.clicks_at(cell_len(line[: line.index(words)]), y)

    async def clicks_at(self, x: int, y: int) -> None:
        click(self.app, x, y)  # type: ignore[arg-type]
        await settled(self.app, 5)  # type: ignore[arg-type]


@asynccontextmanager
async def learning(
    tmp_path: Path,
    size: tuple[int, int] = WIDE,
    *,
    language: str = "en",
    lab: Path = SMALL,
    notices: bool = False,
    toured: bool = True,
) -> AsyncIterator[Learner]:
    """At the lab's first step. `notices`: with the short words at the edge, which cover what is there. `toured`: without a
    tour of the lab's screen, which is waited for by nothing here."""
    async with PracticeCluster("test", "1.32", folder=tmp_path / "state", speed=50) as practice:
        outside = Outside(practice, practice.kubeconfig(tmp_path / "kubeconfig"))
        visit = Visit(load(lab), outside.place)
        app = LabgateApp(language=language)
        async with app.run_test(size=size, notifications=notices) as pilot:
            try:
                await app.start_lab(visit)
                learner = Learner(app, pilot, outside)
                if toured:
                    await learner.until(lambda: isinstance(app.screen, LabScreen))
                    await learner.prompt()
                yield learner
            finally:
                await visit.close()
