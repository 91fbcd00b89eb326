"""The program on the screen: which page is shown, in which language, in which colours."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.screen import Screen

from runner.tui.app_base import LabgateBase
from runner.tui.command_palette import Offered, Palette
from runner.tui.key_help import parts
from runner.tui.key_labels import key
from runner.tui.screens.lab_layout import MEDIUM, WIDE
from runner.tui.themes import DARK, THEMES
from runner.words import Phrase, UserError, phrase

if TYPE_CHECKING:
    from textual.driver import Driver

    from runner.labs.model import Lab
    from runner.session.lab_places import Place
    from runner.session.learner_run import LearnerRun
    from runner.session.visit import Visit
    from runner.tui.screens.lab import LabScreen


_log = logging.getLogger(__name__)
_ORDERLY = 8.0
"""Seconds for a lab to be closed in when the program is ended from outside: who sends SIGTERM often kills after ten."""


def _driver() -> type[Driver] | None:
    """Ours on a terminal; None: Textual's choice, which TEXTUAL_DRIVER makes in a browser's page."""
    if os.environ.get("TEXTUAL_DRIVER") or sys.platform == "win32":
        return None
    from runner.tui.drivers.terminal_driver import TerminalDriver

    return TerminalDriver


class LabgateApp(LabgateBase, inherit_bindings=False):
    """Opens the catalogue; with a `lab` (of `labgate learn`) the way into it, with a `place` right up to its checks."""

    TITLE = "Labgate"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (MEDIUM, "-medium"), (WIDE, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        key("f1,question_mark", "help", phrase("Help")),
        key("f9,l", "switch_language", phrase("한국어")),
        key("colon,ctrl+p", "command_palette", phrase("All commands"), show=False),
        key("ctrl+q", "quit", phrase("Quit"), show=False),
    ]

    COMMANDS = {Offered}  # noqa: RUF012

    def __init__(
        self, lab: Lab | None = None, place: Place | None = None, *, language: str = "", fresh: bool = False
    ) -> None:
        super().__init__(_driver(), language)
        self._lab, self._place, self._fresh = lab, place, fresh
        self._visit: Visit | None = None
        self._leaving = False
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.settings.theme if self.settings.theme in self.available_themes else DARK.name

    async def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, lambda theme: self.remember(theme=theme.name))
        await self.begin()

    async def begin(self) -> None:
        """The first page, or pages."""
        from runner.tui.screens.catalogue_screen import CatalogueScreen

        await self.push_screen(CatalogueScreen())
        if self._lab:
            self.open_lab(self._lab, self._place, fresh=self._fresh)

    # labs

    def open_lab(
        self,
        lab: Lab,
        place: Place | None = None,
        *,
        choose: bool = False,
        fresh: bool = False,
        chosen: bool = False,
    ) -> None:
        self.run_worker(self._open_lab(lab, place, choose, fresh, chosen), group="way in")

    async def _open_lab(self, lab: Lab, place: Place | None, choose: bool, fresh: bool, chosen: bool) -> None:
        from runner.session.kept_values import as_left
        from runner.session.visit import Visit
        from runner.session.way_in import way_in
        from runner.tui.screens.places_screen import PlacesScreen
        from runner.tui.screens.preflight_screen import ELSEWHERE, PreflightScreen

        asked_on = self.screen
        if place is None and not choose:
            place = await asyncio.to_thread(way_in, lab)
        if place is not None and not (fresh or chosen):
            lab = await asyncio.to_thread(as_left, lab, place.name)
        if self.screen is not asked_on:  # Enter was pressed twice
            return
        if place is None:
            await self.push_screen(PlacesScreen(lab, fresh=fresh))
            return

        def left(choice: str | None) -> None:
            if choice == ELSEWHERE:
                self.open_lab(lab, choose=True, fresh=fresh)

        way = PreflightScreen(
            Visit(lab, place, fresh=fresh), elsewhere=not isinstance(asked_on, PlacesScreen)
        )
        await self.push_screen(way, left)

    async def start_lab(self, visit: Visit) -> None:
        """Begin, or go on with, the lab of a visit that has arrived: the lab's screen takes the page's place."""
        visit.prompt = self.settings.prompt
        try:
            run = await visit.enter((80, 20))
        except UserError as problem:
            self.show_message(problem.message, severity="error")
            return
        self._visit = visit
        await self.switch_screen(self.lab_screen(visit, run))
        if not self.settings.toured:
            self.call_after_refresh(self.first_tour)

    def first_tour(self) -> None:
        """On the very first lab; left or read to its end, it does not come again by itself."""
        from runner.tui.screens import tour
        from runner.tui.screens.lab import LabScreen

        if tour.wanted() and isinstance(self.screen, LabScreen):
            self.remember(toured=True)
            self.action_tour()

    def action_tour(self) -> None:
        """The cards over the lab's screen."""
        from runner.tui.screens.lab import LabScreen
        from runner.tui.screens.tour import TourScreen

        if isinstance(self.screen, LabScreen):
            self.push_screen(TourScreen(self.screen))

    def lab_screen(self, visit: Visit, run: LearnerRun) -> LabScreen:
        """The page of a lab that was entered."""
        from runner.tui.screens.lab import LabScreen

        return LabScreen(visit, run)

    async def to_requirements(self, visit: Visit) -> None:
        """The page before the lab takes the lab's place: the visit has to arrive anew."""
        from runner.tui.screens.preflight_screen import PreflightScreen

        await self.pop_screen()
        page = PreflightScreen(visit, trusted=True)
        await self.push_screen(page, self.left_before_the_lab)

    def left_before_the_lab(self, _: str | None) -> None:
        """The person went back instead."""

    async def leave_lab(self, following: Lab | None = None) -> None:
        """Back to the catalogue. What was done is on record. Asked for again meanwhile, it is under way already."""
        if self._leaving:
            return
        self._leaving = True
        try:
            await self._to_the_labs()
        finally:
            self._leaving = False
        if following is not None:
            self.open_lab(following)

    async def _to_the_labs(self) -> None:
        left = self._left_at()
        await self.close_lab()
        from runner.tui.screens.catalogue_screen import CatalogueScreen

        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await self.push_screen(CatalogueScreen())
        if left is not None:
            self.show_message(left)

    def _left_at(self) -> Phrase | None:
        """Where one continues in the lab that is open; None where it is finished, or none is."""
        run = self._visit.run if self._visit else None
        if run is None or run.record.finished:
            return None
        ids = [step.id for step in run.lab.steps]
        return phrase(
            "Everything is kept. Enter continues at step {number}.", number=ids.index(run.view.here()) + 1
        )

    async def close_lab(self) -> None:
        """Close the lab that is open, if any."""
        visit, self._visit = self._visit, None
        if visit:
            await visit.close()

    async def action_quit(self) -> None:
        await self.close_lab()
        self.exit(0)

    # the end

    async def end_by(self, code: int) -> None:
        """End in order with that exit code: a signal came, or the terminal is gone."""
        try:
            async with asyncio.timeout(_ORDERLY):
                await self.close_lab()
        except Exception:
            _log.exception("the lab that was open could not be closed in order")
        self.exit(code)

    async def run_async(self, **options: Any) -> int | None:
        """Run to the end. Whatever the end was, the lab's shell and clusters end with it."""
        try:
            return await super().run_async(**options)
        finally:
            await self.close_lab()

    @property
    def failure(self) -> Exception | None:
        """The error that nobody foresaw and that ended the program."""
        return self._exception

    def _fatal_error(self) -> None:
        """No traceback with everybody's variables onto the terminal: whoever ran the program reports `failure`."""
        self._close_messages_no_wait()

    # help and commands

    def action_help(self) -> None:
        from runner.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(parts(self.screen)))

    def action_command_palette(self) -> None:
        if not CommandPalette.is_open(self):  # type: ignore[arg-type]  # any App will do
            placeholder = self.translate(phrase("Search commands…"))
            self.push_screen(Palette(placeholder=placeholder, id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        offered = getattr(screen, "commands", None)  # the lab's screen has some of its own
        if offered:
            yield from offered()
        yield self._command(phrase("Help"), phrase("Keys, and how a lab goes"), self.action_help)
        if offered:
            yield self._command(
                phrase("Tour"), phrase("Run, terminal, explain: three cards"), self.action_tour
            )
        yield self._command(
            phrase("한국어 / English"), phrase("Switch the language"), self.action_switch_language
        )
        for theme, name in (
            ("labgate-dark", phrase("Dark colours")),
            ("labgate-light", phrase("Light colours")),
            ("labgate-contrast", phrase("High contrast")),
        ):
            yield self._command(name, phrase("Change the theme"), lambda theme=theme: self._set_theme(theme))
        yield self._command(phrase("Quit"), phrase("Everything is kept"), self.action_quit)

    def _command(self, name: Phrase, help: Phrase, action: object) -> SystemCommand:  # noqa: A002
        return SystemCommand(self.translate(name), self.translate(help), action)  # type: ignore[arg-type]

    def _set_theme(self, theme: str) -> None:
        self.theme = theme
