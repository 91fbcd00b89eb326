"""What a learner takes along from a lab: a list of formats; what is chosen is written beside what is there."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from runner.grading.exports.export_formats import EXPORTS, ExportProblem, export
from runner.session.attempt_summary import AttemptSummary
from runner.tui.key_labels import key
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.listing import Item, Listing
from runner.tui.widgets.rows import Row
from runner.words import Phrase, phrase


class FormatList(Listing):
    """The formats, each with what it is for."""

    PART: ClassVar[Phrase] = phrase("In the list")
    BINDINGS: ClassVar[list[BindingType]] = [key("enter,space", "select", phrase("Write the file"))]

    def act(self, name: str, item_id: str) -> None:
        self.screen.write(item_id)  # type: ignore[attr-defined]


class ExportScreen(Spoken, Once, ModalScreen[None]):
    """A certificate bears the learner's name: asked for once, kept, and changed with a key."""

    DEFAULT_CSS = """
    ExportScreen { align: center middle; }
    ExportScreen #box { width: 78; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $surface;
                        border: round $accent; border-title-color: $accent; border-title-style: bold; }
    ExportScreen FormatList { height: auto; }
    ExportScreen #ask, ExportScreen #written { height: auto; margin-top: 1; }
    ExportScreen #name, ExportScreen #name:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    """
    AUTO_FOCUS = "FormatList"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("n", "ask_name", phrase("Name")),
        key("escape", "up", phrase("Back")),
    ]

    def __init__(self, ended: AttemptSummary) -> None:
        super().__init__()
        self._ended = ended
        self._waiting = ""  # the format that waits for the name

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield FormatList()
            yield Static(id="ask")
            yield Input(id="name", compact=True, max_length=80)
            yield Page(id="written")
        yield KeyBar()

    def on_mount(self) -> None:
        self._asking(False)
        self.query_one("#written").display = False

    def respeak(self) -> None:
        self.query_one("#box").border_title = Content(self.translate(phrase("Export")))
        self.query_one(FormatList).put(
            [
                Item(name, (Row(Content(self.translate(each.title)), Content("  ")),))
                for name, each in EXPORTS.items()
                if not each.certifies or self._ended.ended
            ]
        )
        if not self.query_one(FormatList).chosen:
            self.query_one(FormatList).go_to(next(iter(EXPORTS)))
        self.query_one("#ask", Static).update(Content(self.translate(_ASK)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "ask_name" or bool(self._ended.ended)

    def write(self, name: str) -> None:
        """Write that format; of a certificate ask for the name first, where it is not known."""
        learner = self.app.settings.learner
        if EXPORTS[name].certifies and not learner:
            self._waiting = name
            self._asking(True)
            return
        self._write(name, learner)

    @work(exclusive=True)
    async def _write(self, name: str, learner: str) -> None:
        try:
            path = await asyncio.to_thread(export, name, self._ended, learner, self.language)
        except ExportProblem as problem:
            self._report(self.translate(problem.message), "$error")
            return
        self.app.copy_to_clipboard(str(path))
        words = phrase("Saved, and the path copied: {path}", path=str(path))
        self._report(self.translate(words), "$success")

    def _report(self, words: str, style: str) -> None:
        self.query_one("#written", Page).show([Row(Content.styled(words, style))])

    # the name

    def action_ask_name(self) -> None:
        self._waiting = ""
        self._asking(True)

    def _asking(self, asks: bool) -> None:
        written = self.query_one("#name", Input)
        self.query_one("#ask").display = written.display = asks
        if asks:
            self.query_one("#written", Page).show(())
            written.value = self.app.settings.learner
            written.focus()
        else:
            self.query_one(FormatList).focus()

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        learner = " ".join(event.value.split())
        self.app.remember(learner=learner)
        self._asking(False)
        if learner and self._waiting:
            self._write(self._waiting, learner)
        self._waiting = ""

    def action_up(self) -> None:
        """From the name to the list, from the list back."""
        if self.query_one("#name").display:
            self._asking(False)
        else:
            self.dismiss()


_ASK = phrase("Your name for the certificate (Enter):")
