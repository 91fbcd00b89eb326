"""What is wrong with a lab's files, or could be better: file, line and column, the words, and the hint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from runner.labs.lab_problems import Problem
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.rows import Block, Row
from runner.words import Phrase, phrase


class Complaints(Spoken, VerticalScroll):
    """There only while there is something to say; scrolls where it has more to say than room."""

    DEFAULT_CSS = """
    Complaints { height: auto; max-height: 40%; display: none; padding: 0 1; background: $error 18%; }
    Complaints:focus { background: $error 26%; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._problems: Sequence[Problem] = ()
        self._heading = phrase("")

    def compose(self) -> ComposeResult:
        yield Page()

    def show(self, problems: Sequence[Problem], heading: Phrase) -> None:
        """These under this heading, from the first on; with no problems it goes away."""
        if tuple(problems) != tuple(self._problems):
            self.scroll_home(animate=False)
        self._problems, self._heading = problems, heading
        self.display = bool(problems)
        self.respeak()

    def respeak(self) -> None:
        rows: list[Block] = []
        if self._problems:
            rows = [Row(Content.styled(self.translate(self._heading), "bold"))]
            for problem in self._problems:
                rows += complaint(self, problem, "✗ ", "bold $error")
        for page in self.query(Page):  # none before it is put together
            page.show(rows)


class AdviceCard(Spoken, Page):
    """What lint says of the step that is read, beneath its text."""

    DEFAULT_CSS = """
    AdviceCard { display: none; border-left: outer $warning; padding: 0 1; margin-bottom: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._advice: Sequence[Problem] = ()

    def give(self, advice: Sequence[Problem]) -> None:
        """Show this advice; none takes no room."""
        if tuple(advice) != tuple(self._advice):
            self._advice = advice
            self.respeak()

    def respeak(self) -> None:
        rows: list[Block] = []
        if self._advice:
            heading = self.translate(phrase("Could be better: {count}", count=len(self._advice)))
            rows = [Row(Content.styled(heading, "bold $warning"))]
            for problem in self._advice:
                rows += complaint(self, problem, "• ", "$warning")
        self.show(rows)


def complaint(reader: Spoken, problem: Problem, mark: str, style: str) -> Iterator[Block]:
    """Where, what, and the way out, folding below each other."""
    place = ":".join(str(part) for part in (problem.file, problem.line, problem.col) if part is not None)
    hint = f" ({safe(reader.translate(problem.hint))})" if problem.hint else ""
    rule = f" [{problem.rule}]" if problem.rule else ""
    words = Content.assemble(
        (safe(place), "bold"), "  ", safe(reader.translate(problem.message)), hint, (rule, "$foreground 60%")
    )
    yield Row(words, first=Content.styled(mark, style))
