"""On a narrow screen: which of the panes is shown, and the others to click."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from runner.tui.spoken import Spoken
from runner.words import phrase

_NAMES = {
    "text": phrase("Step"),
    "terminal": phrase("Terminal"),
    "checks": phrase("Checks"),
    "steps": phrase("All steps"),
}


class PaneTabs(Spoken, Horizontal):
    DEFAULT_CSS = """
    PaneTabs { height: 1; background: $surface; }
    PaneTabs Static { width: auto; padding: 0 2; color: $foreground 70%; }
    PaneTabs Static.-shown { background: $primary; color: $background; text-style: bold; }
    """

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def compose(self) -> ComposeResult:
        for number, pane in enumerate(_NAMES):
            yield Static(id=f"tab-{pane}", classes="-shown" if number == 0 else "")

    _count = ""

    def count(self, passing: int, of: int) -> None:
        """How many of the step's checks pass, beside their name."""
        count = f" {passing}/{of}" if of else ""
        if count != self._count:
            self._count = count
            self.respeak()

    def respeak(self) -> None:
        for pane, name in _NAMES.items():
            words = self.translate(name) + (self._count if pane == "checks" else "")
            self.query_one(f"#tab-{pane}", Static).update(Content(words))

    def show(self, pane: str) -> None:
        """Mark the pane that is shown now."""
        for each in _NAMES:
            self.query_one(f"#tab-{each}").set_class(each == pane, "-shown")

    def on_click(self, event: Click) -> None:
        if event.widget is not None and (event.widget.id or "").startswith("tab-"):
            self.post_message(self.Chosen((event.widget.id or "").removeprefix("tab-")))
