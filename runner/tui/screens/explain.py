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
from runner.session.session_texts import VERDICT_MARKS, VERDICTS, sentence
from runner.session.standing import Standing
from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.screens.once import Once
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.check_list import STYLES
from runner.tui.widgets.finding_rows import command_row, named, offered, offers, rows
from runner.tui.widgets.key_bar import KeyBar
from runner.tui.widgets.object_view import ObjectView
from runner.tui.widgets.rows import BLANK, Block, Row
from runner.words import Phrase, phrase

if TYPE_CHECKING:
    from runner.tui.app_base import LabgateBase

_HERE = Standing()
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
        key("f5,g", "mend", phrase("Go there")),
        key("tab", "other", phrase("Other part")),
        key("shift+tab", "other", phrase("Other part"), show=False),
    ]
    app: LabgateBase

    def __init__(
        self,
        check: Check,
        outcome: Outcome | None,
        watch: Watch | None = None,
        standing: Standing = _HERE,
        mend: Callable[[], None] | None = None,
    ) -> None:
        """`outcome`: None of one that was not looked at yet. `watch` gives an object of the lab's cluster, now and whenever
        it changes. `mend` goes to the step to which the cause belongs."""
        super().__init__()
        self.check, self._outcome, self._watch = check, outcome, watch
        self._standing, self._mend = standing, mend
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

    def show(self, outcome: Outcome | None, standing: Standing = _HERE) -> None:
        """The check was looked at again, or something was done for its step."""
        if (outcome, standing) != (self._outcome, self._standing):
            self._outcome, self._standing = outcome, standing
            self._turned()

    # which cause

    @property
    def _findings(self) -> tuple[Finding, ...]:
        if self.check.hidden or self._outcome is None or self._standing.why is not None:
            return ()
        return self._outcome.findings

    @property
    def _finding(self) -> Finding | None:
        return self._findings[self._at] if self._at < len(self._findings) else None

    @property
    def _shows_object(self) -> bool:
        return self._watch is not None and self._finding is not None and self._finding.about is not None

    @property
    def _command(self) -> str:
        return remedy(self._finding, self.language)[1] if self._finding else self._standing.next_command

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
        check, outcome, standing = self.check, self._outcome, self._standing
        waits = outcome is None or standing.why is not None
        style = "$foreground 60%" if outcome is None or waits else STYLES[outcome.verdict]
        mark = "○" if outcome is None or waits else VERDICT_MARKS[outcome.verdict]
        words = safe(sentence(check, outcome, self.language))
        yield Row(Content.styled(words, "bold"), Content.styled(f"{mark} ", style))
        yield Row(Content.styled(self.translate(self._how()), style), Content("  "))
        if check.hidden:
            return
        shows_message = outcome is not None and outcome.verdict.fails and not waits
        if self.check.message and shows_message:
            yield Row(Content(safe(self.text(self.check.message))), Content("  "))
        if standing.elsewhere is not None:
            yield BLANK
            yield named(self, phrase("see"), safe(self.translate(standing.elsewhere)), "bold $accent")
            yield offers(self, ("F5", "mend", phrase("go there")))
        if self._finding is not None:
            yield from self._cause(self._finding)
        elif standing.next_command:
            yield BLANK
            yield named(self, phrase("next"), self.translate(phrase("Run this command:")), "$foreground")
            yield command_row(self, standing.next_command)
            yield offers(self, ("c", "insert", phrase("put on the prompt")), ("y", "copy", phrase("copy")))
        if self.check.hint and shows_message:
            yield BLANK
            yield named(self, phrase("hint"), safe(self.text(self.check.hint)))
        if outcome is not None:
            yield BLANK
            yield from self._compared(outcome)

    def _how(self) -> Phrase:
        if self._standing.why is not None:
            return self._standing.why
        if self._outcome is None:
            return phrase("Not checked yet.")
        return VERDICTS[self._outcome.verdict]

    def _compared(self, outcome: Outcome) -> Iterator[Block]:
        """What exactly is compared, and what was found: in the terms of reports, so after what a person reads first."""
        compared = phrase("compared") if outcome.passed else phrase("expected")
        yield named(self, compared, safe(self.translate(outcome.expected)))
        yield named(self, phrase("found"), safe(self.translate(outcome.found)))

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
            case "mend":
                return self._mend is not None and self._standing.elsewhere is not None
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

    def action_mend(self) -> None:
        """To the step to which the cause belongs."""
        self.dismiss("")
        if self._mend is not None:
            self._mend()

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
            case "mend":
                self.action_mend()
            case "next":
                self.action_turn(1)
            case "previous":
                self.action_turn(-1)
