"""The page before a clean-up: what the lab's author says of it, its commands, the cluster, and a typed yes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from runner.labs.model import Cleanup
from runner.session import cleanup
from runner.session.runnable import visible
from runner.session.target import Target
from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.screens.lab_host import Host
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.asked import asked
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.prose import code, prose
from runner.tui.widgets.rows import BLANK, Block, Row
from runner.tui.widgets.top_line import TopLine
from runner.words import Phrase, phrase


class TypedYes(Input):
    """The line for the yes. The page around it is scrolled by the keys that a line has no use for."""

    PART: ClassVar[Phrase] = phrase("In the line for the yes")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "screen.answer", phrase("Clean up")),
        key("up", "screen.scroll(-1)", phrase("Up"), show=False),
        key("down", "screen.scroll(1)", phrase("Down"), show=False),
        key("pageup", "screen.scroll(-8)", phrase("Page up"), show=False),
        key("pagedown", "screen.scroll(8)", phrase("Page down")),
    ]


class CleanUpScreen(Spoken, Once, Screen[bool]):
    """Gives True once a yes was typed; nothing runs from here."""

    DEFAULT_CSS = """
    CleanUpScreen { align: center top; }
    CleanUpScreen #about, CleanUpScreen #answer { width: 102; max-width: 100%; padding: 0 1; }
    CleanUpScreen #about { height: 1fr; }
    CleanUpScreen #about Page { margin-bottom: 1; padding-right: 1; }
    CleanUpScreen #answer { height: auto; }
    CleanUpScreen #warning { padding: 0 1; border: round $primary 50%; }
    CleanUpScreen #warning.-shared { border: heavy $error; background: $error 15%; text-style: bold; }
    CleanUpScreen #typed-yes, CleanUpScreen #typed-yes:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    CleanUpScreen #not-a-yes { height: auto; min-height: 1; color: $warning; }
    """
    AUTO_FOCUS = "#typed-yes"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "leave", phrase("Back")),
    ]

    def __init__(self, cleanup: Cleanup, target: Target) -> None:
        super().__init__()
        self._cleanup, self._target = cleanup, target

    def compose(self) -> ComposeResult:
        yield TopLine()
        with VerticalScroll(id="about", classes="framed", can_focus=False):
            yield Page(id="words")
            yield Page(id="what-runs")
            yield Page(id="warning", classes="" if self._target.practice else "-shared")
        with Vertical(id="answer", classes="framed"):
            yield TypedYes(id="typed-yes", compact=True, max_length=40)
            yield Static(id="not-a-yes")
        yield KeyBar()

    def respeak(self) -> None:
        target = self._target
        self.query_one(TopLine).show(safe(self.text(self._cleanup.title)), safe(target.name))
        self.query_one("#words", Page).show(prose(self.text(self._cleanup.text)))
        self.query_one("#what-runs", Page).show(self._commands())
        means = cleanup.consequence(safe(target.name), practice=target.practice)
        self.query_one("#warning", Page).show([Row(Content(self.translate(means)))])
        self.query_one("#about").border_title = Content(self.translate(phrase("Clean up")))
        self.query_one("#answer").border_title = Content(self.translate(cleanup.ASK))
        self.query_one("#not-a-yes", Static).update("")

    def _commands(self) -> Iterator[Block]:
        count = len(self._cleanup.run)
        where = cleanup.runs_on(safe(self._target.name), safe(self._target.server), count)
        yield Row(Content.styled(self.translate(where), "bold"))
        yield BLANK
        for command in self._cleanup.run:
            yield from code(visible(command.command), Content.styled("$ ", "$foreground 50%"))
            yield from asked(command, self)

    def action_answer(self) -> None:
        """Go on where a yes was typed; else say that nothing was done."""
        written = self.query_one(TypedYes)
        if cleanup.is_yes(written.value):
            self.dismiss(True)
            return
        written.focus()
        words = phrase("Nothing was run. Type the whole word yes, or press Esc to go back.")
        self.query_one("#not-a-yes", Static).update(Content(self.translate(words)))

    def action_leave(self) -> None:
        self.dismiss(False)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#about").scroll_relative(y=lines, animate=False)


def ask_clean_up(host: Host, left: Callable[[], None] | None = None) -> None:
    """The way to a clean-up, from wherever it is chosen: the page, and with a yes the clean-up. `left` follows a no."""
    run = host.run
    if run.lab.cleanup is None:
        return

    def answered(yes: bool | None) -> None:
        if yes:
            host.show_terminal()
            host.act(run.clean_up)
        elif left:
            left()

    host.open_page(CleanUpScreen(run.lab.cleanup, run.target), answered)
