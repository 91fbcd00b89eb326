"""The help page: how a lab goes, and every key."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from runner.tui.keys import key
from runner.tui.spoken import Spoken
from runner.tui.widgets.key_bar import KeyBar
from runner.words import phrase


class HelpScreen(Spoken, ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,q,enter,question_mark,f1", "dismiss", phrase("Back"))
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page"):
            yield Static(id="words")
        yield KeyBar()
