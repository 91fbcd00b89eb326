"""A question of the step, and the learner's answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widgets import Input

from checks.quiz import Quiz
from runner.tui.key_labels import key
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.prose import inline, prose
from runner.tui.widgets.rows import BLANK, Block, Row
from runner.words import Phrase, phrase


class QuizCard(Spoken, Vertical, can_focus=True):
    """Choose with the arrows or the numbers, Space marks, Enter answers. A wrong answer may be changed."""

    DEFAULT_CSS = """
    QuizCard { height: auto; border: round $primary 50%; padding: 0 1; margin: 0 0 1 0; }
    QuizCard:focus, QuizCard:focus-within { border: round $accent; }
    QuizCard.-right { border: round $success 50%; }
    QuizCard > .outcome { margin-top: 1; }
    QuizCard Input, QuizCard Input:focus { border: none; height: 1; padding: 0 1; margin: 1 0 0 0; background: $panel; }
    """
    PART: ClassVar[Phrase] = phrase("In a question")
    BINDINGS: ClassVar[list[BindingType]] = [
        key("up,k", "move(-1)", phrase("Up"), show=False),
        key("down,j", "move(1)", phrase("Down"), show=False),
        key("space", "mark", phrase("Choose")),
        key("enter", "answer", phrase("Answer")),
        key("escape", "release", phrase("Back to the text")),
    ]

    class Answered(Message):
        """`answer`: ids of choices, or one text."""

        def __init__(self, question: str, answer: tuple[str, ...]) -> None:
            super().__init__()
            self.question, self.answer = question, answer

    at: reactive[int] = reactive(0, init=False)

    def __init__(self, quiz: Quiz) -> None:
        super().__init__()
        self.quiz = quiz
        self._marked: set[str] = set()
        self._given: tuple[str, ...] = ()
        self._right = False

    def compose(self) -> ComposeResult:
        yield Page(classes="question")
        if not self.quiz.choices:
            yield Input(compact=True, max_length=1000)
        yield Page(classes="outcome")

    def show(self, given: tuple[str, ...], right: bool) -> None:
        """`given`: the answer on record, () for none; `right`: whether it is the right one."""
        if (given, right) != (self._given, self._right):  # else what is marked meanwhile stays
            self._marked = set(given)
        self._given, self._right = given, right
        self.can_focus = not right
        self.set_class(right, "-right")
        if right and self.is_attached and self.has_focus_within:
            self.action_release()
        self.respeak()

    def respeak(self) -> None:
        if not self.query(".outcome"):
            return  # not composed yet
        self.query_one(".question", Page).show(self._question())
        for written in self.query(Input):
            written.display = not self._right
            written.placeholder = self.translate(phrase("Your answer"))
            if self._given and not written.value:
                written.value = self._given[0]
        self.query_one(".outcome", Page).show(self._feedback())

    def _question(self) -> Iterator[Block]:
        mark = Content.styled("✓ ", "bold $success") if self._right else Content.styled("? ", "bold $accent")
        for at, block in enumerate(prose(self.text(self.quiz.quiz))):
            if isinstance(block, Row) and not block.fill:
                yield Row(block.body.stylize_before("bold"), mark if at == 0 else Content("  "))
            else:
                yield block
        if self.quiz.choices:
            yield BLANK
        for index, choice in enumerate(self.quiz.choices):
            marked = choice.id in self._marked
            if marked or not self._right:
                yield self._choice(index, inline(self.text(choice.text)), marked)
        if self._right and not self.quiz.choices and self._given:
            yield Row(Content(safe(self._given[0])), first=Content("  "))

    def _choice(self, index: int, words: Content, marked: bool) -> Row:
        """`› 2 [x] Fault tolerance`; of an answered question the right ones alone."""
        if self._right:
            return Row(words, first=Content.styled("  • ", "$success"))
        box = ("[x]" if marked else "[ ]") if self.quiz.several else ("(•)" if marked else "( )")
        here = index == self.at and self.has_focus
        first = Content.assemble(
            ("›" if here else " ", "bold $accent"),
            (f"{index + 1:>2} ", "$foreground 60%"),
            (f"{box} ", "bold $accent" if marked else ""),
        )
        means = Style.from_meta({"choice": index})
        style = "bold $accent" if here else "bold" if marked else ""
        return Row(words.stylize_before(style).stylize(means), first.stylize(means))

    def _feedback(self) -> Iterator[Block]:
        if self._right:
            yield from self._praise()
        elif self._given and self._still_there():
            wrong = Content.styled("✗ ", "bold $error")
            yield Row(Content.styled(self.translate(self._wrong()), "bold"), first=wrong)
        else:
            yield Row(Content.styled(self.translate(self._how()), "$foreground 60%"), first=Content("  "))

    def _praise(self) -> Iterator[Block]:
        """What is to be learnt from the answer, whole."""
        right = Content.styled(self.translate(phrase("Right.")), "bold $success")
        explained = prose(self.text(self.quiz.explain)) if self.quiz.explain else []
        begins = explained[0] if explained else None
        if isinstance(begins, Row):
            right = Content.assemble(right, " ", begins.body)
            explained = explained[1:]
        yield Row(right, first=Content("  "))
        for block in explained:
            yield Row(block.body, first=Content("  ")) if isinstance(block, Row) else block

    def _still_there(self) -> bool:
        """Whether what is on the card is the answer that was given."""
        if self.quiz.choices:
            return set(self._given) == self._marked
        return self.query_one(Input).value.strip() == self._given[0].strip()

    def _wrong(self) -> Phrase:
        """What is wrong with it, without telling which."""
        chosen, right = len(self._given), len(self.quiz.solution())
        if self.quiz.several and self.quiz.tell_count and chosen != right:
            return phrase(
                "Not right yet: {chosen} chosen, {right} are right. Change it and press Enter.",
                chosen=chosen,
                right=right,
            )
        if self.quiz.several and chosen != right:
            return phrase("Not right yet: that is too few, or too many. Change it and press Enter.")
        return phrase("Not right yet. Change it and press Enter.")

    def _how(self) -> Phrase:
        if self.quiz.several:
            return phrase("Choose all correct answers (Space), then press Enter.")
        if self.quiz.choices:
            return phrase("Choose one and press Enter.")
        return phrase("Write your answer and press Enter.")

    # what the learner does --------------------------------------------------------------------------------

    def watch_at(self) -> None:
        self.respeak()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        if has_focus:
            for written in self.query(Input):
                written.focus()
        self.respeak()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "mark" or bool(self.quiz.choices)

    def action_move(self, by: int) -> None:
        self.at = max(0, min(len(self.quiz.choices) - 1, self.at + by))

    def action_mark(self) -> None:
        if self.quiz.choices and not self._right:
            choice = self.quiz.choices[self.at].id
            self._marked = self._marked ^ {choice} if self.quiz.several else {choice}
            self.respeak()

    def action_answer(self) -> None:
        if not self.quiz.choices or self._right:
            return
        if not self.quiz.several:
            self._marked = {self.quiz.choices[self.at].id}
        if self._marked:
            answer = tuple(choice.id for choice in self.quiz.choices if choice.id in self._marked)
            self.post_message(self.Answered(self.quiz.id, answer))
        self.respeak()

    def action_release(self) -> None:
        """Back to what the card lies in."""
        holder = next((each for each in self.ancestors if getattr(each, "can_focus", False)), None)
        self.screen.set_focus(holder)  # type: ignore[arg-type]

    def on_key(self, event: Key) -> None:
        if self.quiz.choices and event.character and event.character.isdecimal():
            number = int(event.character)
            if 1 <= number <= len(self.quiz.choices):
                event.stop()
                self.at = number - 1
                self.action_mark()

    def on_page_pressed(self, event: Page.Pressed) -> None:
        if "choice" in event.meta and not self._right:
            event.stop()
            self.focus(scroll_visible=False)
            self.at = event.meta["choice"]
            self.action_mark()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one(".outcome", Page).show(self._feedback())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.post_message(self.Answered(self.quiz.id, (event.value.strip(),)))
