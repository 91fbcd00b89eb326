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
    FinishedScreen { align: center top; }
    FinishedScreen #page { width: 100; max-width: 100%; padding: 1 2; }
    FinishedScreen #score { border: round $success; padding: 0 2; height: auto; margin-bottom: 1; }
    FinishedScreen #learnt, FinishedScreen #next { height: auto; margin: 0 2 1 2; }
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
            yield Static(id="score")
            yield Static(id="learnt")
            yield Static(id="next")
        yield KeyBar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if parameters == ("clean-up",):
            return self._ending.cleanup
        return self._ending.bonus if parameters == ("bonus",) else True

    def action_choose(self, choice: str) -> None:
        self.dismiss(choice)

    def respeak(self) -> None:
        ending = self._ending
        self.query_one(Header).show(self.text(ending.title))
        score = [
            Content.styled("✓ " + self.say(phrase("Lab finished")), "bold $success"),
            Content.styled(self.text(ending.title), "bold"),
        ]
        score += [Content(self.say(each)) for each in (self._score(), self._help_used())]
        self.query_one("#score", Static).update(Content("\n").join(score))
        learnt = [Content.styled(self.say(phrase("What you keep from it")), "bold $primary")]
        learnt += [Content(f"• {self.text(each)}") for each in ending.learnt]
        self.query_one("#learnt", Static).update(Content("\n").join(learnt))
        now = [Content.styled(self.say(phrase("What now?")), "bold $primary")]
        if ending.bonus:
            now.append(self._offer("b", phrase("Go on with the bonus steps")))
        if ending.cleanup:
            now.append(self._offer("c", phrase("Take away what the lab brought into the cluster")))
        now += [
            self._offer("Esc", phrase("Stay in the lab and look around")),
            self._offer("⏎", phrase("Choose another lab")),
        ]
        self.query_one("#next", Static).update(Content("\n").join(now))

    def _offer(self, name: str, words: Phrase) -> Content:
        return Content.assemble((f"{name:<4}", "bold $accent"), self.say(words))

    def _score(self) -> Phrase:
        score = self._ending.score
        return phrase(
            "Steps: {passed} of {total} · points: {points} of {points_total} · time: {time}",
            passed=score.steps_passed,
            total=score.steps_total,
            points=score.points,
            points_total=score.points_total,
            time=duration(score.seconds),
        )

    def _help_used(self) -> Phrase:
        ending = self._ending
        return phrase(
            "Hints: {hints} · solutions: {solutions}", hints=ending.hints, solutions=ending.solutions
        )
