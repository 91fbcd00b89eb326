"""What the parts of the lab's screen may ask of it: the palette, the pages over it, what a widget says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from textual.screen import Screen

from runner.labs.model import Lab
from runner.session.learner_run import LearnerRun
from runner.words import Phrase


class Host(Protocol):
    """The lab's screen, as its parts know it. What it shows is read off `run.view`."""

    run: LearnerRun
    step_id: str
    """The step that is being read; to set it is to go there."""

    @property
    def by_hand(self) -> bool:
        """Whether the learner types the commands themselves."""
        ...

    def choose_by_hand(self, by_hand: bool) -> None:
        """The learner's choice, kept for the next time."""

    @property
    def own_prompt(self) -> bool:
        """Whether the shell shows the learner's own prompt."""
        ...

    def choose_prompt(self, *, own: bool) -> None:
        """The learner's choice, kept for the next time."""

    @property
    def language(self) -> str:
        """The language that the person reads now."""
        ...

    def translate(self, sentence: Phrase) -> str:
        """A sentence in the reader's language."""
        ...

    def act(self, action: Callable[[], Awaitable[object]]) -> object:
        """Begin something that takes a while; what it may not do is shown in words."""

    def show_terminal(self) -> None:
        """On a narrow screen, bring the terminal up for what is about to run in it."""

    def put_on_prompt(self, line: str) -> None:
        """Put a line on the prompt and go there. It is the learner who presses Enter."""

    def go_to_broken(self) -> None:
        """Go to the step that mends what is broken."""

    def answer_question(self) -> None:
        """Go to the first question that is not answered right."""

    def clear_messages(self) -> None:
        """Take away the short messages at the edge, which would cover a page."""

    def open_page(self, page: Screen[Any], then: Callable[[Any], None]) -> None:
        """Put a page over the lab; `then` gets what is chosen there."""

    def begin_again(self, *, cluster: bool) -> Awaitable[None]:
        """The lab from its first step, on this cluster or (`cluster`) on a new practice cluster."""
        ...

    def leave(self, following: Lab | None = None) -> None:
        """Back to the labs, and from there into the `following` one."""
