"""The first page: the labs, how far one is with each, and what the one at hand is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.worker import get_current_worker

from runner.tui.key_labels import key
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.choices import Choices
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.top_line import TopLine
from runner.words import phrase

if TYPE_CHECKING:
    from runner.session.lab_catalogue import Listed


class CatalogueScreen(Spoken, Once, Screen[None]):
    """Nothing of the labs is imported or read before the first frame is on the screen."""

    CSS_PATH = Path(__file__).with_name("catalogue.tcss")
    AUTO_FOCUS = "#labs"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "open", phrase("Open")),
        key("r", "reload", phrase("Read again"), show=False),
        key("left_square_bracket,shift+up", "scroll_details(-3)", phrase("Details up"), show=False),
        key("right_square_bracket,shift+down", "scroll_details(3)", phrase("Details down"), show=False),
        key("q", "app.quit", phrase("Quit")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._labs: list[Listed] | None = None  # None: being read

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield Static(id="welcome")
        with Horizontal(id="page"):
            yield Choices(id="labs")
            with Vertical(id="about"):
                with VerticalScroll(id="details", can_focus=False):
                    yield Static(id="facts")
                yield Static(id="next")
        yield KeyBar()

    def on_mount(self) -> None:
        self.call_after_refresh(self.action_reload)

    def action_reload(self) -> None:
        """Read the labs, and what is on record of them, anew."""
        self._read()

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        from runner.session.lab_catalogue import listed

        found, worker = listed(), get_current_worker()
        if not worker.is_cancelled:
            self.app.call_from_thread(self._show, found)

    def _show(self, found: list[Listed]) -> None:
        self._labs = found
        self.respeak()

    def respeak(self) -> None:
        self.query_one(TopLine).show(self.translate(phrase("Labs")))
        new = self._labs is not None and not any(each.attempts for each in self._labs)
        welcome = self.query_one("#welcome", Static)
        welcome.display = new and bool(self._labs)
        welcome.update(Content(self.translate(_WELCOME)))
        if self._labs:
            from runner.tui.screens.lab_facts import row

            self.query_one(Choices).show([row(each, self) for each in self._labs])
        self.query_one("#labs").display = bool(self._labs)
        self._report()

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.query_one("#details").scroll_home(animate=False)
        self._report()

    def _report(self) -> None:
        """What is known of the lab at hand, and what to press."""
        facts, follows = self.query_one("#facts", Static), self.query_one("#next", Static)
        at = self._at()
        follows.display = at is not None and at.lab is not None
        if at is not None:
            from runner.tui.screens.lab_facts import details

            facts.update(details(at, self))
            begun = bool(at.attempts) and not at.finished
            words = phrase("Go on with this lab") if begun else phrase("Choose where to run it")
            follows.update(Content(f" ⏎ {self.translate(words)} "))
        else:
            facts.update(Content(self.translate(_READING if self._labs is None else _NONE)))

    def _at(self) -> Listed | None:
        highlighted = self.query_one(Choices).highlighted
        if not self._labs or highlighted is None or highlighted >= len(self._labs):
            return None
        return self._labs[highlighted]

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Ask where to run the lab at hand; of a broken one its problems are shown already."""
        at = self._at()
        if at is None:
            return
        if at.lab is None:
            self.app.show_message(phrase("This lab has errors. They are shown beside it."), severity="error")
            return
        from runner.tui.screens.places_screen import PlacesScreen

        self.app.push_screen(PlacesScreen(at.lab))

    def action_scroll_details(self, lines: int) -> None:
        self.query_one("#details").scroll_relative(y=lines, animate=False)

    def on_click(self, event: object) -> None:
        if getattr(event, "widget", None) is self.query_one("#next"):
            self.action_open()


_WELCOME = phrase(
    "Welcome. Choose a lab with ↑ ↓ and press Enter. Nothing runs before you have chosen where."
)
_READING = phrase("Reading the labs…")
_NONE = phrase(
    "There are no labs here. Put a folder that holds labs into LABGATE_LABS and start Labgate again:\n\n"
    "  export LABGATE_LABS=~/my-labs\n\nEach lab is a folder in it with a lab.yaml."
)
