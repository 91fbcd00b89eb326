"""A lab that is open on the screen: drawn after each event, and what its parts may ask of it."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import SystemCommand
from textual.reactive import reactive
from textual.screen import Screen

from checks.base import CannotRead
from runner.labs.model import Lab, Step
from runner.session import events
from runner.session.attempt_state import AttemptState
from runner.session.learner_run import LearnerRun
from runner.session.mending import step_to_mend
from runner.session.visit import Visit
from runner.tui.screens import lab_palette
from runner.tui.screens.lab_explain import Explaining
from runner.tui.screens.lab_notice import coach
from runner.tui.screens.lab_panes import LabPanes
from runner.tui.screens.lab_search import Searching
from runner.tui.screens.lab_view import LabView
from runner.tui.terminal.widget import TerminalView
from runner.tui.widgets.quiz_list import Quizzes
from runner.words import UserError

if TYPE_CHECKING:
    from runner.tui.app_base import LabgateBase


_COACH = 0.25
"""Seconds between two looks at what the learner's shell is doing."""


class LabStage(LabPanes):
    """Draws the view of a run. Nothing of the lab is decided here. It is the lab_host.Host of its parts.

    The preview's page differs in `place`, `commands` and `redraw`.
    """

    app: LabgateBase
    step_id: reactive[str] = reactive("", init=False)

    def __init__(self, visit: Visit, run: LearnerRun) -> None:
        super().__init__(run.consoles)
        self.visit, self.run = visit, run
        self.set_reactive(LabStage.step_id, run.view.here())
        self.explaining = Explaining(self)
        self.searching = Searching(self, self)
        self._stale = False
        self._seen: tuple[AttemptState, Lab, LabView] | None = None

    @property
    def place(self) -> str:
        """Where one is, as the top line says it."""
        return self.run.target.name

    @property
    def step(self) -> Step:
        """The step that is being read."""
        return self.run.view.lab.step(self.step_id)

    @property
    def view(self) -> LabView:
        """What is to be seen of that step now; made anew when something has happened. Every key asks for it."""
        record, lab, asked = self.run.record, self.run.lab, (self.step_id, self.by_hand, self.language)
        if self._seen is not None:
            of, of_lab, seen = self._seen
            if of is record and of_lab is lab and (seen.step.id, seen.by_hand, seen.language) == asked:
                return seen
        view = LabView.of(self.run.view, self.step_id, by_hand=self.by_hand, language=self.language)
        self._seen = record, lab, view
        return view

    def on_mount(self) -> None:
        self.query_one(TerminalView).attach(self.run.shell, self.run.earlier())
        self.run.go_to(self.step_id)
        self._follow()
        self.redraw_soon()
        self.call_after_refresh(self.focus_for_step)
        self.set_interval(_COACH, self._coach_now)

    def focus_for_step(self) -> None:
        """On a step with commands the keys go to the terminal, where both are to be seen; else to the text."""
        if not self.narrow and not self.zoomed:
            self.query_one("#terminal" if self.step.run else "#text").focus()

    # drawing

    def respeak(self) -> None:
        self.redraw()

    def watch_step_id(self) -> None:
        self.run.go_to(self.step_id)
        self.query_one("#text").scroll_home(animate=False)
        self.redraw()

    def redraw_soon(self) -> None:
        """Draw once after whatever else happens now: a look at a step updates many checks at once."""
        if not self._stale:
            self._stale = True
            self.call_later(self.redraw)

    def redraw(self) -> None:
        """Draw what is so now."""
        self._stale = False
        if not self.is_mounted:
            return
        self.draw(self.view, self.place)
        self._coach_now()
        self.explaining.refresh()
        self.call_after_refresh(self.searching.again)
        self.refresh_bindings()

    def _coach_now(self) -> None:
        """The line above the keys, which follows the shell from moment to moment."""
        step = self.step
        coaching = self.run.coaching(step.id, self.language)
        self.draw_coach(coach(self.run.view, step, coaching, self.language, self.zoomed_columns))

    # what happens

    @work(group="events")
    async def _follow(self) -> None:
        async for event in self.run.events():
            self.take(event)

    def take(self, event: events.Event) -> None:
        """Something happened in the lab."""
        match event:
            case events.OutputReceived():
                return  # the terminal draws the shell itself
            case events.CommandFinished() if event.step == self.step_id:
                self.look_for_consoles()
            case events.ClusterLost() if self.run.target.practice:
                self.act(self.visit.arrive)  # it is ours to start again
            case events.LabReplaced():
                self.look_for_consoles()
        self.redraw_soon()

    # what its parts ask of it (lab_host.Host)

    @property
    def by_hand(self) -> bool:
        """Whether the learner types the commands: their own choice, or else the lab's."""
        chosen = self.app.settings.by_hand
        return self.run.lab.mode == "by-hand" if chosen is None else chosen

    def choose_by_hand(self, by_hand: bool) -> None:
        """The learner's choice, kept for the next time."""
        self.app.settings.by_hand = by_hand
        self.app.settings.save()
        self.redraw()

    @property
    def own_prompt(self) -> bool:
        """Whether the shell shows the learner's own prompt: their own choice, or else the environment's."""
        return (self.app.settings.prompt or os.environ.get("LABGATE_PROMPT")) == "own"

    def choose_prompt(self, *, own: bool) -> None:
        """The learner's choice, kept for the next time."""
        self.app.remember(prompt="own" if own else "lab")
        self.visit.prompt = self.app.settings.prompt
        self.run.shell.choose_prompt(self.app.settings.prompt)

    @work(group="actions")
    async def act(self, action: Callable[[], Awaitable[object]]) -> None:
        """Do something that takes a while; what it may not do is shown in words."""
        try:
            await action()
        except (UserError, CannotRead) as problem:
            self.app.show_message(problem.message, severity="warning")
        self.redraw_soon()

    def put_on_prompt(self, line: str) -> None:
        """Put a line on the prompt and go there. It is the learner who presses Enter."""
        self.at_prompt(lambda: self.run.insert_line(line))

    def at_prompt(self, insert: Callable[[], None]) -> None:
        """Insert a line and go to the prompt; where that can't be now, a message says why."""
        try:
            insert()
        except UserError as problem:
            self.app.show_message(problem.message, severity="warning")
            return
        self.action_to_terminal()

    def go_to_broken(self) -> None:
        """Go to the step that mends what is broken, and read what it says."""
        away = step_to_mend(self.run.view, self.step_id)
        if away:
            self.step_id = away.id
            self.action_to_text()

    def answer_question(self) -> None:
        """Go to the first question that is not answered right."""
        card = self.query_one(Quizzes).to_answer
        if card:
            self.turn_to(card.quiz.id)

    def turn_to(self, question: str) -> None:
        """Go to a question."""
        self.pane = "text"
        self.query_one(Quizzes).turn_to(question)

    def clear_messages(self) -> None:
        """Take away the short messages at the edge, which would cover a page."""
        self.app.clear_notifications()

    def open_page(self, page: Screen[Any], then: Callable[[Any], None]) -> None:
        """Put a page over the lab; `then` gets what is chosen there."""
        self.app.push_screen(page, then)

    async def begin_again(self, *, cluster: bool) -> None:
        """The lab from its first step, on this cluster or (`cluster`) on a new practice cluster."""
        self.query_one(TerminalView).detach()
        if cluster:
            await self.visit.give_up_cluster()
            self.app.call_later(self.app.to_requirements, self.visit)
            return
        run = await self.visit.begin_again()
        # not from here: this is a worker of the screen that goes, and would be waited for by what it waits for
        self.app.call_later(self.app.switch_screen, self.app.lab_screen(self.visit, run))

    def leave(self, following: Lab | None = None) -> None:
        """Back to the labs, and from there into the `following` one."""
        self.app.run_worker(self.app.leave_lab(following), group="leave")  # outlives this screen

    def commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers besides the keys."""
        return lab_palette.commands(self)
