"""The line that filters the labs while one types."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import Input

from runner.tui.key_labels import key
from runner.words import Phrase, phrase


class LabSearch(Input):
    """The arrows move in the list meanwhile, Enter opens; Esc looks for nothing any more."""

    DEFAULT_CSS = """
    LabSearch, LabSearch:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    LabSearch.-used { color: $accent; text-style: bold; }
    """
    PART: ClassVar[Phrase] = phrase("In the search")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("up", "screen.move(-1)", phrase("Up"), show=False),
        key("down", "screen.move(1)", phrase("Down"), show=False),
        key("enter", "screen.open", phrase("Open")),
        key("escape", "screen.end_search", phrase("All labs")),
    ]
