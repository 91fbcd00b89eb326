"""One thing that a lab requires: whether it holds, what was found, and the way out where it does not."""

from __future__ import annotations

from typing import ClassVar, Self

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from checks.base import Outcome, Verdict
from runner.session.finding_text import remedy
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.words import Phrase, phrase

_TURNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_MARKS: dict[Verdict, tuple[str, str]] = {
    Verdict.PASSED: ("✓", "$success"),
    Verdict.PENDING: ("!", "bold $warning"),
    Verdict.FAILED: ("✗", "bold $error"),
    Verdict.ERROR: ("✗", "bold $error"),
    Verdict.SKIPPED: ("-", "$foreground 65%"),
}

_NOT_OPENED = phrase("could not be opened")


class Requirement(Spoken, Vertical):
    """Turns while it is looked at; `judged` gives it its outcome."""

    DEFAULT_CSS = """
    Requirement { height: auto; margin-bottom: 0; }
    Requirement Horizontal { height: auto; }
    Requirement .mark { width: 3; }
    Requirement .expected { width: 3fr; margin-right: 2; }
    Requirement .found { width: 2fr; color: $foreground 75%; }
    Requirement .remedy { height: auto; padding: 0 0 1 3; display: none; }
    Requirement.-explained .remedy { display: block; }
    """
    TURN: ClassVar[float] = 0.1

    def __init__(self, words: Phrase) -> None:
        super().__init__()
        self.words = words
        self.outcome: Outcome | None = None
        self.why: Phrase | None = None
        self._progress: Phrase | None = None
        self._turn = 0

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """One that was looked at already."""
        made = cls(outcome.expected)
        made.outcome = outcome
        return made

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(classes="mark")
            yield Static(classes="expected")
            yield Static(classes="found")
        yield Static(classes="remedy")

    def on_mount(self) -> None:
        if self.outcome is None:
            self._clock = self.set_interval(self.TURN, self._turned)

    def judged(self, outcome: Outcome) -> None:
        """It was looked at: show what came of it."""
        self.outcome, self.words = outcome, outcome.expected
        self._clock.stop()
        self.respeak()

    def at_work(self, words: Phrase) -> None:
        """How far it is while it is being done."""
        self._progress = words
        self.respeak()

    def failed(self, words: Phrase, why: Phrase, found: Phrase = _NOT_OPENED) -> None:
        """It could not be looked at."""
        self.why = why
        self.judged(Outcome(Verdict.ERROR, words, found))

    def respeak(self) -> None:
        expected, found = self.query_one(".expected", Static), self.query_one(".found", Static)
        expected.update(Content(self.translate(self.words)))
        if self.outcome is None:
            if self._progress:
                found.update(Content(self.translate(self._progress)))
            return
        self.query_one(".mark", Static).update(Content.styled(*_MARKS[self.outcome.verdict]))
        found.update(Content(self.translate(self.outcome.found)))
        self.query_one(".remedy", Static).update(Content("\n").join(self._ways_out()))
        self.set_class(bool(self.outcome.findings or self.why), "-explained")

    def _ways_out(self) -> list[Content]:
        assert self.outcome is not None
        found = self.outcome.found
        lines = [Content(self.translate(self.why))] if self.why else []
        for finding in self.outcome.findings:
            if finding.cause != found:
                lines.append(Content.styled(safe(self.translate(finding.cause)), "$foreground 75%"))
            words, command = remedy(finding, self.language)
            lines.append(Content.assemble(("→ ", "$accent"), safe(words)))
            if command:
                lines.append(
                    Content.assemble(("  $ ", "$foreground 50%"), (safe(command), "bold $secondary"))
                )
        return lines

    def _turned(self) -> None:
        self._turn += 1
        self.query_one(".mark", Static).update(Content.styled(_TURNS[self._turn % len(_TURNS)], "$accent"))
