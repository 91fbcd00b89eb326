"""A page of blocks: folds to the width it has, can be selected with the mouse, and posts a message when a link is clicked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.events import Click
from textual.message import Message
from textual.selection import Selection
from textual.widgets import Static

from runner.tui.widgets.rows import Block, Rows, joined


class Page(Static):
    DEFAULT_CSS = """
    Page { height: auto; width: 1fr; }
    """

    class Pressed(Message):
        """Something on the page that carries a meaning was clicked: `meta` is what its style bears."""

        def __init__(self, page: Page, meta: dict[str, Any]) -> None:
            super().__init__()
            self.page, self.meta = page, meta

        @property
        def control(self) -> Page:
            return self.page

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id, classes=classes, markup=False)
        self._rows = Rows(())

    def show(self, blocks: Iterable[Block]) -> None:
        """Put these in place of what was shown; nothing to show takes no room."""
        self._rows = Rows(blocks)
        self.display = bool(self._rows.blocks)
        self.update(self._rows)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract(joined(self._rows.lines(self.content_size.width))), "\n"

    def on_click(self, event: Click) -> None:
        meta = {name: value for name, value in event.style.meta.items() if name in MEANT}
        if meta:
            event.stop()
            self.post_message(self.Pressed(self, meta))


MEANT = ("link", "choice", "act")
"""What a style may bear for a click to mean something."""
