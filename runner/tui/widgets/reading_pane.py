"""What there is to read in a step: its text, the hints shown so far, the solution, and what was learnt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from checks.base import Text
from runner.labs.glossary import Glossary
from runner.labs.model import Command, Step
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.asked import asked
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.fences import command_rows
from runner.tui.widgets.prose import prose
from runner.tui.widgets.rows import BLANK, Block, Row, Rule
from runner.tui.widgets.terms import Terms
from runner.words import Phrase, phrase

NO_GLOSSARY = Glossary()


class Reading(Spoken, Vertical):
    """Drawn again only where something changed, so that a hint that comes leaves the text where it is."""

    DEFAULT_CSS = """
    Reading { height: auto; }
    Reading > #page { margin-bottom: 1; }
    Reading > .callout { display: none; border-left: outer $accent; padding: 0 1; margin-bottom: 1; }
    Reading > #learnt { border-left: outer $success; background: $success 12%; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._step: Step | None = None
        self._glossary = NO_GLOSSARY
        self._hints, self._solution, self._learnt = 0, "", False
        self._drawn: dict[str, object] = {}

    def compose(self) -> ComposeResult:
        yield Page(id="page")
        yield Page(id="solution", classes="callout")
        yield Page(id="learnt", classes="callout")

    def show(
        self, step: Step, hints: int, solution: str, learnt: bool, glossary: Glossary = NO_GLOSSARY
    ) -> None:
        """`hints`: how many are shown. `solution`: "", "shown" or "typed". `learnt`: the step is done."""
        self._glossary = glossary
        self._step, self._hints, self._solution, self._learnt = step, hints, solution, learnt
        self.respeak()

    @property
    def latest(self) -> Page | None:
        """The help that was asked for last: the solution, else the last hint."""
        if self._solution:
            return self.query_one("#solution", Page)
        shown = [page for page in self.query(".hint").results(Page) if page.display]
        return shown[-1] if shown else None

    def respeak(self) -> None:
        step = self._step
        if step is None:
            return
        now = (step.id, self.language, id(step), id(self._glossary))
        if self._changed("page", now):
            title = Row(Content.styled(safe(self.text(step.title)), "bold"))
            terms = Terms(self._glossary.names(self.language))
            text = prose(self.text(step.text), self._commands, terms)
            self.query_one("#page", Page).show([title, Rule("$primary 60%"), BLANK, *text])
        if self._changed("hints", (now, self._hints)):
            self._show_hints(step.hints[: self._hints], len(step.hints))
        if self._changed("solution", (now, self._solution)):
            self.query_one("#solution", Page).show(self._solved(step) if self._solution else ())
        if self._changed("learnt", (now, self._learnt)):
            shown = step.learnt if self._learnt else None
            self.query_one("#learnt", Page).show(self._callout(phrase("✓ Learnt"), shown) if shown else ())

    def _changed(self, part: str, shows: object) -> bool:
        before, self._drawn[part] = self._drawn.get(part), shows
        return before != shows

    def _show_hints(self, hints: Sequence[Text], of: int) -> None:
        pages = list(self.query(".hint").results(Page))
        more = [Page(classes="callout hint") for _ in hints[len(pages) :]]
        if more:
            self.mount_all(more, before="#solution")
            pages += more
        for at, page in enumerate(pages):
            if at < len(hints):
                number = phrase("Hint {number} of {of}", number=at + 1, of=of)
                page.show(self._callout(number, hints[at]))
            else:
                page.show(())

    def _callout(self, heading: Phrase, words: Text) -> list[Block]:
        style = "bold $success" if heading.template.startswith("✓") else "bold $accent"
        return [Row(Content.styled(self.translate(heading), style)), *prose(self.text(words), self._commands)]

    @property
    def _commands(self) -> list[str]:
        return [command.command.strip() for command in self._step.run] if self._step else []

    def _solved(self, step: Step) -> Iterator[Block]:
        """The commands that solve the step, with what they ask."""
        heading = {
            "typed": phrase("Solution, typed for you"),
            "shown": phrase("Solution"),
        }
        yield Row(
            Content.styled(self.translate(heading.get(self._solution, phrase("Solution"))), "bold $accent")
        )
        commands: tuple[Command, ...] = step.run if step.solution is None else step.solution
        for number, command in enumerate(commands):
            yield from command_rows(safe(command.command), number)
            yield from asked(command, self)
