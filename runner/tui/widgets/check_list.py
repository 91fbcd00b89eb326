"""The step's checks, each as it stands this moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message

from checks.base import Check, Outcome, Verdict
from checks.quiz import Quiz
from runner.session.finding_text import Mention, remedy
from runner.session.session_texts import VERDICT_MARKS, place, question, sentence
from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.widgets.finding_rows import cut, mention_rows, named, offers
from runner.tui.widgets.listing import Item, Listing
from runner.tui.widgets.rows import BLANK, Block, OneLine, Row
from runner.words import Phrase, phrase

STYLES = {
    Verdict.PASSED: "$success",
    Verdict.PENDING: "$warning",
    Verdict.FAILED: "bold $error",
    Verdict.ERROR: "bold $warning",
    Verdict.SKIPPED: "$foreground 60%",
}
_QUIET = "$foreground 60%"
_FEW = 3
"""Checks that a list has before headings are worth their lines."""
_TURNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class CheckList(Listing):
    """What fails says why below it; before the learner has begun it is just not yet so.

    A cause that several checks fail for is shown by the first of them.
    """

    PART: ClassVar[Phrase] = phrase("In the list of checks")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("c", "do('insert')", phrase("Type it"), show=False),
        key("y", "do('copy')", phrase("Copy")),
    ]

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

    class Copy(Message):
        """The learner wants the command that a remedy names."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    class Insert(Copy):
        """On the prompt, without Enter."""

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
        mentions = self._mentions()
        items: list[Item] = []
        groups = self._groups()
        for where, members in groups.items():
            if len(groups) > 1 or where:
                items.append(self._heading(where, first=not items))
            items += [
                Item(str(at), tuple(self._blocks(at, mentions[at], under_place=bool(where))))
                for at in members
            ]
        hidden = sum(check.hidden for check in self._checks)
        if hidden:
            more = phrase("and {number} more that are not shown", number=hidden)
            items.append(
                Item("hidden", (self._row("  ", _QUIET, self.translate(more), _QUIET),), choosable=False)
            )
        self.put(items)

    def _groups(self) -> dict[str, list[int]]:
        """The checks that are shown by the heading that they stand under, which saves them from saying it each; without
        headings (under "") where there are few, or none that belong together."""
        groups: dict[str, list[int]] = {}
        shown = [at for at, check in enumerate(self._checks) if not check.hidden]
        for at in shown:
            groups.setdefault(self.translate(place(self._checks[at])), []).append(at)
        if len(shown) < _FEW or all(len(members) == 1 for members in groups.values()):
            return {"": shown}
        return groups

    def _heading(self, where: str, *, first: bool) -> Item:
        line = OneLine(Content.styled(safe(where), "bold $secondary"))
        return Item(f"in {where}", (line,) if first else (BLANK, line), choosable=False)

    def _mentions(self) -> list[tuple[Mention, ...]]:
        """What each check has to tell of causes, those that tell nothing here left out."""
        return Mention.of(
            [
                None if check.hidden or self._quiet(outcome) else outcome
                for check, outcome in zip(self._checks, self._outcomes, strict=True)
            ]
        )

    def _quiet(self, outcome: Outcome | None) -> bool:
        """Whether it is just not yet so: nothing is shown of it."""
        return outcome is None or (outcome.verdict is Verdict.FAILED and not self._begun)

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        if self.is_mounted:
            self.call_next(self.respeak)
            self.refresh_bindings()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._begin()
        self.respeak()

    def _begin(self) -> None:
        """Who comes to the list is at the first that fails."""
        if self.has_focus and self.highlighted is None:
            wanting = [
                at
                for at, outcome in enumerate(self._outcomes)
                if (outcome is None or not outcome.verdict.passes) and not self._checks[at].hidden
            ]
            self.go_to(str(wanting[0]) if wanting else "")

    def _blocks(self, at: int, mentions: tuple[Mention, ...], *, under_place: bool) -> Iterator[Block]:
        check, outcome = self._checks[at], self._outcomes[at]
        if isinstance(check, Quiz):
            yield self._question(check, outcome)
            return
        words = safe(sentence(check, outcome, self.language, under_place=under_place))
        if outcome is None or self._quiet(outcome):
            yield self._row("○" if outcome else "·", _QUIET, words)
            return
        verdict = outcome.verdict
        mark = _TURNS[self._turn % len(_TURNS)] if verdict is Verdict.PENDING else VERDICT_MARKS[verdict]
        yield self._row(mark, STYLES[verdict], words, "bold" if not verdict.passes else "")
        if not verdict.passes:
            yield from self._why(check, outcome, mentions)
            if self.has_focus and self.chosen == str(at):
                yield self._offers(at)

    def _offers(self, at: int) -> Row:
        """What can be done with the check that one is at; what Enter does first."""
        offered = [("⏎", "explain", phrase("explain"))]
        if self._command(at):
            offered += [("c", "insert", phrase("put on the prompt")), ("y", "copy", phrase("copy"))]
        return offers(self, *offered)

    def _command(self, at: int) -> str:
        """The command that mends what the check fails for; "" for none."""
        outcome = self._outcomes[at]
        if outcome is None or self._checks[at].hidden or self._quiet(outcome):
            return ""
        commands = (remedy(finding, self.language)[1] for finding in outcome.findings)
        return next((command for command in commands if command), "")

    def _question(self, quiz: Quiz, outcome: Outcome | None) -> Row:
        mark, words = question(quiz, self._checks, outcome)
        style = {"✓": "$success", "✗": "$error"}.get(mark, "$accent")
        return self._row(mark, style, self.translate(words))

    def _why(self, check: Check, outcome: Outcome, mentions: tuple[Mention, ...]) -> Iterator[Block]:
        """What the lab says to it, then what was there, the causes, the ways out."""
        if check.message and outcome.verdict.fails:
            yield Row(Content(cut(safe(self.text(check.message)))), first=Content("  "))
        found = check.found_in_words(outcome.found)
        if found is not None and not any(each.finding.cause == outcome.found for each in mentions):
            yield named(self, phrase("found"), cut(safe(self.translate(found))))
        for each in mentions:
            yield from mention_rows(self, each)
        if check.hint and outcome.verdict.fails and not mentions:
            yield named(self, phrase("hint"), cut(safe(self.text(check.hint))))

    def _row(self, mark: str, colour: str, words: str, style: str = "") -> Row:
        return Row(Content.styled(words, style), first=Content.styled(f"{mark:<2}", colour))

    def _turned(self) -> None:
        self._turn += 1
        self.respeak()

    def act(self, name: str, item_id: str) -> None:
        at = int(item_id)
        check = self._checks[at]
        if isinstance(check, Quiz):
            self.post_message(self.Question(check.id))
        elif name in ("copy", "insert"):
            command = self._command(at)
            if command:
                self.post_message(self.Copy(command) if name == "copy" else self.Insert(command))
        else:
            self.post_message(self.Explain(at))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A command is there to be copied where the check that one is at has a remedy with one."""
        if action == "do":
            return self.chosen.isdigit() and bool(self._command(int(self.chosen)))
        return True

    def action_do(self, name: str) -> None:
        self.act(name, self.chosen)
