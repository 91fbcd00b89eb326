"""The step's web console: where it is, how it is reached, and what can be done where it can't be."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from runner.labs.model import Console
from runner.session.consoles import ConsoleState
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.rows import Block, Row
from runner.words import phrase

_HOW = {
    "external": phrase("reached by its external address"),
    "forward": phrase("reached by a port-forward that Labgate keeps open"),
}


class ConsoleCard(Spoken, Vertical):
    DEFAULT_CSS = """
    ConsoleCard { height: auto; border: round $secondary 60%; padding: 0 1; margin-bottom: 1; display: none; }
    ConsoleCard:focus-within { border: round $accent; }
    ConsoleCard .buttons { height: auto; }
    ConsoleCard Button, ConsoleCard Button:focus, ConsoleCard Button:hover { height: 1; border: none; min-width: 0; width: auto;
        padding: 0 1; margin-right: 1; background: $panel; color: $foreground; text-style: none; }
    ConsoleCard Button:focus { background: $primary; color: $background; text-style: bold; }
    ConsoleCard Button:hover { text-style: underline; }
    """

    class Open(Message):
        pass

    class CopyAddress(Message):
        pass

    class Forward(Message):
        pass

    class Seen(Message):
        """The learner says that they have it open."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shown: Console | None = None
        self._state = ConsoleState()

    def compose(self) -> ComposeResult:
        # classes, no ids: a page may have several consoles
        yield Page(classes="where")
        with Horizontal(classes="buttons"):
            for name in ("open", "copy", "seen", "forward"):
                yield Button(name=name, classes=name, compact=True)

    def show(self, console: Console, state: ConsoleState) -> None:
        self._shown, self._state = console, state
        self.display = True
        self.respeak()

    def respeak(self) -> None:
        if self._shown is None:
            return
        self.query_one(".where", Page).show(self._where(self._shown, self._state))
        url = bool(self._state.url)
        offers = (
            ("open", phrase("Open (o)"), url),
            ("copy", phrase("Copy the address"), url),
            ("seen", phrase("I see it"), url),
            ("forward", phrase("Use a port-forward"), self._state.forwardable and not url),
        )
        for name, label, offered in offers:
            button = self.query_one(f".{name}", Button)
            button.label = Content(self.translate(label))
            button.display = offered
        self.query_one(".buttons").display = any(offered for _, _, offered in offers)

    def _where(self, console: Console, state: ConsoleState) -> Iterator[Block]:
        title = Content.styled(safe(console.title), "bold")
        if not state.url:
            why = (
                self.translate(state.why) if state.why else self.translate(phrase("Looking for its address…"))
            )
            yield Row(title, first=Content.styled("○ ", "$warning"))
            yield Row(Content(safe(why)), first=Content("  "))
            return
        yield Row(title, first=Content.styled("● ", "$success"))
        yield Row(Content.styled(safe(state.url), "underline $primary"), first=Content("  "))
        if state.via in _HOW:
            yield Row(Content.styled(self.translate(_HOW[state.via]), "$foreground 60%"), first=Content("  "))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        message = {"open": self.Open, "copy": self.CopyAddress, "seen": self.Seen, "forward": self.Forward}
        self.post_message(message[event.button.name or ""]())
