"""Why a check does not hold: what was expected, what was found, and what it rests on."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from checks.base import Check, Outcome
from runner.session.said import VERDICT_MARKS, VERDICTS, description, expected
from runner.tui.keys import key
from runner.tui.spoken import Spoken
from runner.tui.widgets.key_bar import KeyBar
from runner.words import Phrase, phrase


class ExplainScreen(Spoken, ModalScreen[None]):
    DEFAULT_CSS = """
    ExplainScreen { align: center middle; }
    ExplainScreen #page { width: 90; max-width: 100%; height: auto; max-height: 100%; background: $surface;
                          border: round $primary; padding: 0 2 1 2; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [key("escape,q,enter,e", "dismiss", phrase("Back"))]

    def __init__(self, check: Check, outcome: Outcome) -> None:
        super().__init__()
        self._check, self._outcome = check, outcome

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page"):
            yield Static(id="words")
        yield KeyBar()

    def respeak(self) -> None:
        check, outcome = self._check, self._outcome
        mark = f"{VERDICT_MARKS[outcome.verdict]} {description(check, self.language)}"
        lines = [
            Content.styled(mark, "bold"),
            Content.styled(self.say(VERDICTS[outcome.verdict]), "dim"),
            Content(""),
        ]
        if not check.hidden:
            lines += self._row(phrase("expected"), expected(check, outcome, self.language))
            lines += self._row(phrase("found"), self.say(outcome.found))
            for finding in outcome.findings:
                lines.append(Content(""))
                lines += self._row(phrase("cause"), self.say(finding.cause))
                lines += self._row(phrase("object"), finding.object)
                lines += self._row(phrase("seen in"), finding.evidence)
                lines += self._row(phrase("remedy"), self.say(finding.remedy))
            if check.hint:
                lines += [Content(""), *self._row(phrase("hint"), self.text(check.hint))]
        self.query_one("#words", Static).update(Content("\n").join(lines))

    def _row(self, name: Phrase, words: str) -> list[Content]:
        if not words:
            return []
        return [Content.assemble((f"{self.say(name)}: ", "bold $primary"), words)]
