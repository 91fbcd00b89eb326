"""A list of rows to choose from, drawn anew without losing where one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Click
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from runner.tui.key_labels import key
from runner.tui.spoken import Spoken
from runner.tui.widgets.rows import Block, Rows
from runner.words import phrase


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a list. One that can't be chosen is passed over by the keys."""

    id: str
    blocks: tuple[Block, ...]
    choosable: bool = True


class Listing(Spoken, OptionList, inherit_bindings=False):
    """Arrows or j and k move, Enter chooses; so does a click."""

    DEFAULT_CSS = """
    Listing { border: none; padding: 0; background: transparent; }
    Listing:focus { border: none; background-tint: $background 0%; }
    Listing > .option-list--option { padding: 0; }
    Listing > .option-list--option-disabled { color: $foreground 60%; }
    Listing > .option-list--option-hover { background: $foreground 6%; }
    Listing > .option-list--option-highlighted {
        background: transparent; color: $foreground; text-style: none;
    }
    Listing:focus > .option-list--option-highlighted { background: $primary 25%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        key("up,k", "cursor_up", phrase("Up"), show=False),
        key("down,j", "cursor_down", phrase("Down"), show=False),
        key("home", "first", phrase("First"), show=False),
        key("end", "last", phrase("Last"), show=False),
        key("pageup", "page_up", phrase("Page up"), show=False),
        key("pagedown", "page_down", phrase("Page down"), show=False),
        key("enter,space", "select", phrase("Choose"), show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._items: tuple[Item, ...] = ()

    def put(self, items: Sequence[Item]) -> None:
        """Put these rows in place of what was there; where the rows are the same ones, who was at one stays at it."""
        before, self._items = self._items, tuple(items)
        if [(item.id, item.choosable) for item in before] == [(item.id, item.choosable) for item in items]:
            changed = [at for at, item in enumerate(items) if item.blocks != before[at].blocks]
            for at in changed:
                self.replace_option_prompt_at_index(at, Rows(items[at].blocks))
            if changed:
                self.refresh(layout=True)
            return
        chosen = self.chosen
        self.set_options(Option(Rows(item.blocks), id=item.id, disabled=not item.choosable) for item in items)
        ids = [item.id for item in items if item.choosable]
        self.go_to(chosen if chosen in ids else "")

    @property
    def chosen(self) -> str:
        """The id of the row that the learner is at; "" for none."""
        option = self.highlighted_option
        return option.id or "" if option is not None else ""

    def go_to(self, item_id: str) -> None:
        """Be at this row, and bring it into view."""
        self.highlighted = next((at for at, item in enumerate(self._items) if item.id == item_id), None)

    def act(self, name: str, item_id: str) -> None:
        """A row was chosen (`name` is ""), or an action named on it was clicked: override."""

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.act("", event.option.id or "")

    async def on_click(self, event: Click) -> None:
        """Where the text that was clicked names an action, do that instead of choosing the row."""
        name, at = event.style.meta.get("act"), event.style.meta.get("option")
        if name and at is not None:
            event.prevent_default()
            self.highlighted = at
            self.act(name, self._items[at].id)
