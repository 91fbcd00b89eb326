"""Where to run the lab: its practice cluster, or one of the person's own clusters, each asked for its version."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static

from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.labs.model import Lab
from runner.session.lab_catalogue import Attempt, attempts
from runner.session.lab_places import Place, Reach, Survey, probe, survey
from runner.tui.key_labels import key
from runner.tui.screens.confirm import ConfirmScreen
from runner.tui.screens.once import Once
from runner.tui.screens.place_rows import has_room, row
from runner.tui.spoken import Spoken
from runner.tui.widgets.choices import Choices
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.top_line import TopLine
from runner.words import Phrase, phrase


class PlacesScreen(Spoken, Once, Screen[None]):
    """Leads to the requirements, with a Visit. Nothing is started and nothing is changed here."""

    CSS_PATH = Path(__file__).with_name("places.tcss")
    AUTO_FOCUS = "#places"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", phrase("Run it here")),
        key("r", "reload", phrase("Look again")),
        key("v", "values", phrase("Values")),
        key("escape,q", "back", phrase("Back")),
    ]

    def __init__(self, lab: Lab, *, fresh: bool = False) -> None:
        super().__init__()
        self.lab, self._fresh = lab, fresh
        self._survey = Survey()
        self._reached: dict[Place, Reach] = {}
        self._attempts: dict[str, Attempt] = {}
        self._looked = self._chosen_values = False

    def compose(self) -> ComposeResult:
        yield TopLine()
        with Vertical(id="where", classes="framed"):
            yield Choices(id="places")
        with VerticalScroll(id="beside", can_focus=False):
            yield Static(id="why")
            yield Static(id="problems")
            yield Static(id="values")
        yield KeyBar()

    def on_mount(self) -> None:
        self.action_reload()

    def action_reload(self) -> None:
        """Look for the clusters, and ask them, anew."""
        self._reached.clear()
        self._look()

    @work(exclusive=True)
    async def _look(self) -> None:
        self._survey = await asyncio.to_thread(survey, self.lab)
        self._attempts = {each.target: each for each in await asyncio.to_thread(attempts, self.lab.id)}
        self.respeak()
        self._to_latest()
        await asyncio.gather(*(self._ask(place) for place in self._survey.places))

    def _to_latest(self) -> None:
        """Start at the place where the lab was worked on last; of a lab that was not begun, where any was."""
        latest = max(self._attempts.values(), key=lambda each: each.at, default=None)
        wanted = latest.target if latest else self.app.settings.place
        for at, place in enumerate(self._survey.places if not self._looked else ()):
            if place.name == wanted or (place.practice and wanted == PRACTICE):
                self.query_one(Choices).highlighted = at
        self._looked = True

    async def _ask(self, place: Place) -> None:
        self._reached[place] = await probe(place)
        self.respeak()

    def respeak(self) -> None:
        self.query_one(TopLine).show(self.text(self.lab.title))
        self.query_one("#where").border_title = Content(self.translate(_QUESTION))
        choices = self.query_one(Choices)
        width = self._room
        choices.show(
            [
                row(place, self._reached.get(place), self._attempts.get(place.name), self.lab, self, width)
                for place in self._survey.places
            ]
        )
        self._report_why()
        problems = self.query_one("#problems", Static)
        problems.display = bool(self._survey.problems)
        problems.update(Content("\n".join(f"! {self.translate(each)}" for each in self._survey.problems)))
        values = self.query_one("#values", Static)
        values.display = bool(self.lab.values)
        values.update(self._values())

    @property
    def _room(self) -> int:
        """Cells that a row has."""
        return max(self.query_one(Choices).content_size.width - 3, 20)

    @on(OptionList.OptionHighlighted)
    def _report_why(self) -> None:
        """The whole reason why the place at hand can't be used, where its row has no room for it."""
        place = self._at()
        reach = self._reached.get(place) if place else None
        why = self.query_one("#why", Static)
        why.display = reach is not None and not has_room(reach, self, self._room)
        if reach and reach.problem:
            why.update(Content(f"✗ {self.translate(reach.problem)}"))

    def _at(self) -> Place | None:
        at = self.query_one(Choices).highlighted
        return self._survey.places[at] if at is not None and at < len(self._survey.places) else None

    def on_resize(self) -> None:
        self.respeak()

    def _values(self) -> Content:
        shown = [
            Content.assemble((name, "$foreground 65%"), f" {value}")
            for name, value in self.lab.values.items()
        ]
        key_hint = Content.assemble(
            ("v ", "bold $accent"), self.translate(phrase("changes the lab's values:")), "  "
        )
        return key_hint + Content("  ·  ").join(shown)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Values can be chosen only where the lab has some."""
        return bool(self.lab.variables) if action == "values" else True

    # choosing

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Go on with the cluster at hand; one of the person's own is named and asked for once more."""
        place = self._at()
        if place is None:
            return
        reach = self._reached.get(place)
        if reach and reach.problem:
            self.app.show_message(
                phrase("This cluster can't be used now. Press r to try again."), severity="warning"
            )
            return
        if place.practice:
            self._go(place)
            return
        question = phrase("Run the lab on the cluster {context}?", context=place.context)
        self.app.push_screen(
            ConfirmScreen(
                question,
                _changes(place),
                yes=phrase("Yes, on {context}", context=place.context),
                careful=True,
            ),
            lambda yes: self._go(place) if yes else None,
        )

    def _go(self, place: Place) -> None:
        self.app.remember(place=PRACTICE if place.practice else place.name)
        self.app.open_lab(self.lab, place, fresh=self._fresh, chosen=self._chosen_values)

    def action_back(self) -> None:
        self.dismiss()

    # values

    def action_values(self) -> None:
        """Let the person choose the lab's variables; the lab is read again with them."""
        from runner.tui.screens.values import ValuesScreen

        self.app.push_screen(ValuesScreen(self.lab), lambda chosen: self._reread(chosen) if chosen else None)

    @work(exclusive=True, group="values")
    async def _reread(self, chosen: dict[str, str]) -> None:
        try:
            self.lab = await asyncio.to_thread(load, self.lab.folder, chosen)
            self._chosen_values = True
        except LabErrors as error:
            for problem in error.problems:
                self.app.show_message(problem.message, severity="error")
        self.respeak()


PRACTICE = "practice/"
"""What the settings call the practice cluster of any lab."""
_QUESTION = phrase("Where do you want to run this lab?")


def _changes(place: Place) -> Phrase:
    return phrase(
        "Its server: {server}\n\nThe lab's commands will create, change and delete things on this cluster. "
        "They can reach this cluster only: no other context of your kubeconfig.",
        server=place.server,
    )
