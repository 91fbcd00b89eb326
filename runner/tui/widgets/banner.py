"""A line across the screen for what the person should know now: the cluster is away, an earlier step broke."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widgets import Static


class Banner(Static):
    """There only while it has something to say; of what has no room in its line the end is cut. A click is an answer to it."""

    DEFAULT_CSS = """
    Banner { height: 1; padding: 0 1; background: $warning; color: $background; display: none;
             text-wrap: nowrap; text-overflow: ellipsis; }
    Banner.-error { background: $error; }
    Banner.-good { background: $success; }
    """

    class Pressed(Message):
        """The banner about `topic` was clicked."""

        def __init__(self, topic: str) -> None:
            super().__init__()
            self.topic = topic

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id)
        self._topic = ""

    def show(self, topic: str, words: str, kind: str = "") -> None:
        """Say `words` about `topic`; `kind` is "", "error" or "good". Without a topic it goes away."""
        self._topic = topic
        self.display = bool(topic)
        self.set_class(kind == "error", "-error")
        self.set_class(kind == "good", "-good")
        self.update(Content(words))
        self.tooltip = Content(words) if words else None

    def on_click(self) -> None:
        self.post_message(self.Pressed(self._topic))
