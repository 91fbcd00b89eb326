"""The step's checks, each as it stands this moment."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from checks.base import Check, Outcome, Verdict
from runner.session.said import VERDICT_MARKS, description, expected
from runner.tui.spoken import Spoken
from runner.words import phrase

_STYLES = {
    Verdict.PASSED: "$success",
    Verdict.PENDING: "$warning",
    Verdict.FAILED: "$error",
    Verdict.ERROR: "$warning",
    Verdict.SKIPPED: "dim",
}


class CheckList(Spoken, OptionList):
    DEFAULT_CSS = """
    CheckList { border: none; background: transparent; }
    CheckList > .option-list--option-highlighted { background: transparent; color: $foreground; text-style: none; }
    CheckList:focus > .option-list--option-highlighted { background: $primary 30%; }
    """

    class Explain(Message):
        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._checks: Sequence[Check] = ()
        self._outcomes: Sequence[Outcome | None] = ()
        self._begun = False
        self._drawn: object = None

    def show(self, checks: Sequence[Check], outcomes: Sequence[Outcome | None], *, begun: bool) -> None:
        """`begun`: the learner has done something for the step, so that what fails is worth a red mark."""
        self._checks, self._outcomes, self._begun = checks, outcomes, begun
        self.respeak()

    def respeak(self) -> None:
        drawn = (
            tuple(self._outcomes),
            self._begun,
            self.language,
            tuple(id(check) for check in self._checks),
        )
        if drawn == self._drawn:
            return
        self._drawn = drawn
        options = []
        for index, (check, outcome) in enumerate(zip(self._checks, self._outcomes, strict=True)):
            if not check.hidden:
                options.append(Option(self._line(check, outcome), id=str(index)))
        hidden = sum(check.hidden for check in self._checks)
        if hidden:
            more = self.say(phrase("and {number} more that are not shown", number=hidden))
            options.append(Option(Content.styled(more, "dim"), disabled=True))
        at = self.highlighted
        self.set_options(options)
        self.highlighted = at if at is not None and at < len(options) else None

    def _line(self, check: Check, outcome: Outcome | None) -> Content:
        words = description(check, self.language)
        if outcome is None:
            return Content.assemble(("· ", "dim"), words)
        if outcome.verdict.holds or (outcome.verdict is Verdict.FAILED and not self._begun):
            mark = VERDICT_MARKS[outcome.verdict] if outcome.verdict.holds else "○"
            style = _STYLES[outcome.verdict] if outcome.verdict.holds else "dim"
            return Content.assemble((f"{mark} ", style), words)
        lines = [Content.assemble((f"{VERDICT_MARKS[outcome.verdict]} ", _STYLES[outcome.verdict]), words)]
        message = self.text(check.message) if check.message else self.say(outcome.found)
        told = expected(check, outcome, self.language)
        if told != words:
            lines.append(self._more(phrase("expected"), told))
        lines.append(self._more(phrase("found"), message))
        for finding in outcome.findings:
            cause = self.say(finding.cause)
            lines.append(
                self._more(phrase("cause"), f"{finding.object}: {cause}" if finding.object else cause)
            )
            lines.append(self._more(phrase("remedy"), self.say(finding.remedy)))
        if check.hint:
            lines.append(self._more(phrase("hint"), self.text(check.hint)))
        return Content("\n").join(lines)

    def _more(self, name: object, words: str) -> Content:
        return Content.assemble(("  " + self.say(name) + "  ", "dim"), words)  # type: ignore[arg-type]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id:
            self.post_message(self.Explain(int(event.option.id)))
