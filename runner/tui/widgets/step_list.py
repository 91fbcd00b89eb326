"""The lab's steps, and where each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.events import MouseMove
from textual.message import Message

from checks.base import Text
from runner.session.step_states import StepState
from runner.tui.screen_text import safe
from runner.tui.widgets.listing import Item, Listing
from runner.tui.widgets.rows import OneLine
from runner.words import Phrase, phrase

MARKS = {
    StepState.LOCKED: "·",
    StepState.OPEN: "○",
    StepState.RUNNING: "▸",
    StepState.WAITING: "…",
    StepState.PASSED: "✓",
    StepState.BROKEN: "✗",
}
STYLES = {
    StepState.LOCKED: "$foreground 50%",
    StepState.OPEN: "$accent",
    StepState.RUNNING: "bold $accent",
    StepState.WAITING: "$warning",
    StepState.PASSED: "$success",
    StepState.BROKEN: "bold $error",
}
STATES = {
    StepState.LOCKED: phrase("locked: a step before it comes first"),
    StepState.OPEN: phrase("to be done"),
    StepState.RUNNING: phrase("a command runs"),
    StepState.WAITING: phrase("waiting for the cluster"),
    StepState.PASSED: phrase("done"),
    StepState.BROKEN: phrase("was done, and fails now"),
}


@dataclass(frozen=True, slots=True)
class StepRow:
    id: str
    number: int
    title: Text
    state: StepState
    optional: bool


class StepList(Listing):
    """Choose a step to read it. Steps that are locked can be read, too."""

    DEFAULT_CSS = """
    StepList > .option-list--option-highlighted { background: $primary 15%; }
    """
    PART: ClassVar[Phrase] = phrase("In the list of steps")

    class Chosen(Message):
        """A step was chosen to be read."""

        def __init__(self, step_id: str) -> None:
            super().__init__()
            self.step_id = step_id

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: Sequence[StepRow] = ()
        self._here = ""

    def show(self, rows: Sequence[StepRow], here: str) -> None:
        """`here` is the id of the step that is being read."""
        moved, self._here = here != self._here, here
        self._rows = rows
        self.respeak()
        if moved:
            self.go_to(here)

    def respeak(self) -> None:
        self.put([Item(row.id, (self._line(row),)) for row in self._rows])

    def on_blur(self) -> None:
        self.go_to(self._here)

    def _line(self, row: StepRow) -> OneLine:
        style, title = STYLES[row.state], Content(safe(self.text(row.title)))
        if row.state is StepState.LOCKED:
            title = title.stylize("$foreground 60%")
        if row.id == self._here:
            title = title.stylize("bold")
        at = "▌" if row.id == self._here else " "
        first = Content.assemble(
            (at, "$primary"), (MARKS[row.state], style), (f" {row.number:>2} ", "$foreground 60%")
        )
        return OneLine(title, first, Content.styled(self._bonus(row), "$secondary"))

    def _bonus(self, row: StepRow) -> str:
        """That a step is a bonus, where its title does not say so."""
        bonus = self.translate(phrase("bonus"))
        return bonus if row.optional and bonus not in self.text(row.title).lower() else ""

    def act(self, name: str, item_id: str) -> None:
        self.post_message(self.Chosen(item_id))

    def on_mouse_move(self, event: MouseMove) -> None:
        at = event.style.meta.get("option")
        self.tooltip = self._tooltip_of(self._rows[at]) if at is not None and at < len(self._rows) else None

    def _tooltip_of(self, row: StepRow) -> Content:
        """The whole title, and the state in words."""
        words = [safe(self.text(row.title)), self.translate(STATES[row.state])]
        if row.optional:
            words.append(self.translate(phrase("bonus: the lab does not wait for it")))
        return Content("\n".join(words))
