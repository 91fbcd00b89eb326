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
from textual.widgets import Input, OptionList, Static
from textual.worker import get_current_worker

from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.lab_list import LabList
from runner.tui.widgets.lab_search_list import LabSearch
from runner.tui.widgets.listing import Item
from runner.tui.widgets.rows import Row
from runner.tui.widgets.top_line import TopLine
from runner.words import phrase

if TYPE_CHECKING:
    from runner.session.course_progress import Group
    from runner.session.lab_catalogue import Listed


class CatalogueScreen(Spoken, Once, Screen[None]):
    """Nothing of the labs is imported or read before the first frame is on the screen."""

    CSS_PATH = Path(__file__).with_name("catalogue.tcss")
    AUTO_FOCUS = "#labs"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("slash", "search", phrase("Search")),
        key("p", "places", phrase("Cluster, values")),
        key("r", "reload", phrase("Read again"), show=False),
        key("left_square_bracket,shift+up", "scroll_details(-3)", phrase("Details up"), show=False),
        key("right_square_bracket,shift+down", "scroll_details(3)", phrase("Details down"), show=False),
        key("q", "app.quit", phrase("Quit")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._labs: list[tuple[Group, Listed]] | None = None  # None: being read

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield Static(id="welcome")
        with Horizontal(id="page"):
            with Vertical(id="left"):
                with Vertical(id="shelf", classes="framed"):
                    yield LabSearch(id="search", compact=True, max_length=80)
                    yield LabList(id="labs")
                    yield Static(id="none")
                yield Static(id="progress", classes="framed")
            with Vertical(id="about", classes="framed"):
                with VerticalScroll(id="details", can_focus=False):
                    yield Page(id="facts")
                yield Static(id="next")
        yield KeyBar()

    def on_mount(self) -> None:
        self.call_after_refresh(self.action_reload)

    def action_reload(self) -> None:
        """Read the labs, and what is on record of them, anew."""
        self._read()

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        from runner.session.course_progress import grouped
        from runner.session.lab_catalogue import listed

        found, worker = grouped(listed()), get_current_worker()
        if not worker.is_cancelled:
            self.app.call_from_thread(self._show, found)

    def _show(self, found: list[tuple[Group, Listed]]) -> None:
        first = self._labs is None
        self._labs = found
        self.respeak()
        if first:
            self._to_first()

    # words

    def respeak(self) -> None:
        labs = [each for _, each in self._labs or ()]
        self.query_one("#shelf").border_title = Content(self.translate(phrase("Labs")))
        self.query_one(LabSearch).placeholder = self.translate(phrase("/ search"))
        self._report_progress(labs)
        welcome = self.query_one("#welcome", Static)
        welcome.display = bool(labs) and not any(each.attempts for each in labs)
        welcome.update(Content(self.translate(_WELCOME)))
        self._fill()

    def _report_progress(self, labs: list[Listed]) -> None:
        """How far one is with all labs: in a pane of its own where there is room, else in the top line."""
        pane, line = self.query_one("#progress", Static), self.query_one(TopLine)
        pane.display = bool(labs) and self.size.height >= _ROOMY
        line.show("")
        if not labs:
            return
        from runner.session.course_progress import progress_of
        from runner.tui.screens.lab_facts import of_all, time_of_all

        course = progress_of(labs)
        if pane.display:
            pane.border_title = Content(self.translate(phrase("Your progress")))
            bar = of_all(course, self, cells=max(8, self.size.width // 5))
            pane.update(Content("\n").join([bar, Content(time_of_all(course, self))]))
        else:
            line.show("", of_all(course, self))

    def on_resize(self) -> None:
        self.set_class(self.size.width < _BESIDE, "-stacked")
        self.set_class(self.size.height < _ROOMY, "-short")
        self._report_progress([each for _, each in self._labs or ()])

    def _fill(self) -> None:
        """The labs that are looked for, each group below its heading."""
        found = self._found()
        self.query_one(LabList).put(list(self._items(found)))
        self.query_one(LabList).display = bool(found)
        self.query_one(LabSearch).display = bool(self._labs)
        none = self.query_one("#none", Static)
        none.display = not found and self._labs != []
        none.update(Content(self.translate(_READING if self._labs is None else _NO_MATCH)))
        self._report()

    def _items(self, found: list[tuple[Group, Listed]]) -> list[Item]:
        if not found:
            return []
        from runner.tui.screens.lab_facts import Section, heading, row, section

        items: list[Item] = []
        last: Section | None = None
        labs = [listed for _, listed in self._labs or ()]
        headed = len({section(listed, group) for group, listed in self._labs or ()}) > 1
        for group, listed in found:
            part = section(listed, group)
            if headed and part != last:
                above = heading(part, labs, self, first=not items)
                items.append(Item(f"group {part}", above, choosable=False))
            last = part
            items.append(Item(listed.id, row(listed, group, self)))
        return items

    def _found(self) -> list[tuple[Group, Listed]]:
        looked_for = self.query_one(LabSearch).value
        if not self._labs or not looked_for.strip():
            return self._labs or []
        from runner.session.course_progress import matches

        return [(group, each) for group, each in self._labs if matches(each, looked_for)]

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.query_one("#details").scroll_home(animate=False)
        self._report()

    def _report(self) -> None:
        """What is known of the lab at hand, and what to press."""
        at, about, follows = self._at(), self.query_one("#about"), self.query_one("#next", Static)
        follows.display = at is not None and at[1].lab is not None
        if at is None:
            about.border_title = ""
            empty = self._labs is not None and not self._labs
            self.query_one("#facts", Page).show([Row(Content(self.translate(_NONE)))] if empty else ())
            return
        from runner.session.course_progress import waits_for
        from runner.tui.screens.lab_facts import details

        group, listed = at
        title = self.text(listed.lab.title) if listed.lab else listed.id
        about.border_title = Content(safe(title))
        waits = waits_for(listed, [each for _, each in self._labs or ()])
        self.query_one("#facts", Page).show(details(listed, group, self, waits))
        follows.update(self._what_enter_does(listed))

    def _what_enter_does(self, listed: Listed) -> Content:
        from runner.tui.screens.lab_facts import at_step, go_on

        step = at_step(listed)
        title = f": {safe(self.text(step.title))}" if step else ""
        return Content(f" ⏎ {self.translate(go_on(listed))}{title} ")

    def _at(self) -> tuple[Group, Listed] | None:
        chosen = self.query_one(LabList).chosen
        return next(((group, each) for group, each in self._found() if each.id == chosen), None)

    # searching

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the search a slash is a letter."""
        return action != "search" or not isinstance(self.focused, LabSearch)

    def action_search(self) -> None:
        self.query_one(LabSearch).focus()

    def action_end_search(self) -> None:
        """Show all labs again; who was at one stays at it."""
        self.query_one(LabSearch).value = ""
        self.query_one(LabList).focus()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.input.set_class(bool(event.value), "-used")
        self._fill()
        if self._at() is None:
            self._to_first()

    def _to_first(self) -> None:
        found = self._found()
        if found:
            self.query_one(LabList).go_to(found[0][1].id)

    def action_move(self, by: int) -> None:
        """Move in the list while the search has the focus."""
        labs = self.query_one(LabList)
        labs.action_cursor_down() if by > 0 else labs.action_cursor_up()

    # opening

    @on(LabList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Into the lab at hand, by way of the page of places only where there is something to choose."""
        self._enter(choose=False)

    def action_places(self) -> None:
        """Choose the cluster, and the lab's values."""
        self._enter(choose=True)

    def _enter(self, *, choose: bool) -> None:
        at = self._at()
        if at is None:
            return
        lab = at[1].lab
        if lab is None:  # its problems are shown already
            self.app.show_message(phrase("This lab has errors. They are shown beside it."), severity="error")
            return
        self.app.open_lab(lab, choose=choose)

    def action_scroll_details(self, lines: int) -> None:
        self.query_one("#details").scroll_relative(y=lines, animate=False)

    def on_click(self, event: object) -> None:
        if getattr(event, "widget", None) is self.query_one("#next"):
            self.action_open()


_BESIDE = 64
"""Columns from which on the list and what is said of a lab have room side by side; below, one is under the other."""
_ROOMY = 30
"""Lines from which on there is room for the progress as a pane."""
_WELCOME = phrase(
    "Welcome. Choose a lab with ↑ ↓ and press Enter. No cluster of yours is touched before you have chosen it."
)
_READING = phrase("Reading the labs…")
_NO_MATCH = phrase("No lab matches. Esc shows all of them.")
_NONE = phrase(
    "There are no labs here. Put a folder that holds labs into LABGATE_LABS and start Labgate again:\n\n"
    "  export LABGATE_LABS=~/my-labs\n\nEach lab is a folder in it with a lab.yaml."
)
