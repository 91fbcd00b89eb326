"""A list to choose from, of rows with several lines."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Click
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from runner.tui.key_labels import key
from runner.words import Phrase, phrase


class Choices(OptionList, inherit_bindings=False):
    """Arrows or j and k move, Enter chooses. A click moves there; a click on the row one is at chooses it."""

    DEFAULT_CSS = """
    Choices { border: none; padding: 0; background: $background; height: 1fr; }
    Choices:focus { border: none; background-tint: $background 0%; }
    Choices > .option-list--option { padding: 0 1; }
    Choices > .option-list--option-highlighted, Choices:focus > .option-list--option-highlighted {
        background: $primary 22%; color: $foreground; text-style: none;
    }
    Choices > .option-list--option-hover { background: $foreground 6%; }
    """
    PART: ClassVar[Phrase] = phrase("In the list")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("up,k", "cursor_up", phrase("Up"), show=False),
        key("down,j", "cursor_down", phrase("Down"), show=False),
        key("home", "first", phrase("First"), show=False),
        key("end", "last", phrase("Last"), show=False),
        key("pageup", "page_up", phrase("Page up"), show=False),
        key("pagedown", "page_down", phrase("Page down"), show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)

    def show(self, rows: list[Content]) -> None:
        """Put these rows in place of what was there; who was at a row stays at it."""
        if len(rows) == self.option_count:
            for index, row in enumerate(rows):
                self.replace_option_prompt_at_index(index, row)
            return
        at = self.highlighted or 0
        self.clear_options()
        self.add_options([Option(row) for row in rows])
        self.highlighted = min(at, len(rows) - 1) if rows else None

    async def on_click(self, event: Click) -> None:
        event.prevent_default()
        clicked = event.style.meta.get("option")
        if clicked is None:
            return
        if clicked == self.highlighted:
            self.action_select()
        self.highlighted = clicked
