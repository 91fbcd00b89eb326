"""The program on the screen for a lab that is being written: read again whenever it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from textual import work

from runner.authoring.preview.file_watcher import saves, stamps
from runner.authoring.preview.lab_snapshot import Reading, read
from runner.labs.model import Lab
from runner.session import trust
from runner.session.lab_places import Place
from runner.session.learner_run import LearnerRun
from runner.session.unlock_policy import any_order
from runner.session.visit import Visit
from runner.tui.app import LabgateApp
from runner.tui.screens.preflight_screen import PreflightScreen
from runner.tui.screens.preview_screen import PreviewScreen
from runner.tui.screens.unreadable import UnreadableScreen
from runner.words import phrase


class PreviewApp(LabgateApp):
    """`values` are the lab's variables; `where` gives the cluster once the lab can be read; `step` is shown first."""

    def __init__(
        self,
        folder: Path,
        values: Mapping[str, str],
        where: Callable[[Lab], Place],
        *,
        step: str = "",
        language: str = "",
    ) -> None:
        super().__init__(language=language)
        self.folder, self._values, self._where, self._step = folder, values, where, step
        self._reading = Reading(None)
        self._beneath = UnreadableScreen(folder.resolve().name)
        self._coming: Visit | None = None  # from when the lab could be read first

    async def begin(self) -> None:
        await self.push_screen(self._beneath)
        self._follow_files()

    @work(group="files")
    async def _follow_files(self) -> None:
        """Read the lab now and after each save."""
        seen = await asyncio.to_thread(stamps, self.folder)
        await self._take(await asyncio.to_thread(read, self.folder, self._values))
        async for _ in saves(self.folder, seen):
            await self._take(await asyncio.to_thread(read, self.folder, self._values))

    async def _take(self, reading: Reading) -> None:
        self._reading = reading
        self._beneath.take(reading)
        if reading.lab is None and self._coming is None:
            return
        if self._coming is None:
            assert reading.lab is not None
            self._coming = Visit(reading.lab, self._where(reading.lab), policy=any_order)
            page = PreflightScreen(self._coming, trusted=True)
            await self.push_screen(page, self.left_before_the_lab)
            return
        if reading.lab is not None:
            if not await asyncio.to_thread(trust.may_run, reading.lab):  # fetched, and fetched anew
                self.show_message(trust.NotAgreed(self.folder).message, severity="warning")
                return
            self._coming.lab = reading.lab
        for screen in self.screen_stack:
            if isinstance(screen, PreviewScreen):
                await screen.read_anew(reading)

    def lab_screen(self, visit: Visit, run: LearnerRun) -> PreviewScreen:
        if self._step:
            if any(step.id == self._step for step in run.lab.steps):
                run.go_to(self._step)
            else:
                self.show_message(phrase("The lab has no step {step}.", step=self._step), severity="warning")
            self._step = ""
        return PreviewScreen(visit, run, self._reading)

    def left_before_the_lab(self, _: str | None) -> None:
        self.exit(0)

    async def close_lab(self) -> None:
        """Also one that has not begun yet."""
        await super().close_lab()
        if self._coming:
            await self._coming.close()

    def first_tour(self) -> None:
        """None: who writes a lab knows the screen."""

    async def leave_lab(self, following: Lab | None = None) -> None:
        """There are no other labs to go back to."""
        await self.action_quit()
