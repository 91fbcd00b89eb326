"""All questions of a step, one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from textual.containers import Vertical

from checks.quiz import Quiz
from runner.tui.widgets.quiz_question import QuizCard


class Quizzes(Vertical):
    DEFAULT_CSS = "Quizzes { height: auto; }"

    def show(
        self, quizzes: Sequence[Quiz], answers: Mapping[str, tuple[str, ...]], right: Sequence[bool]
    ) -> None:
        """The step's questions, the answers on record, and whether each is the right one."""
        cards = list(self.query(QuizCard))
        if [card.quiz for card in cards] != list(quizzes):
            self.remove_children()
            cards = [QuizCard(quiz) for quiz in quizzes]
            self.mount_all(cards)
        for card, holds in zip(cards, right, strict=True):
            card.show(answers.get(card.quiz.id, ()), holds)

    @property
    def to_answer(self) -> QuizCard | None:
        """The first question that wants an answer."""
        return next((card for card in self.query(QuizCard) if card.can_focus), None)

    def answered(self, question: str) -> None:
        """Bring a question into view, with the feedback on the answer once that is there."""
        for card in self.query(QuizCard):
            if card.quiz.id == question:
                self.set_timer(0.1, partial(self._show_feedback, card))

    def _show_feedback(self, card: QuizCard) -> None:
        """All of the card where there is room for it, its end in any case."""
        card.scroll_visible(animate=False)
        for outcome in card.query(".outcome"):
            outcome.scroll_visible(animate=False)

    def turn_to(self, question: str) -> None:
        """Bring a question into view, to be answered."""
        for card in self.query(QuizCard):
            if card.quiz.id == question:
                card.focus(scroll_visible=False)
                # after the page has been laid out: in a narrow window it may just have come up
                self.call_after_refresh(card.scroll_visible, top=True, animate=False)
