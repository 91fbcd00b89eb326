"""Why a check of the lab does not hold: asked for, kept up to date, and what is taken from it to the terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from checks.base import ObjectRef
from checks.quiz import Quiz
from runner.session.seen import Seen, watch
from runner.session.step_states import TerminalTaken
from runner.words import UserError

if TYPE_CHECKING:
    from runner.tui.screens.explain import ExplainScreen
    from runner.tui.screens.lab import LabScreen


class Explaining:
    """The page that explains a check, if one is open."""

    def __init__(self, screen: LabScreen) -> None:
        self._screen = screen
        self._page: ExplainScreen | None = None
        self._of = ("", 0)  # the step and the check's index

    def open(self, index: int) -> None:
        """Explain a check of the step that is shown; nothing where it was not looked at."""
        from runner.tui.screens.explain import ExplainScreen

        screen = self._screen
        outcome = screen.walk.outcomes(screen.step_id)[index]
        if outcome is None:
            return
        self._of = (screen.step_id, index)
        self._page = ExplainScreen(screen.step.checks[index], outcome, self._watch)
        screen.app.push_screen(self._page, self._closed)

    def open_first(self) -> None:
        """Explain the first check that does not hold; where only questions are left, go to the first of them."""
        screen = self._screen
        outcomes, checks = screen.walk.outcomes(screen.step_id), screen.step.checks
        wanting = [at for at, o in enumerate(outcomes) if o is not None and not o.verdict.holds]
        index = next((at for at in wanting if not isinstance(checks[at], Quiz)), None)
        if index is not None:
            self.open(index)
        elif wanting:
            screen.action_answer()

    def refresh(self) -> None:
        """The walk has gone on."""
        step, index = self._of
        if self._page is not None and self._page.is_mounted:
            outcome = self._screen.walk.outcomes(step)[index]
            if outcome is not None:
                self._page.show(outcome)

    def lab_changed(self) -> None:
        """The lab was read anew: a page about a check that is no longer there goes."""
        page, (step, index) = self._page, self._of
        if page is None:
            return
        checks = {each.id: each.checks for each in self._screen.walk.lab.steps}.get(step, ())
        if index >= len(checks) or checks[index] != page.check:
            self._page = None
            if page.is_current:
                page.dismiss()

    def _watch(self, about: ObjectRef) -> AsyncIterator[Seen]:
        return watch(self._screen.walk.session.world, about)

    def _closed(self, command: str | None) -> None:
        self._page = None
        if command:
            self.insert(command)

    def insert(self, command: str) -> None:
        """Put a remedy's command on the prompt. It is the learner who presses Enter."""
        screen, shell = self._screen, self._screen.walk.shell
        try:
            if not shell.insert(command):
                raise TerminalTaken(shell.foreground)
        except UserError as problem:
            screen.app.tell(problem.message, severity="warning")
            return
        screen.action_to_terminal()
