"""The lab's steps, and where each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from checks.base import Text
from runner.session.steps import StepState
from runner.tui.spoken import Spoken
from runner.words import phrase

MARKS = {
    StepState.LOCKED: "·",
    StepState.OPEN: "○",
    StepState.RUNNING: "▸",
    StepState.WAITING: "…",
    StepState.PASSED: "✓",
    StepState.BROKEN: "✗",
}
_STYLES = {
    StepState.LOCKED: "dim",
    StepState.RUNNING: "$accent",
    StepState.WAITING: "$warning",
    StepState.PASSED: "$success",
    StepState.BROKEN: "$error",
}


@dataclass(frozen=True, slots=True)
class StepRow:
    id: str
    number: int
    title: Text
    state: StepState
    optional: bool


class StepList(Spoken, OptionList):
    """Choose a step to read it. Steps that are locked can be read, too."""

    DEFAULT_CSS = """
    StepList { border: none; background: transparent; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    class Chosen(Message):
        """A step was chosen to be read."""

        def __init__(self, step_id: str) -> None:
            super().__init__()
            self.step_id = step_id

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: Sequence[StepRow] = ()
        self._here = ""
        self._drawn: object = None

    def show(self, rows: Sequence[StepRow], here: str) -> None:
        """`here` is the id of the step that is being read."""
        self._rows, self._here = rows, here
        self.respeak()

    def respeak(self) -> None:
        drawn = (tuple(self._rows), self._here, self.language)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        at = next((index for index, row in enumerate(self._rows) if row.id == self._here), None)
        self.set_options([Option(self._line(row), id=row.id) for row in self._rows])
        self.highlighted = at

    def _line(self, row: StepRow) -> Content:
        title = self.text(row.title)
        if row.optional:
            title = f"{title} ({self.say(phrase('bonus'))})" if ":" not in title else title
        style = _STYLES.get(row.state, "")
        line = Content.assemble((MARKS[row.state], style), f" {row.number:>2} ", title)
        if row.state is StepState.LOCKED:
            return line.stylize("dim")
        return line.stylize("bold") if row.id == self._here else line

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id:
            self.post_message(self.Chosen(event.option.id))
