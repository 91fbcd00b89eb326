"""Text that has no room beside others, on a page of its own: nothing is folded, and it scrolls sideways."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.key_bar import KeyBar
from runner.words import phrase


class _Sheet(ScrollableContainer, inherit_bindings=False):
    """Its own keys would go a column at a time."""


class WidePage(Spoken, Once, ModalScreen[None]):
    DEFAULT_CSS = """
    WidePage { align: center middle; }
    WidePage #sheet { width: 100%; height: auto; max-height: 100%; background: $surface; border: round $primary;
                      border-title-color: $accent; padding: 0 1; margin: 0 0 1 0; }
    WidePage #sheet:focus { border: round $accent; }
    WidePage #all { width: auto; height: auto; }
    """
    AUTO_FOCUS = "#sheet"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,q,enter", "dismiss", phrase("Back")),
        key("left,h", "sideways(-1)", phrase("Left")),
        key("right", "sideways(1)", phrase("Right")),
        key("up,k", "scroll(-1)", phrase("Up"), show=False),
        key("down,j", "scroll(1)", phrase("Down"), show=False),
        key("y", "copy", phrase("Copy all")),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        with _Sheet(id="sheet"):
            yield Static(Content(safe(self._text)), id="all", markup=False)
        yield KeyBar()

    def respeak(self) -> None:
        self.query_one("#sheet").border_title = Content(self.translate(phrase("Sample output")))

    def action_sideways(self, by: int) -> None:
        sheet = self.query_one("#sheet")
        sheet.scroll_relative(x=by * max(8, sheet.size.width // 2), animate=False)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#sheet").scroll_relative(y=lines, animate=False)

    def action_copy(self) -> None:
        self.app.copy(self._text)
