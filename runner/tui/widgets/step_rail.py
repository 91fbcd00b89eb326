"""The lab's steps in one line: `✓✓✓●··········  3/15 Download Istio`."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click, MouseMove, Resize
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.step_list import MARKS, STATES, STYLES, StepRow
from runner.words import phrase


class StepRail(Spoken, Static):
    """A click on a mark goes to that step; one beside them opens the list."""

    DEFAULT_CSS = """
    StepRail { height: 1; width: 1fr; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    class Chosen(Message):
        """A step's mark was clicked; "" beside the marks."""

        def __init__(self, step_id: str) -> None:
            super().__init__()
            self.step_id = step_id

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id, markup=False)
        self._rows: Sequence[StepRow] = ()
        self._here = ""

    def show(self, rows: Sequence[StepRow], here: str) -> None:
        """`here`: the id of the step that is being read."""
        if (rows, here) != (self._rows, self._here):
            self._rows, self._here = rows, here
            self.respeak()

    def on_resize(self, event: Resize) -> None:
        self.respeak()

    def respeak(self) -> None:
        self.update(self._line())

    def _line(self) -> Content:
        here = next((row for row in self._rows if row.id == self._here), None)
        if here is None:
            return Content("")
        marks = Content("").join(self._mark(at, row) for at, row in enumerate(self._rows))
        count = Content.styled(f"  {here.number}/{len(self._rows)} ", "bold")
        return marks + count + Content(safe(self.text(here.title)))

    def _mark(self, at: int, row: StepRow) -> Content:
        """The step that is read stands out by its ground, whatever its state."""
        mark = "●" if row.id == self._here and MARKS[row.state] in "·○" else MARKS[row.state]
        style = f"{STYLES[row.state]} on $primary 30%" if row.id == self._here else STYLES[row.state]
        return Content.styled(mark, style).stylize(Style.from_meta({"step": at}))

    def on_click(self, event: Click) -> None:
        event.stop()
        at = event.style.meta.get("step")
        self.post_message(self.Chosen(self._rows[at].id if at is not None else ""))

    def on_mouse_move(self, event: MouseMove) -> None:
        at = event.style.meta.get("step")
        if at is None or at >= len(self._rows):
            self.tooltip = self.translate(phrase("All steps"))
            return
        row = self._rows[at]
        words = f"{row.number} {safe(self.text(row.title))}\n{self.translate(STATES[row.state])}"
        self.tooltip = Content(words)
