"""The lab as a learner sees it, with what its author wants to know besides: errors, advice, hidden checks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType

from runner.authoring.preview.lab_snapshot import LAB, Reading
from runner.labs.model import Lab
from runner.session.learner_run import LearnerRun
from runner.session.visit import Visit
from runner.tui.key_labels import key
from runner.tui.screens.lab import LabScreen
from runner.tui.screens.lab_ending import show_ending
from runner.tui.widgets.problem_list import AdviceCard, Complaints
from runner.words import phrase


class PreviewScreen(LabScreen):
    """Takes what was read of the files; where they have errors, the last good lab stays in use beneath them."""

    DEFAULT_CSS = """
    PreviewScreen.-narrow #complaints { max-height: 8; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [key("q", "leave", phrase("End"))]

    def __init__(self, visit: Visit, run: LearnerRun, reading: Reading) -> None:
        super().__init__(visit, run)
        self._reading, self._advice = reading, reading.advice
        self._at = datetime.now().astimezone()

    def on_mount(self) -> None:
        self.mount(Complaints(id="complaints"), after="#way")
        self.query_one("#text").mount(AdviceCard(id="advice"))

    @property
    def place(self) -> str:
        """When the lab that is shown was read, and the cluster."""
        words = self.translate(phrase("preview {time}", time=f"{self._at:%H:%M:%S}"))
        return words if self.narrow else f"{words} · {super().place}"

    async def read_anew(self, reading: Reading) -> None:
        """The files were saved."""
        self._reading = reading
        if reading.lab is not None:
            self._at, self._advice = datetime.now().astimezone(), reading.advice
            before = self.run.lab
            self._warn_of_the_cluster(before, reading.lab)
            await self.run.replace_lab(reading.lab)
            self._keep_the_step(before, reading.lab)
        self.redraw_soon()

    def _keep_the_step(self, before: Lab, now: Lab) -> None:
        """The same step; where it has another name, or is gone, the one in its place."""
        were, are = [step.id for step in before.steps], [step.id for step in now.steps]
        if self.step_id not in are:
            here = are[min(were.index(self.step_id), len(are) - 1)]
            self.set_reactive(LabScreen.step_id, here)
            self.run.go_to(here)

    def _warn_of_the_cluster(self, before: Lab, now: Lab) -> None:
        if before.practice != now.practice and self.run.target.practice:
            words = phrase(
                "The practice cluster is still as the earlier version of the lab made it. Press : and choose “{reset}”.",
                reset=phrase("Reset the practice cluster"),
            )
            self.app.show_message(words, severity="warning")

    def redraw(self) -> None:
        super().redraw()
        if not self.is_mounted:
            return
        count = len(self._reading.problems)
        heading = phrase("Errors: {count}. The lab is shown as it was before.", count=count)
        self.query_one(Complaints).show(self._reading.problems, heading)
        first = self.step_id == self.run.lab.steps[0].id
        of_all = self._advice.get(LAB, ()) if first else ()
        self.query_one(AdviceCard).give([*of_all, *self._advice.get(self.step_id, ())])

    def commands(self) -> Iterable[SystemCommand]:
        yield SystemCommand(
            self.translate(phrase("The page at the end")),
            self.translate(phrase("As a learner sees it who has done everything")),
            lambda: show_ending(self),
        )
        yield from super().commands()
