"""A part of the screen in a frame, with its name in it; the one that has the keys is bright."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content


class Pane(Vertical):
    DEFAULT_CSS = """
    Pane {
        border: round $primary 35%;
        border-title-color: $foreground 70%;
        border-subtitle-color: $foreground 60%;
        border-title-style: none;
    }
    Pane:focus-within {
        border: round $accent;
        border-title-color: $accent;
        border-title-style: bold;
    }
    """

    def entitle(self, title: str, aside: str = "") -> None:
        """The words in the frame: the pane's name above, what else there is to say below."""
        self.border_title = Content(title)
        self.border_subtitle = Content(aside)
