"""A question before something that can't be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from runner.tui.key_labels import key
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.key_bar import KeyBar
from runner.words import Phrase, phrase


class ConfirmScreen(Spoken, Once, ModalScreen[bool]):
    """Asks, and gives True for yes. `lines` are shown as they are (commands), in a part that scrolls.

    `careful`: Enter alone is a no; the person has to press y, or go to the other button.
    """

    CSS_PATH = Path(__file__).with_name("confirm.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("y", "answer(True)", phrase("Yes")),
        key("escape,n,q", "answer(False)", phrase("No")),
        key("left,h", "app.focus_previous", phrase("Other button"), show=False),
        key("right", "app.focus_next", phrase("Other button"), show=False),
        key("up,k", "scroll(-1)", phrase("Up"), show=False),
        key("down,j", "scroll(1)", phrase("Down"), show=False),
        key("pageup", "scroll(-8)", phrase("Page up"), show=False),
        key("pagedown,space", "scroll(8)", phrase("Page down"), show=False),
    ]

    def __init__(
        self,
        question: Phrase,
        more: Phrase | None = None,
        *,
        yes: Phrase,
        lines: Sequence[str] = (),
        careful: bool = False,
    ) -> None:
        super().__init__()
        self._question, self._more, self._yes = question, more, yes
        self._lines, self._careful = lines, careful

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(id="question")
            yield Static(id="more")
            with VerticalScroll(id="lines", can_focus=False):
                yield Static(Content("\n".join(self._lines)))
            with Horizontal(id="buttons"):
                yield Button("", id="yes", variant="primary")
                yield Button("", id="no")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#lines").display = bool(self._lines)
        self.query_one("#more").display = self._more is not None
        self.query_one("#no" if self._careful else "#yes").focus()

    def respeak(self) -> None:
        self.query_one("#question", Static).update(Content(self.translate(self._question)))
        if self._more:
            self.query_one("#more", Static).update(Content(self.translate(self._more)))
        self.query_one("#yes", Button).label = Content(f"{self.translate(self._yes)} (y)")
        self.query_one("#no", Button).label = Content(f"{self.translate(phrase('No, back'))} (n)")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#lines").scroll_relative(y=lines, animate=False)
