"""Why a check fails: each cause with its evidence and the way out, beside the object as it is now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from checks.base import Check, Finding, ObjectRef, Outcome
from runner.session.finding_text import remedy
from runner.session.seen import Seen
from runner.session.session_texts import VERDICT_MARKS, VERDICTS, description, expected
from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.check_list import STYLES
from runner.tui.widgets.finding_rows import named, offered, offers, rows
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.object_view import ObjectView
from runner.tui.widgets.rows import BLANK, Block, Row
from runner.words import phrase

if TYPE_CHECKING:
    from runner.tui.app_base import LabgateBase

Watch = Callable[[ObjectRef], AsyncIterator[Seen]]


class ExplainScreen(Spoken, Once, ModalScreen[str]):
    """One cause after the other. Gives back the command that is to be put on the prompt; "" for none."""

    CSS_PATH = Path(__file__).with_name("explain.tcss")
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,q,enter,e", "leave", phrase("Back")),
        key("n,right", "turn(1)", phrase("Next cause")),
        key("p,left", "turn(-1)", phrase("Previous cause"), show=False),
        key("c,f3", "insert", phrase("Type it")),
        key("y", "copy", phrase("Copy")),
        key("tab", "other", phrase("Other part")),
        key("shift+tab", "other", phrase("Other part"), show=False),
    ]
    app: LabgateBase

    def __init__(self, check: Check, outcome: Outcome, watch: Watch | None = None) -> None:
        """`watch` gives an object of the lab's cluster, now and whenever it changes."""
        super().__init__()
        self.check, self._outcome, self._watch = check, outcome, watch
        self._at = 0
        self._watched: tuple[ObjectRef | None, str] | None = None

    def compose(self) -> ComposeResult:
        with Container(id="box"):
            with VerticalScroll(id="words"):
                yield Page(id="page")
            yield ObjectView(id="object")
        yield KeyBar()

    def on_mount(self) -> None:
        self._turned()
        (self.query_one("#source") if self._shows_object else self.query_one("#words")).focus()

    def show(self, outcome: Outcome) -> None:
        """The check was looked at again."""
        if outcome != self._outcome:
            self._outcome = outcome
            self._turned()

    # which cause

    @property
    def _findings(self) -> tuple[Finding, ...]:
        return () if self.check.hidden else self._outcome.findings

    @property
    def _finding(self) -> Finding | None:
        return self._findings[self._at] if self._at < len(self._findings) else None

    @property
    def _shows_object(self) -> bool:
        return self._watch is not None and self._finding is not None and self._finding.about is not None

    @property
    def _command(self) -> str:
        return remedy(self._finding, self.language)[1] if self._finding else ""

    def _turned(self) -> None:
        self._at = max(0, min(self._at, len(self._findings) - 1))
        self.set_class(not self._shows_object, "-alone")
        finding = self._finding
        shown = (finding.about, finding.field) if finding else None
        if shown != self._watched:
            self._watched = shown
            self.query_one("#words").scroll_home(animate=False)
            self._follow()
        self.respeak()
        self.refresh_bindings()

    @work(exclusive=True)
    async def _follow(self) -> None:
        finding, view = self._finding, self.query_one(ObjectView)
        if self._watch is None or finding is None or finding.about is None:
            return
        view.turn_to(finding.about, finding.field)
        async for seen in self._watch(finding.about):
            view.show(seen)

    # words

    def respeak(self) -> None:
        self.query_one("#page", Page).show(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        check, outcome = self.check, self._outcome
        style = STYLES[outcome.verdict]
        mark = Content.styled(f"{VERDICT_MARKS[outcome.verdict]} ", style)
        yield Row(Content.styled(safe(description(check, self.language)), "bold"), mark)
        yield Row(Content.styled(self.translate(VERDICTS[outcome.verdict]), style), Content("  "))
        if check.hidden:
            return
        if self._finding is None:  # else the room is for the cause
            yield BLANK
        if check.message and outcome.verdict.fails:
            yield Row(Content(safe(self.text(check.message))), Content("  "))
            yield BLANK
        wanted = expected(check, outcome, self.language)
        if wanted != description(check, self.language):
            yield named(self, phrase("expected"), safe(wanted))
        yield named(self, phrase("found"), safe(self.translate(outcome.found)))
        if self._finding is not None:
            yield from self._cause(self._finding)
        if check.hint and outcome.verdict.fails:
            yield BLANK
            yield named(self, phrase("hint"), safe(self.text(check.hint)))

    def _cause(self, finding: Finding) -> Iterator[Block]:
        yield BLANK
        many = len(self._findings)
        if many > 1:
            number = Content.styled(
                self.translate(phrase("Cause {number} of {all}", number=self._at + 1, all=many)),
                "bold $accent",
            )
            turn = offered(
                self, ("p", "previous", phrase("previous cause")), ("n", "next", phrase("next cause"))
            )
            yield Row(number + "   " + turn, Content("  "))
        yield from rows(self, finding)
        if self._command:
            yield offers(self, ("c", "insert", phrase("put on the prompt")), ("y", "copy", phrase("copy")))

    # actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what there is."""
        match action:
            case "turn":
                return len(self._findings) > 1
            case "insert" | "copy":
                return bool(self._command)
            case "other":
                return self._shows_object
        return True

    def action_leave(self) -> None:
        self.dismiss("")

    def action_turn(self, by: int) -> None:
        """To the next cause, from the last to the first."""
        self._at = (self._at + by) % max(1, len(self._findings))
        self._turned()

    def action_copy(self) -> None:
        self.app.copy(self._command)

    def action_insert(self) -> None:
        self.dismiss(self._command)

    def action_other(self) -> None:
        """Between the words and the object: the arrow keys scroll the one that has the focus."""
        words, source = self.query_one("#words"), self.query_one("#source")
        (words if source.has_focus else source).focus()

    def on_page_pressed(self, event: Page.Pressed) -> None:
        event.stop()
        match event.meta.get("act"):
            case "copy":
                self.action_copy()
            case "insert":
                self.action_insert()
            case "next":
                self.action_turn(1)
            case "previous":
                self.action_turn(-1)
