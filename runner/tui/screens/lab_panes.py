"""The lab's screen as a layout: which widgets there are, where, and how a LabView is put on them."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Static

from runner.session.consoles import Consoles
from runner.tui.screens.lab_console import ConsoleDesk
from runner.tui.screens.lab_view import LabView
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.terminal.widget import TerminalView
from runner.tui.widgets.banner import Banner
from runner.tui.widgets.check_list import CheckList
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.pane_tabs import PaneTabs
from runner.tui.widgets.quiz_list import Quizzes
from runner.tui.widgets.reading_pane import Reading
from runner.tui.widgets.step_commands import StepCommands
from runner.tui.widgets.step_list import StepList
from runner.tui.widgets.text_pane import TextPane
from runner.tui.widgets.top_line import TopLine
from runner.words import phrase

PANES = ("text", "terminal", "checks", "steps")
"""What a narrow screen shows one at a time."""


class LabPanes(Spoken, Once, Screen[None]):
    """Draws what it is given. Knows of the lab's run nothing but the consoles, which look for themselves."""

    CSS_PATH = Path(__file__).with_name("lab.tcss")
    AUTO_FOCUS = "#text"

    pane: reactive[str] = reactive("text")

    def __init__(self, consoles: Consoles) -> None:
        super().__init__()
        self._consoles = consoles
        self._drawn: tuple[object, ...] = ()  # the consoles and the language that the desk is drawn for

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield PaneTabs(id="tabs")
        with Horizontal(id="body"):
            yield StepList(id="steps")
            with Vertical(id="middle"):
                with TextPane(id="text"):
                    yield Reading(id="reading")
                    yield Quizzes()
                    yield ConsoleDesk(self._consoles)
                yield StepCommands(id="commands")
            with Vertical(id="right"):
                yield TerminalView(id="terminal")
                yield Static(id="typing")
                yield CheckList(id="checks")
        with Vertical(id="notices"):  # one line, always: nothing moves when there is a notice
            yield Banner(id="banner")
            yield Static(id="status")
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_class(True, "-pane-text")
        terminal = self.query_one(TerminalView)
        self.watch(terminal, "typing_for_you", self._draw_typing)
        self.watch(terminal, "password", self._draw_typing)
        self.watch(terminal, "full_screen", self.refresh_bindings)

    # drawing

    def draw(self, view: LabView, place: str) -> None:
        """Put the view on the screen, whole: widgets redraw only what differs. `place`: for the top line."""
        mark = "○" if view.lost else "●"
        version = f"v{view.version}" if view.version else "?"
        aside = f"{place} {version} {mark}  {view.progress}"
        self.query_one(TopLine).show(self.text(view.lab.title), aside)
        banner = self.query_one(Banner)
        if view.notice is None:
            banner.show("", "")
        else:
            banner.show(view.notice.topic, self.translate(view.notice.words), view.notice.kind)
        self.query_one(StepList).show(view.steps, view.step.id)
        self.query_one(Reading).show(view.step, view.hints, view.solution, view.passed, view.lab.glossary)
        own = [row.command.command for row in view.commands]
        self.query_one(TextPane).explain(view.lab.glossary)
        self.query_one(TextPane).allow(own, by_hand=view.by_hand, locked=view.locked)
        quizzes = [quiz for quiz, _ in view.quizzes]
        self.query_one(Quizzes).show(quizzes, view.answers, [right for _, right in view.quizzes])
        commands = self.query_one(StepCommands)
        commands.display = bool(view.commands)
        self.set_class(not view.commands, "-to-read")
        commands.show(view.step.id, view.commands, by_hand=view.by_hand, locked=view.locked)
        self.query_one(CheckList).show(view.checks, view.outcomes, begun=view.begun)
        self.query_one("#status", Static).update(Content(view.status))
        self._draw_consoles(view)

    def _draw_consoles(self, view: LabView) -> None:
        shown = (view.step.id, view.consoles, self.language)
        if shown != self._drawn:
            self._drawn = shown
            self.query_one(ConsoleDesk).show(view.consoles)

    def look_for_consoles(self) -> None:
        """At the next draw: a Service may have been opened."""
        self._drawn = ()

    def _draw_typing(self) -> None:
        """Whose keys the terminal takes just now."""
        terminal, line = self.query_one(TerminalView), self.query_one("#typing", Static)
        line.display = terminal.typing_for_you or terminal.password
        words = (
            phrase("A password is asked for: what you type is not shown and not kept.")
            if terminal.password
            else phrase("Labgate is typing for you. Your keys wait; Ctrl-C stops it.")
        )
        line.update(Content(self.translate(words)))

    # which pane

    @property
    def narrow(self) -> bool:
        """Whether the panes are shown one at a time."""
        return self.has_class("-narrow")

    @property
    def in_terminal(self) -> bool:
        """Whether the keys go to the terminal, or the text is not to be seen."""
        return isinstance(self.focused, TerminalView) or (self.narrow and self.pane != "text")

    def watch_pane(self, before: str, now: str) -> None:
        if self.narrow:
            self.call_after_refresh(self.query_one(f"#{now}").focus)  # not on what is hidden then
        self.remove_class(f"-pane-{before}")
        self.add_class(f"-pane-{now}")
        self.query_one(PaneTabs).show(now)

    def show_terminal(self) -> None:
        """On a narrow screen, bring the terminal up for what is about to run in it."""
        if self.narrow:
            self.action_to_terminal()

    def show_text(self) -> None:
        """On a narrow screen, bring up the text of the step that one went to."""
        if self.narrow:
            self.action_to_text()

    def action_to_terminal(self) -> None:
        self.pane = "terminal"
        self.query_one(TerminalView).focus()

    def action_to_text(self) -> None:
        self.pane = "text"
        self.query_one("#text").focus()

    def action_scroll_text(self, lines: int) -> None:
        self.query_one("#text").scroll_relative(y=lines * 2, animate=False)

    def show_latest_help(self) -> None:
        """Bring the hint or the solution that was asked for into view."""
        self.pane = "text"
        latest = self.query_one(Reading).latest
        if latest is not None:
            self.call_after_refresh(self.query_one("#text").scroll_to_widget, latest, animate=False)

    def on_pane_tabs_chosen(self, message: PaneTabs.Chosen) -> None:
        self.pane = message.pane
