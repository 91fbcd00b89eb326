"""The lab as a learner sees it, with what its author wants to know besides: errors, advice, hidden checks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType

from runner.authoring.preview.lab_snapshot import LAB, Reading
from runner.labs.model import Lab
from runner.session import events
from runner.session.preview_run import PreviewVisit, PreviewWalk
from runner.tui.key_labels import key
from runner.tui.screens import lab_rows
from runner.tui.screens.lab import LabScreen
from runner.tui.screens.lab_ending import show_ending
from runner.tui.widgets.problem_list import AdviceCard, Complaints
from runner.words import phrase

if TYPE_CHECKING:
    from runner.tui.preview_app import PreviewApp


class PreviewScreen(LabScreen):
    """Takes what was read of the files; where they have errors, the last good lab stays in use beneath them."""

    DEFAULT_CSS = """
    PreviewScreen.-narrow #complaints { max-height: 8; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [key("escape,q", "leave", phrase("End"))]

    app: PreviewApp
    visit: PreviewVisit
    walk: PreviewWalk

    def __init__(self, visit: PreviewVisit, walk: PreviewWalk, reading: Reading) -> None:
        super().__init__(visit, walk)
        self._reading, self._advice = reading, reading.advice
        self._at = datetime.now().astimezone()

    def on_mount(self) -> None:
        self.mount(Complaints(id="complaints"), after="#tabs")
        self.query_one("#text").mount(AdviceCard(id="advice"))

    @property
    def place(self) -> str:
        """When the lab that is shown was read, and the cluster."""
        words = self.say(phrase("preview {time}", time=f"{self._at:%H:%M:%S}"))
        return words if self.has_class("-narrow") else f"{words} · {super().place}"

    # what was read

    async def take(self, reading: Reading) -> None:
        """The files were saved."""
        self._reading = reading
        if reading.lab is not None:
            self._at, self._advice = datetime.now().astimezone(), reading.advice
            self._tell_of_the_cluster(self.walk.lab, reading.lab)
            ids = [step.id for step in self.walk.lab.steps]
            await self.walk.replace(reading.lab)
            self._keep_the_place(ids)
            self.explaining.lab_changed()
            self._drawn = ""
        self.redraw_soon()

    def _keep_the_place(self, ids: list[str]) -> None:
        """The same step; where it has another name, or is gone, the one in its place."""
        now = [step.id for step in self.walk.lab.steps]
        if self.step_id not in now:
            at = min(ids.index(self.step_id), len(now) - 1)
            self.set_reactive(LabScreen.step_id, now[at])
            self.walk.go_to(now[at])

    def _tell_of_the_cluster(self, before: Lab, now: Lab) -> None:
        if before.practice != now.practice and self.walk.target.practice:
            words = phrase(
                "The practice cluster is still as the lab had it before. Press : and choose “{reset}”.",
                reset=phrase("Reset the practice cluster"),
            )
            self.app.tell(words, severity="warning")

    # drawing

    def _redraw(self) -> None:
        super()._redraw()
        if not self.is_mounted:
            return
        count = len(self._reading.problems)
        heading = phrase("Errors: {count}. Shown is the lab as it was before.", count=count)
        self.query_one(Complaints).show(self._reading.problems, heading)
        first = self.step_id == self.walk.lab.steps[0].id
        of_all = self._advice.get(LAB, ()) if first else ()
        self.query_one(AdviceCard).give([*of_all, *self._advice.get(self.step_id, ())])

    # what happens

    def _take(self, event: events.Event) -> None:
        if isinstance(event, events.LabFinished):
            self.redraw_soon()  # the page about the end would come again after each save
            return
        super()._take(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """From any step to the next."""
        if action == "next_step":
            return self.step_id != lab_rows.last(self.walk)
        return super().check_action(action, parameters)

    def commands(self) -> Iterable[SystemCommand]:
        yield SystemCommand(
            self.say(phrase("The page at the end")),
            self.say(phrase("As a learner sees it who has done everything")),
            lambda: show_ending(self),
        )
        yield from super().commands()
