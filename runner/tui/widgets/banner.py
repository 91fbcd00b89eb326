"""A line across the screen for what the person should know now: the cluster is away, an earlier step broke."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widgets import Static


class Banner(Static):
    """Shows the most urgent of what it was told, until that is cleared. A click is an answer to it."""

    DEFAULT_CSS = """
    Banner { height: auto; max-height: 3; padding: 0 1; background: $warning; color: $background; display: none; }
    Banner.-error { background: $error; }
    Banner.-good { background: $success; }
    """

    class Pressed(Message):
        """The banner that shows `topic` was clicked."""

        def __init__(self, topic: str) -> None:
            super().__init__()
            self.topic = topic

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id)
        self._told: dict[str, tuple[int, str, str]] = {}

    @property
    def topic(self) -> str:
        """What is shown now; "" for nothing."""
        return min(self._told, key=lambda topic: self._told[topic][0], default="")

    def tell(self, topic: str, words: str, *, urgency: int, kind: str = "") -> None:
        """Show `words` about `topic`, above what has a higher `urgency` number. `kind`: "", "error" or "good"."""
        self._told[topic] = (urgency, words, kind)
        self._draw()

    def clear(self, topic: str) -> None:
        """What was told about `topic` is over."""
        if self._told.pop(topic, None):
            self._draw()

    def _draw(self) -> None:
        topic = self.topic
        self.display = bool(topic)
        if topic:
            _, words, kind = self._told[topic]
            self.set_class(kind == "error", "-error")
            self.set_class(kind == "good", "-good")
            self.update(Content(words))

    def on_click(self) -> None:
        if self.topic:
            self.post_message(self.Pressed(self.topic))
