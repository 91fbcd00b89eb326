"""The line above the keys: what to do now, or what has just happened, and the keys for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.style import Style

from runner.tui.key_labels import shown
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.rows import OneLine
from runner.words import Phrase

Kind = Literal["next", "quiet", "teach", "busy", "good", "warning", "error"]
_MARKS: dict[Kind, tuple[str, str]] = {
    "next": ("▸ ", "bold $accent"),
    "quiet": ("  ", ""),
    "teach": ("✎ ", "bold $warning"),
    "busy": ("  ", ""),
    "good": ("✓ ", "bold"),
    "warning": ("! ", "bold"),
    "error": ("✗ ", "bold"),
}


@dataclass(frozen=True, slots=True)
class Coach:
    """What the line says. `topic` names what a click on it is about."""

    topic: str
    kind: Kind
    words: Phrase | str
    """A str is shown as it is: a command."""
    keys: tuple[tuple[str, Phrase], ...] = ()
    """The keys that answer it, by Textual's names, and what they do."""
    shorter: Phrase | None = None
    """What is said where `words` have no room: half a sentence teaches nothing."""


class CoachLine(Spoken, Page):
    """There is always one line, so that nothing moves when its words change. A click on a key presses it."""

    DEFAULT_CSS = """
    CoachLine { height: 1; padding: 0 1; background: $surface; }
    CoachLine.-busy { background: $accent; color: $background; }
    CoachLine.-good { background: $success; color: $background; }
    CoachLine.-warning { background: $warning; color: $background; }
    CoachLine.-error { background: $error; color: $background; }
    """

    class Clicked(Message):
        """The line about `topic` was clicked, beside its keys."""

        def __init__(self, topic: str) -> None:
            super().__init__()
            self.topic = topic

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._coach = Coach("", "quiet", "")

    def put(self, coach: Coach) -> None:
        """Put this in the line."""
        if coach != self._coach:
            self._coach = coach
            self.respeak()

    def respeak(self) -> None:
        coach = self._coach
        for kind in ("busy", "good", "warning", "error"):
            self.set_class(coach.kind == kind, f"-{kind}")
        words = self._words()
        shorter = Content(self.translate(coach.shorter) if coach.shorter else "")
        self.show([OneLine(words, Content.styled(*_MARKS[coach.kind]), self._keys(), shorter)])
        self.display = True
        self.tooltip = words if words.plain else None

    def _words(self) -> Content:
        words = self._coach.words
        line = words if isinstance(words, str) else self.translate(words)
        return Content.styled(" ".join(line.split()), "bold" if self._coach.kind == "next" else "")

    def _keys(self) -> Content:
        style = "bold $accent" if self._coach.kind in ("next", "quiet", "teach") else "bold"
        return Content("   ").join(
            Content.assemble((shown(name), style), " ", self.translate(does)).stylize(
                Style.from_meta({"act": name})
            )
            for name, does in self._coach.keys
        )

    def on_click(self, event: Click) -> None:
        event.stop()
        name = event.style.meta.get("act")
        if name:
            self.app.simulate_key(name)
        else:
            self.post_message(self.Clicked(self._coach.topic))
