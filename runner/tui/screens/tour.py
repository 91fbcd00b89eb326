"""The tour of the lab's screen: three cards over it, each beside what it is about. For the very first lab, and when asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Offset, Region, Size
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from runner.tui.key_labels import key
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.prose import inline
from runner.tui.widgets.rows import BLANK, Row
from runner.words import Phrase, phrase

SHOWN = "-shown-by-tour"


@dataclass(frozen=True, slots=True)
class Card:
    """`about`: where on the lab's screen that is, the first of these that is to be seen."""

    title: Phrase
    words: Phrase
    about: tuple[str, ...]


CARDS = (
    Card(
        phrase("Run"),
        phrase(
            "**F2** runs the step's next command for you. **F3** only puts it on the prompt: you press Enter."
        ),
        ("#commands-pane", "#commands", "#text"),
    ),
    Card(
        phrase("The terminal"),
        phrase(
            "This is a real shell. Type any command you like: the checks look at the cluster, not at your keys. "
            "**F6** leads in and out."
        ),
        ("#terminal-pane", "#terminal", "#tabs"),
    ),
    Card(
        phrase("Explain"),
        phrase(
            "The checks pass by themselves. Where one does not, **e** says why and what to do, **F4** gives a hint. "
            "**F8** is the next step."
        ),
        ("#checks-pane", "#checks", "#coach", "#status", "#tabs"),
    ),
)


def wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether first labs have a tour here: LABGATE_TOUR=0 says no, for classrooms and for who films the screen."""
    known = os.environ if environment is None else environment
    return known.get("LABGATE_TOUR", "") not in ("0", "no", "off")


class TourScreen(Spoken, Once, ModalScreen[None]):
    """Nothing of the lab waits for it. `beneath` is the lab's screen."""

    DEFAULT_CSS = """
    TourScreen #card { position: absolute; width: 46; max-width: 100%; height: auto; padding: 0 1; background: $surface;
                       border: thick $accent; border-title-color: $accent; border-title-style: bold;
                       border-subtitle-color: $foreground 75%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter,right,space", "turn(1)", phrase("Next")),
        key("left,backspace", "turn(-1)", phrase("Back"), show=False),
        key("escape,q", "dismiss", phrase("Skip the tour")),
    ]

    def __init__(self, beneath: Screen[Any]) -> None:
        super().__init__()
        self._beneath, self._at = beneath, 0

    def compose(self) -> ComposeResult:
        yield Page(id="card")
        yield KeyBar()

    def respeak(self) -> None:
        card, page = CARDS[self._at], self.query_one("#card", Page)
        page.border_title = Content(f"{self._at + 1}/{len(CARDS)} · {self.translate(card.title)}")
        last = self._at == len(CARDS) - 1
        page.border_subtitle = Content(self.translate(_BEGIN if last else _NEXT))
        page.show([BLANK, Row(inline(self.translate(card.words))), BLANK])
        self.call_after_refresh(self._place)

    def on_resize(self) -> None:
        self.call_after_refresh(self._place)

    def _place(self) -> None:
        """Beside what the card is about, once it is known how high the card is."""
        page = self.query_one("#card", Page)
        about = self._about()
        self._beneath.query(f".{SHOWN}").remove_class(SHOWN)
        if about:
            about.add_class(SHOWN)
        page.offset = beside(about.region if about else None, page.outer_size, self.size)

    def on_unmount(self) -> None:
        self._beneath.query(f".{SHOWN}").remove_class(SHOWN)

    def _about(self) -> Widget | None:
        for each in CARDS[self._at].about:
            found = next(iter(self._beneath.query(each)), None)
            if found is not None and found.is_on_screen and found.region.area:
                return found
        return None

    def action_turn(self, by: int) -> None:
        """The next card; after the last one the lab."""
        self._at = max(0, self._at + by)
        if self._at >= len(CARDS):
            self._at = len(CARDS) - 1
            self.dismiss()
            return
        self.respeak()

    def on_click(self) -> None:
        self.action_turn(1)

    def on_key(self, event: events.Key) -> None:
        """Any other key, one that a card speaks of for example, ends the tour and does what it does on the lab's screen."""
        if event.key not in self._bindings.key_to_bindings:
            self._leave_with(event, events.Key(event.key, event.character))

    def on_paste(self, event: events.Paste) -> None:
        self._leave_with(event, events.Paste(event.text))

    def _leave_with(self, event: events.Event, again: events.Event) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss()
        self.app.post_message(again)


def beside(about: Region | None, card: Size, room: Size) -> Offset:
    """Where the card stands: next to what it is about, over it where nothing else has room; always whole on the screen."""
    right, bottom = max(0, room.width - card.width), max(0, room.height - 1 - card.height)
    if about is None:
        return Offset(right // 2, bottom // 2)
    x = min(max(0, about.x + (about.width - card.width) // 2), right)
    y = min(max(0, about.y + (about.height - card.height) // 2), bottom)
    places = (
        Offset(about.x - card.width, y),
        Offset(about.right, y),
        Offset(x, about.y - card.height),
        Offset(x, about.bottom),
    )
    inside = (each for each in places if 0 <= each.x <= right and 0 <= each.y <= bottom)
    return next(inside, Offset(x, y))


_NEXT = phrase("⏎ next · Esc skip")
_BEGIN = phrase("⏎ begin")
