"""Why a check of the lab fails: asked for, kept up to date, and what is taken from it to the terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator

from checks.base import ObjectRef
from checks.quiz import Quiz
from runner.session.seen import Seen, watch
from runner.session.standing import Standing
from runner.tui.screens.explain import ExplainScreen
from runner.tui.screens.lab_host import Host


class Explaining:
    """The page that explains a check, if one is open."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._page: ExplainScreen | None = None
        self._of = ("", 0)  # the step and the check's index

    def open(self, index: int) -> None:
        """Explain a check of the step that is shown: why it fails or waits, or what was looked at where it passes."""
        view, step = self._host.run.view, self._host.step_id
        self._of = (step, index)
        self._page = ExplainScreen(
            view.lab.step(step).checks[index],
            view.outcomes(step)[index],
            self._watch,
            Standing.of(view, step, index, self._host.language),
            self._host.go_to_broken,
        )
        self._host.open_page(self._page, self._closed)

    def open_first(self, at: int | None = None) -> None:
        """Explain the check that the learner is `at`, else the first that fails, that was not looked at, or that passes;
        where only questions are left, go to the first of them."""
        view, step = self._host.run.view, self._host.step_id
        outcomes, checks = view.outcomes(step), view.lab.step(step).checks
        shown = [each for each, check in enumerate(checks) if not isinstance(check, Quiz)]
        if at is not None and at in shown:
            self.open(at)
            return
        left = [each for each, o in enumerate(outcomes) if o is None or not o.verdict.passes]
        index = next((each for each in left if each in shown), None)
        if index is None and left:
            self._host.answer_question()
        elif index is not None or shown:
            self.open(shown[0] if index is None else index)

    def refresh(self) -> None:
        """Something happened: the check may have another outcome. Where the lab has it no more, the page goes."""
        page, (step, index) = self._page, self._of
        if page is None or not page.is_mounted:
            return
        view = self._host.run.view
        checks = {each.id: each.checks for each in view.lab.steps}.get(step, ())
        if index >= len(checks) or checks[index] != page.check:
            self._page = None
            if page.is_current:
                page.dismiss()
            return
        page.show(view.outcomes(step)[index], Standing.of(view, step, index, self._host.language))

    def _watch(self, about: ObjectRef) -> AsyncIterator[Seen]:
        return watch(self._host.run.runner.judge.world, about)

    def _closed(self, command: str | None) -> None:
        self._page = None
        if command:
            self._host.put_on_prompt(command)
