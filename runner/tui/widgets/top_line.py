"""The top line: where the person is, and on which cluster."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static


class TopLine(Horizontal):
    """The name of the page at the left; at the right what must be seen all the time: the cluster, the progress."""

    DEFAULT_CSS = """
    TopLine { dock: top; height: 1; background: $panel; color: $foreground; }
    TopLine #brand { width: auto; padding: 0 1; background: $primary; color: $background; text-style: bold; }
    TopLine #title { width: 1fr; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    TopLine #aside { width: auto; max-width: 60%; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def compose(self) -> ComposeResult:
        yield Static("Labgate", id="brand")
        yield Static("", id="title")
        yield Static("", id="aside")

    def show(self, title: str, aside: str | Content = "") -> None:
        """`title` and `aside` are shown as they are: no markup."""
        self.query_one("#title", Static).update(Content(title))
        self.query_one("#aside", Static).update(aside if isinstance(aside, Content) else Content(aside))
