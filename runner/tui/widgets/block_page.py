"""A page of blocks: folds to the width it has, can be selected with the mouse, and says when something on it is clicked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from textual.content import Content
from textual.events import Click, TextSelected
from textual.geometry import Offset
from textual.message import Message
from textual.selection import Selection
from textual.widgets import Static

from runner.tui.widgets.anchors import META, Anchor, borne_by, lit, places
from runner.tui.widgets.rows import Block, Rows, joined


class Page(Static):
    DEFAULT_CSS = """
    Page { height: auto; width: 1fr; }
    """

    class Pressed(Message):
        """Something on the page that carries a meaning was clicked: `meta` is what its style bears, `anchor` where it is."""

        def __init__(self, page: Page, meta: dict[str, Any], where: tuple[int, int]) -> None:
            super().__init__()
            self.page, self.meta, self.where = page, meta, where
            self.anchor: Anchor | None = borne_by(meta)

        @property
        def control(self) -> Page:
            return self.page

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id, classes=classes, markup=False)
        self._rows = Rows(())
        self._at: Anchor | None = None
        self._offer: tuple[int, Content] | None = None  # on which line, what
        self._marks: Mapping[int, Sequence[tuple[int, int, bool]]] = {}

    def show(self, blocks: Iterable[Block]) -> None:
        """Put these in place of what was shown; nothing to show takes no room."""
        self._rows = Rows(blocks, self._decorate)
        self._at, self._offer, self._marks = None, None, {}
        self.display = bool(self._rows.blocks)
        self.update(self._rows)

    @property
    def page_lines(self) -> list[Content]:
        """What is shown, as it is folded now."""
        width = self.content_size.width
        return self._rows.lines(width) if width and self.display else []

    @property
    def anchors(self) -> dict[Anchor, tuple[int, int]]:
        """What can be pressed on the page, from top to bottom, and on which lines it is."""
        return places(self.page_lines)

    def light(self, at: Anchor | None, offer: Content | None = None) -> None:
        """Show where one is, and what can be done there: on the empty line below its block, so that nothing moves."""
        if at is None and self._at is None:
            return
        self._at, self._offer = at, None
        if at is not None and offer is not None:
            _, last = self.anchors.get(at, (0, 0))
            empty = (y for y, line in enumerate(self.page_lines) if y > last and not line.plain.strip())
            self._offer = (next(empty, last + 1), offer)
        self.refresh()

    def mark(self, marks: Mapping[int, Sequence[tuple[int, int, bool]]]) -> None:
        """Mark what was found: by line, from where to where, and whether it is the one that one is at."""
        if marks or self._marks:
            self._marks = marks
            self.refresh()

    def _decorate(self, y: int, line: Content) -> Content:
        if self._offer is not None and self._offer[0] == y and not line.plain.strip():
            return self._offer[1]
        for start, end, here in self._marks.get(y, ()):
            line = line.stylize("bold $background on $warning" if here else "on $warning 35%", start, end)
        return lit(line, self._at)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract(joined(self.page_lines)), "\n"

    def on_click(self, event: Click) -> None:
        if event.chain > 1:
            event.prevent_default()  # Textual would take the whole page
            self._take(event)
            return
        meta = {name: value for name, value in event.style.meta.items() if name in MEANT}
        if meta:
            event.stop()
            where = (int(event.screen_x), int(event.screen_y))
            self.post_message(self.Pressed(self, meta, where))

    def _take(self, event: Click) -> None:
        """Select the word, or by three clicks the line, that was clicked."""
        _, at = self.screen.get_widget_and_offset_at(int(event.screen_x), int(event.screen_y))
        lines = self.page_lines
        if at is None or at.y >= len(lines):
            return
        line = lines[at.y].plain
        words = _WORD.finditer(line) if event.chain == 2 else (re.match(r".*", line),)
        for word in words:
            if word is not None and word.start() <= at.x < word.end():
                taken = Selection(Offset(word.start(), at.y), Offset(word.end(), at.y))
                self.screen.selections = {self: taken}
                self.screen.post_message(TextSelected())


_WORD = re.compile(r"[\w./:@%~+=,?&#-]+")
"""As in the terminal: a path, an address, an image's name is one word."""

MEANT = (META, "choice", "act")
"""What a style may bear for a click to mean something."""
