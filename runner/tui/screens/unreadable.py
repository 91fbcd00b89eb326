"""A lab that could not be read from the start: what is wrong with it, until it is mended."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static

from runner.authoring.preview.lab_snapshot import Reading
from runner.tui.key_labels import key
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.problem_list import Complaints
from runner.tui.widgets.top_line import TopLine
from runner.words import phrase


class UnreadableScreen(Spoken, Once, Screen[None]):
    """The page beneath the lab's own."""

    DEFAULT_CSS = """
    UnreadableScreen #about { height: auto; padding: 1 2; }
    UnreadableScreen Complaints { max-height: 100%; height: 1fr; padding: 0 2; }
    """
    AUTO_FOCUS = "Complaints"
    BINDINGS: ClassVar[list[BindingType]] = [key("escape,q", "app.quit", phrase("End"))]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._called = name
        self._reading: Reading | None = None

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield Static(id="about")
        yield Complaints()
        yield KeyBar()

    def take(self, reading: Reading) -> None:
        """The files were read."""
        self._reading = reading
        self.respeak()

    def respeak(self) -> None:
        self.query_one(TopLine).show(self._called, self.translate(phrase("preview")))
        problems = self._reading.problems if self._reading else ()
        words = phrase("The lab is shown here as soon as it can be read. Fix it, and save.")
        self.query_one("#about", Static).update(self.translate(words if problems else phrase("One moment…")))
        self.query_one(Complaints).show(problems, phrase("Errors: {count}", count=len(problems)))
