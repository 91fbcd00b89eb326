"""The line in which one writes what to look for in the text."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from runner.tui.key_labels import key
from runner.tui.spoken import Spoken
from runner.words import Phrase, phrase


class SearchBar(Spoken, Horizontal):
    """Enter goes on, Shift+Enter back; so do the arrows, as not every terminal tells Shift+Enter apart."""

    DEFAULT_CSS = """
    SearchBar { height: 1; background: $panel; }
    SearchBar #sign { width: 3; padding: 0 1; color: $accent; text-style: bold; }
    SearchBar Input, SearchBar Input:focus { border: none; height: 1; padding: 0; width: 1fr; background: $panel; }
    SearchBar #found { width: auto; max-width: 75%; padding: 0 1; color: $foreground 75%; }
    """
    PART: ClassVar[Phrase] = phrase("While searching")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("down,enter", "go(1)", phrase("Next match")),
        key("up,shift+enter", "go(-1)", phrase("Previous match")),
        key("escape", "close", phrase("Close")),
    ]

    class Changed(Message):
        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Go(Message):
        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Closed(Message):
        pass

    def __init__(self) -> None:
        super().__init__()
        self._found: Phrase | None = None

    def compose(self) -> ComposeResult:
        yield Static("/", id="sign")
        yield Input(compact=True, max_length=200)
        yield Static(id="found")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def show_result(self, found: Phrase | None) -> None:
        """What was found."""
        self._found = found
        self.respeak()

    def respeak(self) -> None:
        if not self.query(Input):
            return
        self.query_one(Input).placeholder = self.translate(phrase("Search in the text of all steps"))
        words = self.translate(self._found) if self._found is not None else ""
        self.query_one("#found", Static).update(Content(words))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Go(1))

    def action_go(self, by: int) -> None:
        self.post_message(self.Go(by))

    def action_close(self) -> None:
        self.post_message(self.Closed())
