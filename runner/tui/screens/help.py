"""The help page: how a lab goes, and the keys of the page it was asked on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from runner.tui.key_help import Part
from runner.tui.key_labels import key
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.key_bar import KeyBar
from runner.words import Phrase, phrase

_HOW = (
    phrase("Read the step. Run its commands with F2, or type them yourself in the terminal: both count."),
    phrase(
        "The checks look at the cluster all the time. When all of them pass, the step is done: F8 goes on to the next one."
    ),
    phrase("Stuck? F4 shows one hint after the other, s in the text the solution, and F5 why a check fails."),
    phrase(
        "Leave whenever you like: nothing is lost. Enter on the lab continues at the same step, in the same folder."
    ),
)
_TERMINAL = phrase(
    "In the terminal every key belongs to the shell, except the F keys shown below. F6 is the way out. "
    "While a program such as vi fills the terminal, only F6 and F10 are Labgate's, and F2 where it types the keys for you."
)

_BROWSER = phrase(
    "Ctrl+V pastes, Ctrl + and Ctrl - change the size of the letters, Ctrl 0 sets it back. The strip at the bottom "
    "of the page has the keys as buttons. A browser keeps Ctrl+W, Ctrl+T and Ctrl+N for itself; in Chrome and Edge "
    "they reach the shell in full screen (the button is in the strip). Elsewhere, Alt+Backspace deletes a word as Ctrl+W does."
)


class HelpScreen(Spoken, Once, ModalScreen[None]):
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen #page { width: 84; max-width: 100%; height: auto; max-height: 100%; background: $surface;
                       border: round $primary; padding: 0 2 1 2; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,q,enter,question_mark,f1", "dismiss", phrase("Back")),
    ]

    def __init__(self, keys: Sequence[Part]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page"):
            yield Static(id="words")
        yield KeyBar()

    def respeak(self) -> None:
        parts: list[Content] = [self._title(phrase("How a lab goes"))]
        parts += [Content(f"{number}. {self.translate(each)}") for number, each in enumerate(_HOW, 1)]
        parts += [Content(""), self._title(phrase("The terminal")), Content(self.translate(_TERMINAL))]
        if self.app.is_web:
            parts += [Content(""), self._title(phrase("In the browser")), Content(self.translate(_BROWSER))]
        for part in self._keys:
            parts += [Content(""), self._title(part.title)]
            parts += [
                Content.assemble((f"{keys}  ".ljust(18), "bold $accent"), self.translate(words))
                for keys, words in part.keys
            ]
        self.query_one("#words", Static).update(Content("\n").join(parts))

    def _title(self, words: Phrase) -> Content:
        return Content.styled(self.translate(words), "bold $primary")
