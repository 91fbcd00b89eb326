"""Why a check does not hold: what was expected, what was found, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from checks.base import Check, Outcome
from runner.session.said import VERDICT_MARKS, VERDICTS, description, expected
from runner.tui.keys import key
from runner.tui.safe import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.checks import STYLES
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.page import Page
from runner.tui.widgets.rows import BLANK, Block, Row, Rule
from runner.words import Phrase, phrase

_NAMES = (
    phrase("expected"),
    phrase("found"),
    phrase("cause"),
    phrase("object"),
    phrase("seen in"),
    phrase("remedy"),
    phrase("hint"),
)


class ExplainScreen(Spoken, ModalScreen[None]):
    DEFAULT_CSS = """
    ExplainScreen { align: center middle; }
    ExplainScreen #page { width: 90; max-width: 100%; height: auto; max-height: 100%; background: $surface;
                          border: round $primary; padding: 0 2 1 2; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [key("escape,q,enter,e", "dismiss", phrase("Back"))]

    def __init__(self, check: Check, outcome: Outcome, source: str = "") -> None:
        """`source`: the object that the check looked at, as YAML; the line that it rests on is marked."""
        super().__init__()
        self._check, self._outcome, self._source = check, outcome, source

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page"):
            yield Page(id="words")
        yield KeyBar()

    def respeak(self) -> None:
        self.query_one("#words", Page).show(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        check, outcome = self._check, self._outcome
        style = STYLES[outcome.verdict]
        mark = Content.styled(f"{VERDICT_MARKS[outcome.verdict]} ", style)
        yield Row(Content.styled(safe(description(check, self.language)), "bold"), mark)
        yield Row(Content.styled(self.say(VERDICTS[outcome.verdict]), style), Content("  "))
        if check.hidden:
            return
        yield BLANK
        if check.message and not outcome.verdict.holds:
            yield Row(Content(safe(self.text(check.message))))
            yield BLANK
        yield from self._field(phrase("expected"), expected(check, outcome, self.language))
        yield from self._field(phrase("found"), self.say(outcome.found))
        for finding in outcome.findings:
            yield BLANK
            yield from self._field(phrase("cause"), self.say(finding.cause))
            yield from self._field(phrase("object"), finding.object)
            yield from self._field(phrase("seen in"), finding.evidence)
            yield from self._field(phrase("remedy"), self.say(finding.remedy), "bold")
        if check.hint:
            yield BLANK
            yield from self._field(phrase("hint"), self.text(check.hint))
        if self._source:
            yield from self._object()

    def _field(self, name: Phrase, words: str, style: str = "") -> Iterator[Block]:
        if words:
            said = self.say(name)
            widest = max(cell_len(self.say(each)) for each in _NAMES)
            first = Content.assemble((said, "$primary"), " " * (widest - cell_len(said) + 2))
            yield Row(Content.styled(safe(words), style), first)

    def _object(self) -> Iterator[Block]:
        yield BLANK
        yield Rule()
        marked = evidence_lines(self._source, [finding.evidence for finding in self._outcome.findings])
        for number, line in enumerate(safe(self._source).split("\n")):
            here = number in marked
            first = Content.styled("▸ " if here else "  ", "bold $accent")
            yield Row(Content.styled(line, "bold $accent" if here else "$foreground 80%"), first)


def evidence_lines(source: str, evidence: list[str]) -> set[int]:
    """The numbers of the lines that hold what was quoted: `spec.type: ClusterIP` is the line `type: ClusterIP`."""
    found = set()
    for each in evidence:
        path, colon, value = each.partition(": ")
        last = re.split(r"[.\]]", path)[-1] or path
        wanted = f"{last}: {value}".strip() if colon else each.strip()
        for number, line in enumerate(source.split("\n")):
            if wanted and line.strip().removeprefix("- ").replace('"', "").startswith(
                wanted.replace('"', "")
            ):
                found.add(number)
    return found
