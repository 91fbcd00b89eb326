"""The step's web console: where it is, how it is reached, and what can be done where it can't be."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

from runner.labs.model import Console
from runner.session.consoles import ConsoleState
from runner.tui.spoken import Spoken
from runner.words import phrase


class ConsoleCard(Spoken, Vertical):
    DEFAULT_CSS = """
    ConsoleCard { height: auto; border: round $secondary 60%; padding: 0 1; margin-bottom: 1; display: none; }
    ConsoleCard Static { height: auto; }
    ConsoleCard #buttons { layout: horizontal; height: 1; }
    ConsoleCard Button { height: 1; border: none; min-width: 6; margin-right: 2; background: $panel; }
    """

    class Open(Message):
        pass

    class CopyAddress(Message):
        pass

    class Forward(Message):
        pass

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._shown: Console | None = None
        self._state = ConsoleState()

    def compose(self) -> ComposeResult:
        yield Static(id="where")
        with Vertical(id="buttons"):
            yield Button(id="open", compact=True)
            yield Button(id="copy", compact=True)
            yield Button(id="forward", compact=True)

    def show(self, console: Console, state: ConsoleState) -> None:
        self._shown, self._state = console, state
        self.display = True
        self.respeak()

    def respeak(self) -> None:
        console, state = self._shown, self._state
        if console is None:
            return
        title = Content.styled(console.title, "bold")
        if state.url:
            how = {
                "external": phrase("by its external address"),
                "forward": phrase("by a port-forward that Labgate keeps open"),
            }[state.via]
            words = Content.assemble(
                title, "  ", (self.say(how), "dim"), "\n", (state.url, "underline $primary")
            )
        else:
            why = self.say(state.why) if state.why else self.say(phrase("looking…"))
            words = Content.assemble(title, "\n", why)
        self.query_one("#where", Static).update(words)
        for name, label, offered in (
            ("open", phrase("Open (o)"), bool(state.url)),
            ("copy", phrase("Copy the address"), bool(state.url)),
            ("forward", phrase("Port-forward (o)"), state.forwardable and not state.url),
        ):
            button = self.query_one(f"#{name}", Button)
            button.label = self.say(label)
            button.display = offered

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        message = {"open": self.Open, "copy": self.CopyAddress, "forward": self.Forward}[
            event.button.id or ""
        ]
        self.post_message(message())
