"""The lab: its steps, the step's text, its commands, the terminal, and the checks as they turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from checks.base import CannotRead
from runner.labs.model import Step
from runner.session import events
from runner.session.mending import step_to_mend
from runner.session.step_states import StepState
from runner.session.visit import Visit
from runner.session.walk import Walk
from runner.tui.key_labels import key
from runner.tui.screens import lab_rows
from runner.tui.screens.lab_console import ConsoleDesk
from runner.tui.screens.lab_drawing import draw, draw_console, draw_typing
from runner.tui.screens.lab_ending import READ_FOR, show_ending
from runner.tui.screens.lab_explain import Explaining
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.terminal.widget import TerminalView
from runner.tui.widgets.banner import Banner
from runner.tui.widgets.check_list import CheckList
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.pane_tabs import PaneTabs
from runner.tui.widgets.quiz_list import Quizzes
from runner.tui.widgets.quiz_question import QuizCard
from runner.tui.widgets.reading_pane import Reading
from runner.tui.widgets.step_commands import StepCommands
from runner.tui.widgets.step_list import StepList
from runner.tui.widgets.top_line import TopLine
from runner.words import UserError, phrase

if TYPE_CHECKING:
    from runner.tui.app import LabgateApp

PANES = ("text", "terminal", "checks", "steps")
"""What a narrow screen shows one at a time."""


class LabScreen(Spoken, Once, Screen[None]):
    """Draws a walk and turns keys into its actions. Nothing of the lab is decided here."""

    CSS_PATH = Path(__file__).with_name("lab.tcss")
    AUTO_FOCUS = "#text"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("f2,r", "run_next", phrase("Run")),
        key("a,enter", "answer", phrase("Answer")),
        key("f8,n,enter", "next_step", phrase("Next step")),
        key("f3,c", "insert", phrase("Type it")),
        key("f6,t", "to_terminal", phrase("Terminal")),
        key("f6,t", "to_text", phrase("Text")),
        key("e", "explain", phrase("Why?")),
        key("f4,h", "hint", phrase("Hint")),
        key("o", "console", phrase("Open console")),
        key("s", "solution", phrase("Solution")),
        key("f7,p", "previous_step", phrase("Previous step"), show=False),
        key("f5,g", "go_to_broken", phrase("Go to the broken step")),
        key("k,up", "scroll_text(-1)", phrase("Up"), show=False),
        key("j,down", "scroll_text(1)", phrase("Down"), show=False),
        key("pageup", "scroll_text(-8)", phrase("Page up"), show=False),
        key("pagedown", "scroll_text(8)", phrase("Page down"), show=False),
        key("tab", "app.focus_next", phrase("Next part"), show=False),
        key("shift+tab", "app.focus_previous", phrase("Previous part"), show=False),
        key("colon,ctrl+p", "app.command_palette", phrase("More")),
        key("escape,q", "leave", phrase("Labs")),
    ]

    app: LabgateApp
    pane: reactive[str] = reactive("text")
    step_id: reactive[str] = reactive("", init=False)

    def __init__(self, visit: Visit, walk: Walk) -> None:
        super().__init__()
        self.visit, self.walk = visit, walk
        self.set_reactive(LabScreen.step_id, walk.here())
        self.explaining = Explaining(self)
        self._drawn = ""  # the step and language that the text is drawn for
        self._stale = False

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield PaneTabs(id="tabs")
        with Horizontal(id="body"):
            yield StepList(id="steps")
            with Vertical(id="middle"):
                with VerticalScroll(id="text"):
                    yield Reading(id="reading")
                    yield Quizzes()
                    yield ConsoleDesk(self.walk.consoles)
                yield StepCommands(id="commands")
            with Vertical(id="right"):
                yield TerminalView(id="terminal")
                yield Static(id="typing")
                yield CheckList(id="checks")
        with Vertical(id="told"):  # one line, always: nothing moves when there is something to say
            yield Banner(id="banner")
            yield Static(id="status")
        yield KeyBar()

    @property
    def place(self) -> str:
        """Where one is, as the top line says it."""
        return self.walk.target.name

    def on_mount(self) -> None:
        self.set_class(True, "-pane-text")
        terminal = self.query_one(TerminalView)
        terminal.attach(self.walk.shell, self.walk.earlier())
        self.watch(terminal, "typing_for_you", self._draw_typing)
        self.watch(terminal, "password", self._draw_typing)
        self.watch(terminal, "full_screen", self.refresh_bindings)
        self._follow()
        self.redraw_soon()

    @property
    def step(self) -> Step:
        """The step that is being read."""
        return self.walk.lab.step(self.step_id)

    # drawing --------------------------------------------------------------------------------------------

    def respeak(self) -> None:
        self._redraw()

    def watch_step_id(self) -> None:
        self.walk.go_to(self.step_id)
        self.query_one("#text").scroll_home(animate=False)
        self._redraw()

    def watch_pane(self, before: str, now: str) -> None:
        if self.has_class("-narrow"):
            self.call_after_refresh(self.query_one(f"#{now}").focus)  # not on what is hidden then
        self.remove_class(f"-pane-{before}")
        self.add_class(f"-pane-{now}")
        self.query_one(PaneTabs).show(now)

    def redraw_soon(self) -> None:
        """Draw once after whatever else happens now: a look at a step tells of many checks at once."""
        if not self._stale:
            self._stale = True
            self.call_later(self._redraw)

    def _redraw(self) -> None:
        self._stale = False
        if not self.is_mounted:
            return
        draw(self)
        if self._drawn != f"{self.step_id} {self.language}":
            self._drawn = f"{self.step_id} {self.language}"
            draw_console(self)
        self.explaining.refresh()
        self.refresh_bindings()

    def _draw_typing(self) -> None:
        draw_typing(self)

    # what happens ---------------------------------------------------------------------------------------

    @work(group="events")
    async def _follow(self) -> None:
        async for event in self.walk.events():
            self._take(event)

    def _take(self, event: events.Event) -> None:
        match event:
            case events.OutputReceived():
                return  # the terminal draws the shell itself
            case events.CommandFinished() if event.step == self.step_id:
                self._drawn = ""  # a Service may have been opened
            case events.ClusterLost() if self.walk.target.practice:
                self.act(self.visit.arrive)  # it is ours to start again
            case events.LabFinished() if event.passed:
                # what is said of the last answer can be read
                self.set_timer(READ_FOR, lambda: show_ending(self))
        self.redraw_soon()

    # actions --------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        walk, step = self.walk, self.step
        match action:
            case "run_next" | "insert":
                # on a locked step the key tells what is to be done first; the key bar does not offer it
                return walk.state(step.id) is not StepState.RUNNING and walk.next_command(step.id) is not None
            case "to_terminal":
                return not self._in_terminal
            case "to_text":
                return self._in_terminal
            case "answer":
                return any(card.can_focus for card in self.query(QuizCard))
            case "next_step":
                return walk.state(step.id) is StepState.PASSED and step.id != lab_rows.last(walk)
            case "hint":
                return walk.hints(step.id) < len(step.hints)
            case "console":
                return step.console is not None
            case "solution":
                return bool(step.solution or step.run) and not walk.solution(step.id)
            case "explain":
                failing = any(o is not None and not o.verdict.holds for o in walk.outcomes(step.id))
                return failing and lab_rows.begun(walk, step.id)
            case "go_to_broken":
                return step_to_mend(self.walk, self.step_id) is not None
        return True

    def offers(self, binding: Binding) -> bool:
        """Whether the key bar has this key now: in the terminal the function keys, in vi only the way out."""
        if binding.action in ("run_next", "insert") and self._locked:
            return False
        terminal, name = self.focused, binding.key
        if not isinstance(terminal, TerminalView):
            return True
        return name == "f6" if terminal.full_screen else name[:1] == "f" and name[1:].isdigit()

    @property
    def _locked(self) -> bool:
        return self.walk.state(self.step_id) is StepState.LOCKED

    def action_run_next(self) -> None:
        if not self._locked:  # else it is told what is to be done first
            self.show_terminal()
        self.act(lambda: self.walk.run_next(self.step_id))

    def action_answer(self) -> None:
        card = self.query_one(Quizzes).to_answer
        if card:
            self.pane = "text"
            self.query_one(Quizzes).turn_to(card.quiz.id)

    def action_insert(self) -> None:
        index = self.walk.next_command(self.step_id)
        if index is not None:
            self._insert(index)

    def _insert(self, index: int) -> None:
        try:
            self.walk.insert(self.step_id, index)
        except UserError as problem:
            self.app.tell(problem.message, severity="warning")
            return
        self.action_to_terminal()

    @work(group="actions")
    async def act(self, action: Callable[[], Awaitable[object]]) -> None:
        """Do something that takes a while; what it may not do is told in words."""
        try:
            await action()
        except (UserError, CannotRead) as problem:
            self.app.tell(problem.message, severity="warning")
        self.redraw_soon()

    def show_terminal(self) -> None:
        """On a narrow screen, bring the terminal up for what is about to run in it."""
        if self.has_class("-narrow"):
            self.action_to_terminal()

    @property
    def _in_terminal(self) -> bool:
        return isinstance(self.focused, TerminalView) or (self.has_class("-narrow") and self.pane != "text")

    def action_to_terminal(self) -> None:
        self.pane = "terminal"
        self.query_one(TerminalView).focus()

    def action_to_text(self) -> None:
        self.pane = "text"
        self.query_one("#text").focus()

    def action_scroll_text(self, lines: int) -> None:
        self.query_one("#text").scroll_relative(y=lines * 2, animate=False)

    def action_next_step(self) -> None:
        self._move(1)

    def action_previous_step(self) -> None:
        self._move(-1)

    def _move(self, by: int) -> None:
        ids = [step.id for step in self.walk.lab.steps]
        self.step_id = ids[max(0, min(len(ids) - 1, ids.index(self.step_id) + by))]
        if self.has_class("-narrow"):
            self.pane = "text"
            self.query_one("#text").focus()

    def action_go_to_broken(self) -> None:
        away = step_to_mend(self.walk, self.step_id)
        if away:
            self.step_id = away.id
            self.action_to_text()

    def action_hint(self) -> None:
        self.walk.show_hint(self.step_id)
        self._show_help()

    def action_solution(self) -> None:
        self.walk.show_solution(self.step_id)
        self._show_help()

    def _show_help(self) -> None:
        """Bring into view what was asked for."""
        self.pane = "text"
        self._redraw()
        latest = self.query_one(Reading).latest
        if latest is not None:
            self.call_after_refresh(self.query_one("#text").scroll_to_widget, latest, animate=False)

    def action_explain(self) -> None:
        self.explaining.open_first()

    def action_console(self) -> None:
        self.query_one(ConsoleDesk).open()

    def action_leave(self) -> None:
        self.app.run_worker(self.app.leave_lab(), group="leave")  # outlives this screen

    # the lab's own choices --------------------------------------------------------------------------------

    @property
    def by_hand(self) -> bool:
        """Whether the learner types the commands: their own choice, or else the lab's."""
        chosen = self.app.settings.by_hand
        return self.walk.lab.mode == "by-hand" if chosen is None else chosen

    def choose_by_hand(self, by_hand: bool) -> None:
        """The learner's choice, kept for the next time."""
        self.app.settings.by_hand = by_hand
        self.app.settings.save()
        self._redraw()

    async def begin_again(self, *, cluster: bool) -> None:
        """The lab from its first step, on this cluster or (`cluster`) on a new practice cluster."""
        self.query_one(TerminalView).detach()
        if cluster:
            await self.visit.give_up_cluster()
            self.app.call_later(self.app.to_requirements, self.visit)
            return
        walk = await self.visit.begin_again()
        # not from here: this is a worker of the screen that goes, and would be waited for by what it waits for
        self.app.call_later(self.app.switch_screen, self.app.lab_screen(self.visit, walk))

    def commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers besides the keys."""
        from runner.tui.screens.lab_commands import commands

        return commands(self)

    def on_terminal_view_copied(self, message: TerminalView.Copied) -> None:
        self.app.tell_copied(message.text)

    # messages of the widgets ------------------------------------------------------------------------------

    def on_step_list_chosen(self, message: StepList.Chosen) -> None:
        self.step_id = message.step_id
        if self.has_class("-narrow"):
            self.pane = "text"

    def on_step_commands_run(self, message: StepCommands.Run) -> None:
        self.show_terminal()
        self.act(lambda: self.walk.run(self.step_id, message.index))

    def on_step_commands_insert(self, message: StepCommands.Insert) -> None:
        self._insert(message.index)

    def on_step_commands_copy(self, message: StepCommands.Copy) -> None:
        self.app.copy(self.step.run[message.index].command)

    def on_check_list_explain(self, message: CheckList.Explain) -> None:
        self.explaining.open(message.index)

    def on_check_list_copy(self, message: CheckList.Copy) -> None:
        self.app.copy(message.command)

    def on_check_list_insert(self, message: CheckList.Insert) -> None:
        self.explaining.insert(message.command)

    def on_check_list_question(self, message: CheckList.Question) -> None:
        self.pane = "text"
        self.query_one(Quizzes).turn_to(message.question)

    def on_quiz_card_answered(self, message: QuizCard.Answered) -> None:
        self.walk.answer(message.question, message.answer)
        self.redraw_soon()
        self.query_one(Quizzes).answered(message.question)

    def on_reading_link(self, message: Reading.Link) -> None:
        self.app.open_link(message.url)

    def on_pane_tabs_chosen(self, message: PaneTabs.Chosen) -> None:
        self.pane = message.pane

    def on_banner_pressed(self, message: Banner.Pressed) -> None:
        match message.topic:
            case "broken":
                self.action_go_to_broken()
            case "passed":
                self.action_next_step()
