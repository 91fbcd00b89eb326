"""What a term means, in a small card beside it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from runner.labs.glossary import Term
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.prose import prose
from runner.tui.widgets.rows import Row
from runner.words import text


class TermCard(Spoken, Vertical):
    """Lies over the screen, below the cell `where`, or above it where there is no room; takes no keys."""

    DEFAULT_CSS = """
    TermCard {
        position: absolute; overlay: screen; constrain: inside inflect; width: 52; max-width: 100%; height: auto;
        max-height: 14; background: $panel; border: round $secondary; padding: 0 1;
    }
    """

    def __init__(self, term: Term, where: tuple[int, int]) -> None:
        super().__init__()
        self.term = term
        x, y = where
        self.styles.offset = (max(0, x - 4), y + 1)

    def compose(self) -> ComposeResult:
        yield Page()

    def on_click(self) -> None:
        self.remove()

    def respeak(self) -> None:
        for page in self.query(Page):
            page.show([self._heading(), *prose(self.text(self.term.definition))])

    def _heading(self) -> Row:
        """The name, and what it is in English, which commands and other texts use."""
        name, english = self.text(self.term.name), text(self.term.name, "en")
        other = f"  {english}" if english.casefold() != name.casefold() else ""
        return Row(Content.assemble((safe(name), "bold $secondary"), (safe(other), "$foreground 60%")))
