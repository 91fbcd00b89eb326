"""What is read, scrolled; Tab goes from one thing that can be pressed to the next, Enter and a click do the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.style import Style

from runner.labs.glossary import Glossary, Term
from runner.tui.key_labels import key
from runner.tui.spoken import Spoken
from runner.tui.widgets.anchors import Anchor, Kind, bearing
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.term_card import TermCard
from runner.words import Phrase, phrase


class TextPane(Spoken, VerticalScroll):
    """Knows of the pages in it what can be pressed on them. What that means is somebody else's business."""

    DEFAULT_CSS = """
    TextPane { padding: 0 0 0 1; scrollbar-gutter: stable; }
    TextPane > * { padding-right: 1; }  /* air before the scrollbar, which stands within a padding of the pane itself */
    """
    PART: ClassVar[Phrase] = phrase("In the text")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("tab", "anchor(1)", phrase("Next place in the text"), show=False),
        key("shift+tab", "anchor(-1)", phrase("Previous place in the text"), show=False),
        key("enter", "press", phrase("Open")),
        key("r", "press('run')", phrase("Run"), show=False),
        key("c", "press('insert')", phrase("Type it"), show=False),
        key("y", "press('copy')", phrase("Copy")),
        key("escape", "leave_anchor", phrase("Back to the text"), show=False),
    ]

    class Pressed(Message):
        """`do`: open (a link, output), or run, insert, copy."""

        def __init__(self, anchor: Anchor, do: str) -> None:
            super().__init__()
            self.anchor, self.do = anchor, do

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._at: tuple[Page, Anchor] | None = None
        self._runnable: Collection[str] = ()
        self._glossary = Glossary()
        self._by_hand, self._locked = False, False

    def explain(self, glossary: Glossary) -> None:
        """What the terms of the text mean."""
        self._glossary = glossary

    def allow(self, runnable: Collection[str], *, by_hand: bool, locked: bool) -> None:
        """Which commands of the text may be run; others are put on the prompt. `locked`: they can be read, no more."""
        self._runnable = frozenset(command.strip() for command in runnable)
        self._by_hand, self._locked = by_hand, locked

    @property
    def at(self) -> Anchor | None:
        """Where Tab has led, or a click."""
        if self._at is None or self._at[1] not in self._at[0].anchors:
            return None
        return self._at[1]

    def go(self, to: tuple[Page, Anchor] | None) -> None:
        """Be at this place, in view."""
        self._close_card()
        if self._at is not None:
            self._at[0].light(None)
        self._at = to
        if to is not None:
            page, anchor = to
            page.light(anchor, self._offers(anchor))
            first, last = page.anchors.get(anchor, (0, 0))
            self.bring_into_view(page, first, last + 1)
        self.refresh_bindings()

    def bring_into_view(self, page: Page, first: int, last: int) -> None:
        """Scroll no more than it takes to see these lines of a page, the first of them in any case."""
        y = page.content_region.y - self.content_region.y + int(self.scroll_y) + first
        height = min(last - first + 1, max(1, self.size.height - 1))
        self.scroll_to_region(Region(0, y, 1, height), animate=False, force=True)

    def respeak(self) -> None:
        self.go(None)

    def _places(self) -> list[tuple[Page, Anchor, int]]:
        """All places, from top to bottom, with the row of the screen that they are on."""
        return [
            (page, anchor, page.content_region.y + first)
            for page in self.query(Page)
            if page.display
            for anchor, (first, _) in page.anchors.items()
        ]

    # commands

    def _can(self, anchor: Anchor) -> tuple[str, ...]:
        """What can be done there; first what Enter does."""
        match anchor.kind:
            case Kind.COMMAND if self._locked:
                return ("copy",)
            case Kind.COMMAND if anchor.about not in self._runnable:
                return ("insert", "copy")
            case Kind.COMMAND:
                return ("insert", "run", "copy") if self._by_hand else ("run", "insert", "copy")
            case Kind.TERM:
                return ("open",)
        return ("open", "copy")

    def _offers(self, anchor: Anchor) -> Content | None:
        """What can be done with a command, each to be clicked."""
        if anchor.kind is not Kind.COMMAND:
            return None
        names = {
            "run": ("r", phrase("run")),
            "insert": ("c", phrase("put on the prompt")),
            "copy": ("y", phrase("copy")),
        }
        offers = [
            Content.assemble((names[do][0] if at else "⏎", "bold $accent"), " ", self.translate(names[do][1]))
            .stylize(bearing(anchor))
            .stylize(Style.from_meta({"act": do}))
            for at, do in enumerate(self._can(anchor))
        ]
        return Content("   ") + Content("   ").join(offers)

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "press":
            at = self.at
            return at is not None and (not parameters or parameters[0] in self._can(at))
        return action != "leave_anchor" or self.at is not None

    def action_anchor(self, by: int) -> None:
        """The next place; from none, the first that is in view. Behind the last one comes the next part of the screen."""
        places = self._places()
        here = [(page, anchor) for page, anchor, _ in places]
        at: int | None = None
        if self._at in here:
            at = here.index(self._at) + by
        elif by > 0:
            at = next((i for i, (*_, y) in enumerate(places) if y >= self.content_region.y), None)
        if at is not None and 0 <= at < len(here):
            self.go(here[at])
            return
        self.go(None)
        if by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_press(self, do: str = "") -> None:
        if self._at is not None:
            page, anchor = self._at
            first, _ = page.anchors.get(anchor, (0, 0))
            where = (page.content_region.x + 4, page.content_region.y + first)
            self._press(anchor, do or self._can(anchor)[0], where)

    def action_leave_anchor(self) -> None:
        self.go(None)

    def on_page_pressed(self, event: Page.Pressed) -> None:
        """A click on a command goes there and no more: nothing is run by a hand that slipped."""
        if event.anchor is None:
            return
        event.stop()
        self.focus(scroll_visible=False)
        self.go((event.page, event.anchor))
        do = event.meta.get("act", "")
        if do or event.anchor.kind is not Kind.COMMAND:
            self._press(event.anchor, do or "open", event.where)

    def _press(self, anchor: Anchor, do: str, where: tuple[int, int]) -> None:
        if anchor.kind is not Kind.TERM:
            self.post_message(self.Pressed(anchor, do))
            return
        opened = self._close_card()
        term = self._glossary.term(anchor.about)
        if term is not None and opened != term:
            self.screen.mount(TermCard(term, where))

    def _close_card(self) -> Term | None:
        """Take the card away; gives what it was about."""
        about = None
        for card in self.screen.query(TermCard):
            about = card.term
            card.remove()
        return about

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        if round(old) != round(new):
            self._close_card()

    def on_click(self) -> None:
        """Beside all that can be pressed."""
        self.go(None)

    def on_blur(self) -> None:
        self.go(None)
