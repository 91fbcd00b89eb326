"""Search in the lab's texts: marks what is found in the step that is read, and leads to the steps that have more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from textual.screen import Screen
from textual.widgets import Input

from runner.labs.model import Step
from runner.tui.screen_text import safe
from runner.tui.screens.lab_host import Host
from runner.tui.widgets.block_page import Page
from runner.tui.widgets.page_search import Piece, contains, find
from runner.tui.widgets.prose import prose
from runner.tui.widgets.rows import joined
from runner.tui.widgets.search_bar import SearchBar
from runner.tui.widgets.text_pane import TextPane
from runner.words import Phrase, phrase, text

_ALL = 10_000
"""Columns in which nothing of a text folds."""
_MOST_STEPS = 3
"""Numbers of steps that are listed."""


@dataclass
class Searching:
    """What is looked for. Nothing is kept when the line is closed."""

    host: Host
    screen: Screen[Any]
    words: str = ""
    at: int = 0
    _found: list[tuple[Page, tuple[Piece, ...]]] = field(default_factory=list)

    @property
    def bar(self) -> SearchBar | None:
        """The line, where it is open."""
        return next(iter(self.screen.query(SearchBar)), None)

    @property
    def _pane(self) -> TextPane:
        return self.screen.query_one(TextPane)

    @property
    def _steps(self) -> tuple[Step, ...]:
        return self.host.run.lab.steps

    def open(self) -> None:
        """Open the line below the text, or go to it."""
        if bar := self.bar:
            bar.query_one(Input).focus()
            return
        self.screen.mount(SearchBar(), after=self._pane)

    def close(self) -> None:
        """Take line and marks away; the text stays where it is."""
        self.words, self._found = "", []
        self._mark()
        if bar := self.bar:
            bar.remove()
        self._pane.focus(scroll_visible=False)

    def look_for(self, words: str) -> None:
        """Other words: be at the first place from what is in view on."""
        self.words = words
        self._look()
        top = self._pane.content_region.y
        below = (
            i for i, (page, pieces) in enumerate(self._found) if page.content_region.y + pieces[0][0] >= top
        )
        self.at = next(below, 0)
        self._show()

    def go(self, by: int) -> None:
        """The next place; behind the last one of the step, the first of the next step that has one."""
        self._look()
        at = self.at + by
        if not 0 <= at < len(self._found):
            step = self._next_step(by)
            if step is not None:
                self.host.step_id = step.id
                self.screen.call_after_refresh(self._arrive, by)
                return
            at = at % len(self._found) if self._found else 0
        self.at = at
        self._show()

    def _arrive(self, by: int) -> None:
        self._look()
        self.at = 0 if by > 0 else max(0, len(self._found) - 1)
        self._show()

    def again(self) -> None:
        """What is on the page may have changed: mark what is found on it as it is now."""
        if self.bar is not None and self.words:
            self._look()
            self.at = min(self.at, max(0, len(self._found) - 1))
            self._mark()
            self._show_result()

    def _look(self) -> None:
        pages = [page for page in self._pane.query(Page) if page.display]
        self._found = [(page, pieces) for page in pages for pieces in find(page.page_lines, self.words)]

    def _show(self) -> None:
        self._mark()
        self._show_result()
        if self._found:
            page, pieces = self._found[self.at]
            self._pane.bring_into_view(page, pieces[0][0], pieces[-1][0])

    def _mark(self) -> None:
        marks: dict[Page, dict[int, list[tuple[int, int, bool]]]] = {}
        for number, (page, pieces) in enumerate(self._found):
            for y, start, end in pieces:
                marks.setdefault(page, {}).setdefault(y, []).append((start, end, number == self.at))
        for page in self._pane.query(Page):
            page.mark(marks.get(page, {}))

    def _show_result(self) -> None:
        if bar := self.bar:
            bar.show_result(self._result())

    def _result(self) -> Phrase | None:
        if not self.words.strip():
            return None
        here, others = self.host.step_id, list[int]()
        for number, step in enumerate(self._steps, 1):
            if step.id != here and self._has(step):
                others.append(number)
        if not self._found and not others:
            return phrase("not found in this lab")
        found = (
            phrase("{at} of {of}", at=self.at + 1, of=len(self._found))
            if self._found
            else phrase("not in this step")
        )
        if not others:
            return found
        numbers = ", ".join(map(str, others[:_MOST_STEPS])) + (", …" if len(others) > _MOST_STEPS else "")
        return phrase("{found} · also in step {numbers}", found=found, numbers=numbers)

    def _has(self, step: Step) -> bool:
        return contains(_read(step, self.host.language), self.words)

    def _next_step(self, by: int) -> Step | None:
        """The next other step that has the words, around the lab."""
        steps = self._steps
        here = next(i for i, step in enumerate(steps) if step.id == self.host.step_id)
        order = (steps[(here + by * away) % len(steps)] for away in range(1, len(steps)))
        return next((step for step in order if self._has(step)), None)


def _read(step: Step, language: str) -> str:
    """A step's title and text as they are read."""
    lines = [line for block in prose(text(step.text, language)) for line in block.lines(_ALL)]
    return f"{safe(text(step.title, language))}\n{joined(lines)}"
