"""A question of the step, and the learner's answer."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click, Key
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static

from checks.quiz import Quiz
from runner.tui.keys import key
from runner.tui.spoken import Spoken
from runner.words import phrase


class QuizCard(Spoken, Vertical, can_focus=True):
    """Choose with the arrows or the numbers, Space marks, Enter answers. A wrong answer may be changed."""

    DEFAULT_CSS = """
    QuizCard { height: auto; border: round $primary 50%; padding: 0 1; margin: 0 0 1 0; }
    QuizCard:focus, QuizCard:focus-within { border: round $accent; }
    QuizCard Static { height: auto; }
    QuizCard Input { border: none; height: 1; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        key("up,k", "move(-1)", phrase("Up"), show=False),
        key("down,j", "move(1)", phrase("Down"), show=False),
        key("space", "mark", phrase("Choose")),
        key("enter", "answer", phrase("Answer")),
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
        yield Static(id="question")
        if self.quiz.choices:
            yield Static(id="choices")
        else:
            yield Input(id="written", compact=True)
        yield Static(id="told")

    def show(self, given: tuple[str, ...], right: bool) -> None:
        """`given`: the answer on record, () for none; `right`: whether it is the right one."""
        if (given, right) != (self._given, self._right) or not self._marked:
            self._marked = set(given)
        self._given, self._right = given, right
        self.can_focus = not right
        if right and self.has_focus:
            self.screen.set_focus(None)
        self.respeak()

    def respeak(self) -> None:
        if not self.is_attached or not self.query("#question"):
            return
        quiz = self.quiz
        self.query_one("#question", Static).update(Content.styled(self.text(quiz.quiz), "bold"))
        if quiz.choices:
            self.query_one("#choices", Static).update(Content("\n").join(self._choices()))
        else:
            written = self.query_one(Input)
            written.disabled = self._right
            if self._given and not written.value:
                written.value = self._given[0]
        self.query_one("#told", Static).update(self._told())

    def _choices(self) -> list[Content]:
        lines = []
        for index, choice in enumerate(self.quiz.choices):
            marked = choice.id in self._marked
            if self._right and not marked:
                continue
            box = ("[x]" if marked else "[ ]") if self.quiz.several else ("(•)" if marked else "( )")
            here = index == self.at and not self._right
            line = Content(f"{'›' if here else ' '} {index + 1} {box} {self.text(choice.text)}")
            lines.append(line.stylize("bold $accent") if here and self.has_focus else line)
        return lines

    def _told(self) -> Content:
        if self._right:
            told = Content.styled("✓ " + self.say(phrase("Right.")), "bold $success")
        elif self._given and set(self._given) == self._marked | (
            set() if self.quiz.choices else set(self._given)
        ):
            told = Content.styled("✗ " + self.say(phrase("Not right yet. Try once more.")), "bold $error")
        else:
            how = (
                phrase("Choose all that are right (Space), then press Enter.")
                if self.quiz.several
                else phrase("Choose one and press Enter.")
                if self.quiz.choices
                else phrase("Write your answer and press Enter.")
            )
            return Content.styled(self.say(how), "dim")
        if self._right and self.quiz.explain:
            told = Content.assemble(told, " ", self.text(self.quiz.explain))
        return told

    def watch_at(self) -> None:
        self.respeak()

    def on_focus(self) -> None:
        if not self.quiz.choices:
            self.query_one(Input).focus()
        self.respeak()

    def on_blur(self) -> None:
        self.respeak()

    def action_move(self, by: int) -> None:
        self.at = max(0, min(len(self.quiz.choices) - 1, self.at + by))

    def action_mark(self) -> None:
        if not self.quiz.choices:
            return
        choice = self.quiz.choices[self.at].id
        self._marked = self._marked ^ {choice} if self.quiz.several else {choice}
        self.respeak()

    def action_answer(self) -> None:
        if not self.quiz.choices:
            return
        if not self.quiz.several and not self._marked:
            self.action_mark()
        elif not self.quiz.several:
            self._marked = {self.quiz.choices[self.at].id}
        if self._marked:
            answer = tuple(choice.id for choice in self.quiz.choices if choice.id in self._marked)
            self.post_message(self.Answered(self.quiz.id, answer))

    def on_key(self, event: Key) -> None:
        if self.quiz.choices and event.character and event.character.isdigit():
            number = int(event.character)
            if 1 <= number <= len(self.quiz.choices):
                event.stop()
                self.at = number - 1
                self.action_mark()

    def on_click(self, event: Click) -> None:
        if self._right or not self.quiz.choices or event.widget is None or event.widget.id != "choices":
            return
        line = event.y
        choices = self.query_one("#choices", Static)
        width = max(1, choices.size.width)
        for index, content in enumerate(self._choices()):
            line -= max(1, -(-content.cell_length // width))
            if line < 0:
                self.at = index
                self.action_mark()
                return

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.post_message(self.Answered(self.quiz.id, (event.value.strip(),)))
