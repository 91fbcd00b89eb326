"""The step's checks, each as it stands this moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message

from checks.base import Check, Finding, Outcome, Verdict
from checks.quiz import Quiz
from runner.session.said import VERDICT_MARKS, description, expected
from runner.tui.safe import safe
from runner.tui.widgets.listing import Item, Listing
from runner.tui.widgets.rows import Block, Row
from runner.words import Phrase, phrase

STYLES = {
    Verdict.PASSED: "$success",
    Verdict.PENDING: "$warning",
    Verdict.FAILED: "bold $error",
    Verdict.ERROR: "bold $warning",
    Verdict.SKIPPED: "$foreground 60%",
}
_QUIET = "$foreground 60%"
_MOST = 400
"""Characters told of one thing in the list; all of it is on the page that explains the check."""
_TURNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_NAMES = (
    phrase("expected"),
    phrase("found"),
    phrase("cause"),
    phrase("seen in"),
    phrase("remedy"),
    phrase("hint"),
)


class CheckList(Listing):
    """What does not hold says why below it; before the learner has begun it is just not yet so."""

    class Explain(Message):
        """The learner wants to know all about the check of that index."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Question(Message):
        """The learner wants to be at that question."""

        def __init__(self, question: str) -> None:
            super().__init__()
            self.question = question

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._checks: Sequence[Check] = ()
        self._outcomes: Sequence[Outcome | None] = ()
        self._begun = False
        self._turn = 0

    def on_mount(self) -> None:
        self._clock = self.set_interval(0.25, self._turned, pause=True)

    def show(self, checks: Sequence[Check], outcomes: Sequence[Outcome | None], *, begun: bool) -> None:
        """`begun`: the learner has done something for the step, so that what fails is worth a red mark."""
        self._checks, self._outcomes, self._begun = checks, outcomes, begun
        moving = any(
            outcome is not None and outcome.verdict is Verdict.PENDING and not check.hidden
            for check, outcome in zip(checks, outcomes, strict=True)
        )
        if moving:
            self._clock.resume()
        else:
            self._clock.pause()
        self.respeak()
        self._begin()

    def respeak(self) -> None:
        pairs = list(enumerate(zip(self._checks, self._outcomes, strict=True)))
        items = [
            Item(str(at), tuple(self._blocks(check, outcome)))
            for at, (check, outcome) in pairs
            if not check.hidden
        ]
        hidden = sum(check.hidden for check in self._checks)
        if hidden:
            more = phrase("and {number} more that are not shown", number=hidden)
            items.append(Item("hidden", (self._row("  ", _QUIET, self.say(more), _QUIET),), choosable=False))
        self.put(items)

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._begin()

    def _begin(self) -> None:
        """Who comes to the list is at the first that does not hold."""
        if self.has_focus and self.highlighted is None:
            wanting = [
                at
                for at, outcome in enumerate(self._outcomes)
                if (outcome is None or not outcome.verdict.holds) and not self._checks[at].hidden
            ]
            self.go_to(str(wanting[0]) if wanting else "")

    def _blocks(self, check: Check, outcome: Outcome | None) -> Iterator[Block]:
        if isinstance(check, Quiz):
            yield self._question(check, outcome)
            return
        words = safe(description(check, self.language))
        verdict = outcome.verdict if outcome is not None else None
        if outcome is None or (verdict is Verdict.FAILED and not self._begun):
            yield self._row("○" if outcome else "·", _QUIET, words)
            return
        assert verdict is not None
        mark = _TURNS[self._turn % len(_TURNS)] if verdict is Verdict.PENDING else VERDICT_MARKS[verdict]
        yield self._row(mark, STYLES[verdict], words, "bold" if not verdict.holds else "")
        if not verdict.holds:
            yield from self._why(check, outcome, words)

    def _question(self, quiz: Quiz, outcome: Outcome | None) -> Row:
        number = [check for check in self._checks if isinstance(check, Quiz)].index(quiz) + 1
        if outcome is not None and outcome.passed:
            words, mark, style = phrase("Question {number}: answered", number=number), "✓", "$success"
        elif outcome is not None and "answer" in outcome.found.values:
            words = phrase("Question {number}: the answer is not right yet", number=number)
            mark, style = "✗", "$error"
        else:
            words, mark, style = phrase("Question {number}: not answered yet", number=number), "?", "$accent"
        return self._row(mark, style, self.say(words))

    def _why(self, check: Check, outcome: Outcome, headline: str) -> Iterator[Block]:
        """What the lab says to it, then what was looked for, what was there, the causes, the ways out."""
        if check.message:
            yield Row(Content(cut(safe(self.text(check.message)))), first=Content("  "))
        told = safe(expected(check, outcome, self.language))
        if told != headline:
            yield self._more(phrase("expected"), told)
        yield self._more(phrase("found"), safe(self.say(outcome.found)))
        for finding in outcome.findings:
            yield from self._finding(finding)
        if check.hint and not outcome.findings:
            yield self._more(phrase("hint"), safe(self.text(check.hint)))

    def _finding(self, finding: Finding) -> Iterator[Block]:
        cause = safe(self.say(finding.cause))
        yield self._more(phrase("cause"), f"{safe(finding.object)}: {cause}" if finding.object else cause)
        if finding.evidence:
            yield self._more(phrase("seen in"), safe(finding.evidence))
        yield self._more(phrase("remedy"), safe(self.say(finding.remedy)), "$foreground")

    def _row(self, mark: str, colour: str, words: str, style: str = "") -> Row:
        return Row(Content.styled(words, style), first=Content.styled(f"{mark:<2}", colour))

    def _more(self, name: Phrase, words: str, style: str = "$foreground 80%") -> Row:
        widest = max(cell_len(self.say(each)) for each in _NAMES)
        said = self.say(name)
        first = Content.assemble("  ", (said, "$primary"), " " * (widest - cell_len(said) + 2))
        return Row(Content.styled(cut(words), style), first=first)

    def _turned(self) -> None:
        self._turn += 1
        self.respeak()

    def act(self, name: str, item_id: str) -> None:
        check = self._checks[int(item_id)]
        if isinstance(check, Quiz):
            self.post_message(self.Question(check.id))
        elif self._outcomes[int(item_id)] is not None:
            self.post_message(self.Explain(int(item_id)))


def cut(words: str) -> str:
    """The words, or their beginning."""
    return words if len(words) <= _MOST else words[: _MOST - 1] + "…"
