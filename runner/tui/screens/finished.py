"""The end of a lab: what was done, what was learnt, and what now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from checks.base import Text
from runner.session.events import LabFinished
from runner.session.said import duration
from runner.tui.keys import key
from runner.tui.spoken import Spoken
from runner.tui.widgets.header import Header
from runner.tui.widgets.key_bar import KeyBar
from runner.words import Phrase, phrase


@dataclass(frozen=True, slots=True)
class Ending:
    title: Text
    score: LabFinished
    learnt: Sequence[Text]
    hints: int
    solutions: int
    cleanup: bool
    bonus: bool


class FinishedScreen(Spoken, Screen[str]):
    """Dismissed with "leave", "clean-up", "bonus" or "stay"."""

    DEFAULT_CSS = """
    FinishedScreen #page { padding: 1 4; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        key("c", "choose('clean-up')", phrase("Clean up")),
        key("b", "choose('bonus')", phrase("Bonus steps")),
        key("escape,s", "choose('stay')", phrase("Back to the lab")),
        key("enter,q", "choose('leave')", phrase("Labs")),
    ]

    def __init__(self, ending: Ending) -> None:
        super().__init__()
        self._ending = ending

    def compose(self) -> ComposeResult:
        yield Header()
        with VerticalScroll(id="page"):
            yield Static(id="words")
        yield KeyBar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if parameters == ("clean-up",):
            return self._ending.cleanup
        return self._ending.bonus if parameters == ("bonus",) else True

    def action_choose(self, choice: str) -> None:
        self.dismiss(choice)

    def respeak(self) -> None:
        ending, score = self._ending, self._ending.score
        self.query_one(Header).show(self.text(ending.title))
        lines = [
            Content.styled("✓ " + self.say(phrase("Lab finished")), "bold $success"),
            Content.styled(self.text(ending.title), "bold"),
            Content(""),
            Content(
                self.say(
                    phrase(
                        "Steps: {passed} of {total} · points: {points} of {points_total} · time: {time}",
                        passed=score.steps_passed,
                        total=score.steps_total,
                        points=score.points,
                        points_total=score.points_total,
                        time=duration(score.seconds),
                    )
                )
            ),
            Content(
                self.say(
                    phrase(
                        "Hints: {hints} · solutions: {solutions}",
                        hints=ending.hints,
                        solutions=ending.solutions,
                    )
                )
            ),
            Content(""),
            Content.styled(self.say(phrase("What you keep from it")), "bold $primary"),
        ]
        lines += [Content(f"• {self.text(each)}") for each in ending.learnt]
        self.query_one("#words", Static).update(Content("\n").join(lines))

    def _help_used(self) -> Phrase:
        ending = self._ending
        return phrase(
            "Hints: {hints} · solutions: {solutions}", hints=ending.hints, solutions=ending.solutions
        )
