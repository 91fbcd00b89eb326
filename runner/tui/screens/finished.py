"""The end of a lab: what was done, what was learnt, and what now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.style import Style

from checks.base import Text
from runner.session.events import LabFinished
from runner.session.session_texts import duration
from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.prose import inline
from runner.tui.widgets.rows import BLANK, Block, Row
from runner.tui.widgets.top_line import TopLine
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


class FinishedScreen(Spoken, Once, Screen[str]):
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
        yield TopLine()
        with VerticalScroll(id="page"):
            yield Page(id="score")
            yield Page(id="learnt")
            yield Page(id="next")
        yield KeyBar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if parameters == ("clean-up",):
            return self._ending.cleanup
        return self._ending.bonus if parameters == ("bonus",) else True

    def action_choose(self, choice: str) -> None:
        self.dismiss(choice)

    def respeak(self) -> None:
        ending = self._ending
        self.query_one(TopLine).show(safe(self.text(ending.title)))
        self.query_one("#score", Page).show(self._result())
        self.query_one("#learnt", Page).show(self._kept() if ending.learnt else ())
        self.query_one("#next", Page).show(self._what_now())

    def _result(self) -> Iterator[Block]:
        finished = Content.styled(self.translate(phrase("Lab finished")), "bold $success")
        yield Row(finished, Content.styled("✓ ", "bold $success"))
        yield Row(Content.styled(safe(self.text(self._ending.title)), "bold"))
        yield BLANK
        yield from (Row(Content(self.translate(each))) for each in (self._score(), self._help_used()))

    def _kept(self) -> Iterator[Block]:
        yield Row(Content.styled(self.translate(phrase("What you learned")), "bold $primary"))
        for each in self._ending.learnt:
            yield Row(inline(self.text(each)), Content.styled("• ", "$success"))

    def _what_now(self) -> Iterator[Block]:
        ending = self._ending
        yield Row(Content.styled(self.translate(phrase("What now?")), "bold $primary"))
        if ending.bonus:
            yield self._offer("b", "bonus", phrase("Go on with the bonus steps"))
        if ending.cleanup:
            yield self._offer("c", "clean-up", phrase("Remove what the lab created in the cluster"))
        yield self._offer("Esc", "stay", phrase("Stay in the lab and look around"))
        yield self._offer("⏎", "leave", phrase("Choose another lab"))

    def _offer(self, name: str, choice: str, words: Phrase) -> Row:
        means = Style.from_meta({"act": choice})
        return Row(
            Content(self.translate(words)).stylize(means),
            Content.styled(f"{name:<5}", "bold $accent").stylize(means),
        )

    def on_page_pressed(self, event: Page.Pressed) -> None:
        if "act" in event.meta:
            self.action_choose(event.meta["act"])

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
