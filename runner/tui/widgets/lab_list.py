"""The labs to choose from, in their groups."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.events import Click
from textual.message import Message

from runner.tui.key_labels import key
from runner.tui.widgets.listing import Listing
from runner.words import Phrase, phrase


class LabList(Listing):
    """A click moves there; a click on the lab one is at opens it, as Enter does."""

    DEFAULT_CSS = """
    LabList > .option-list--option { padding: 0; }
    LabList > .option-list--option-disabled { color: $secondary; }
    LabList > .option-list--option-highlighted { background: $primary 15%; }
    LabList:focus > .option-list--option-highlighted { background: $primary 30%; }
    """
    PART: ClassVar[Phrase] = phrase("In the list")
    BINDINGS: ClassVar[list[BindingType]] = [key("enter,space", "select", phrase("Open"))]

    class Chosen(Message):
        """The lab that one is at was chosen."""

    def act(self, name: str, item_id: str) -> None:
        self.post_message(self.Chosen())

    async def on_click(self, event: Click) -> None:
        event.prevent_default()
        clicked = event.style.meta.get("option")
        if clicked is None or not self._items[clicked].choosable:
            return
        if clicked == self.highlighted:
            self.post_message(self.Chosen())
        self.highlighted = clicked
