"""The lab's screen as a layout: which widgets there are, and how a LabView is put on them."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical

from runner.session.consoles import Consoles
from runner.tui.screens.lab_arrangement import LabArrangement
from runner.tui.screens.lab_console import ConsoleDesk
from runner.tui.screens.lab_view import LabView
from runner.tui.spoken import Spoken
from runner.tui.terminal.widget import TerminalView
from runner.tui.widgets.check_list import CheckList
from runner.tui.widgets.coach_line import Coach, CoachLine
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.pane import Pane
from runner.tui.widgets.pane_tabs import PaneTabs
from runner.tui.widgets.quiz_list import Quizzes
from runner.tui.widgets.reading_pane import Reading
from runner.tui.widgets.step_commands import StepCommands
from runner.tui.widgets.step_list import StepList
from runner.tui.widgets.step_rail import StepRail
from runner.tui.widgets.text_pane import TextPane
from runner.tui.widgets.top_line import TopLine
from runner.words import phrase


class LabPanes(Spoken, LabArrangement):
    """Draws what it is given. Knows of the lab's run nothing but the consoles, which look for themselves."""

    CSS_PATH = Path(__file__).with_name("lab.tcss")
    AUTO_FOCUS = "#text"

    def __init__(self, consoles: Consoles) -> None:
        super().__init__()
        self._consoles = consoles
        self._drawn: tuple[object, ...] = ()  # the consoles and the language that the desk is drawn for
        self._coach = Coach("", "quiet", "")

    def compose(self) -> ComposeResult:
        yield TopLine()
        with Horizontal(id="way"):
            yield PaneTabs(id="tabs")
            yield StepRail(id="rail")
        yield StepList(id="steps")
        with Container(id="body"):
            with Container(id="study"):
                with Pane(id="text-pane"), TextPane(id="text"):
                    yield Reading(id="reading")
                    yield Quizzes()
                    yield ConsoleDesk(self._consoles)
                with Vertical(id="side"):
                    with Pane(id="commands-pane"):
                        yield StepCommands(id="commands")
                    with Pane(id="checks-pane"):
                        yield CheckList(id="checks")
            with Horizontal(id="work"):
                with Pane(id="terminal-pane"):
                    yield TerminalView(id="terminal")
                with Pane(id="step-column"):
                    yield StepList(id="steps-beside")
        yield CoachLine(id="coach")
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_class(True, "-pane-text")
        terminal = self.query_one(TerminalView)
        self.watch(terminal, "full_screen", self.refresh_bindings)
        self.watch(terminal, "has_focus", self._draw_terminal_title)
        self.put_in_place()

    # drawing

    def draw(self, view: LabView, place: str) -> None:
        """Put the view on the screen, whole: widgets redraw only what differs. `place`: for the top line."""
        mark = "○" if view.lost else "●"
        version = f"v{view.version}" if view.version else "?"
        self.query_one(TopLine).show(
            self.text(view.lab.title), f"{place} {version} {mark}  ✓ {view.progress}"
        )
        for steps in self.query(StepList):
            steps.show(view.steps, view.step.id)
        self.query_one(StepRail).show(view.steps, view.step.id)
        self.query_one(Reading).show(view.step, view.hints, view.solution, view.passed, view.lab.glossary)
        own = [row.command.command for row in view.commands]
        self.query_one(TextPane).explain(view.lab.glossary)
        self.query_one(TextPane).allow(own, by_hand=view.by_hand, locked=view.locked)
        quizzes = [quiz for quiz, _ in view.quizzes]
        self.query_one(Quizzes).show(quizzes, view.answers, [right for _, right in view.quizzes])
        commands = self.query_one(StepCommands)
        self.set_class(not view.commands, "-to-read")
        commands.show(view.step.id, view.commands, by_hand=view.by_hand, locked=view.locked)
        self.query_one(CheckList).show(view.checks, view.outcomes, begun=view.begun)
        self.set_class(not view.checks, "-no-checks")
        self.set_class(view.passing == len(view.checks), "-all-pass")
        self._draw_titles(view)
        self._draw_consoles(view)

    def _draw_titles(self, view: LabView) -> None:
        number = next(row.number for row in view.steps if row.id == view.step.id)
        names = {
            "text": phrase("Step {number} of {of}", number=number, of=len(view.steps)),
            "commands": phrase("Commands {done}/{of}", done=view.commands_done, of=len(view.commands)),
            "checks": phrase("Checks {passing}/{of}", passing=view.passing, of=len(view.checks)),
            "step-column": phrase("All steps"),
        }
        for name, title in names.items():
            pane = name if name == "step-column" else f"{name}-pane"
            self.query_one(f"#{pane}", Pane).entitle(self.translate(title))
        self.query_one(PaneTabs).count(view.passing, len(view.checks))
        self._draw_terminal_title()

    def _draw_terminal_title(self) -> None:
        pane = self.query_one("#terminal-pane", Pane)
        typing = self.query_one(TerminalView).has_focus
        words = phrase("Terminal ● typing here") if typing else phrase("Terminal")
        pane.entitle(self.translate(words))

    def _draw_consoles(self, view: LabView) -> None:
        shown = (view.step.id, view.consoles, self.language)
        if shown != self._drawn:
            self._drawn = shown
            self.query_one(ConsoleDesk).show(view.consoles)

    def look_for_consoles(self) -> None:
        """At the next draw: a Service may have been opened."""
        self._drawn = ()

    def draw_coach(self, coach: Coach) -> None:
        """What there is to do or to know now."""
        self.query_one(CoachLine).put(coach)
        self.query_one(TerminalView).coached = coach.topic == "editor"
        if coach.keys != self._coach.keys:
            self.refresh_bindings()  # the key bar leaves out what the line has
        self._coach = coach

    def action_scroll_text(self, lines: int) -> None:
        self.query_one("#text").scroll_relative(y=lines * 2, animate=False)

    def show_latest_help(self) -> None:
        """Bring the hint or the solution that was asked for into view."""
        self._show("text")
        latest = self.query_one(Reading).latest
        if latest is not None:
            self.call_after_refresh(self.query_one("#text").scroll_to_widget, latest, animate=False)

    def on_pane_tabs_chosen(self, message: PaneTabs.Chosen) -> None:
        self.pane = message.pane
