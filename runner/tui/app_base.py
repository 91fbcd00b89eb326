"""The program as every page of it knows it: its language, short messages, the clipboard, links, and the way to a lab."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.app import App
from textual.reactive import reactive

from runner import words
from runner.tui.browser import has_browser
from runner.tui.settings import load_settings
from runner.words import LANGUAGES, Phrase, phrase

if TYPE_CHECKING:
    from textual.await_remove import AwaitRemove
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.screen import Screen
    from textual.selection import Selection
    from textual.widget import Widget

    from runner.labs.model import Lab
    from runner.session.lab_places import Place
    from runner.session.learner_run import LearnerRun
    from runner.session.visit import Visit


class LabgateBase(App[int], inherit_bindings=False):
    """Which page is shown when is the business of LabgateApp."""

    language: reactive[str] = reactive("en")

    def __init__(self, driver: type[Driver] | None, language: str = "") -> None:
        super().__init__(driver_class=driver)
        self.settings = load_settings()
        self._copied: dict[Widget, Selection] = {}
        self.set_reactive(
            LabgateBase.language, language or self.settings.language or words.preferred_language()
        )

    def _prune(self, *nodes: Widget, parent: DOMNode | None = None) -> AwaitRemove:
        """Workers of what goes end before it goes. Textual ends them when all below it is gone already, and what
        such a worker says until then has nothing left to be put on."""
        for node in nodes:
            for each in node.walk_children(with_self=True):
                self.workers.cancel_node(each)
        return super()._prune(*nodes, parent=parent)

    # words

    def translate(self, sentence: Phrase) -> str:
        """A sentence of the program's in the reader's language."""
        return words.translate(sentence, self.language)

    def text(self, by_language: Mapping[str, str]) -> str:
        """A lab's own text in the reader's language."""
        return words.text(dict(by_language), self.language)

    def show_message(self, sentence: Phrase, *, severity: str = "information") -> None:
        """A short message at the edge of the screen, gone after a moment."""
        self.notify(self.translate(sentence), severity=severity, markup=False)  # type: ignore[arg-type]

    def action_switch_language(self) -> None:
        """The next language, everywhere and at once."""
        self.language = LANGUAGES[(LANGUAGES.index(self.language) + 1) % len(LANGUAGES)]
        self.remember(language=self.language)

    def remember(self, **chosen: str | bool) -> None:
        for name, value in chosen.items():
            setattr(self.settings, name, value)
        self.settings.save()

    # labs

    @abstractmethod
    def open_lab(
        self,
        lab: Lab,
        place: Place | None = None,
        *,
        choose: bool = False,
        fresh: bool = False,
        chosen: bool = False,
    ) -> None:
        """The way into a lab: straight to `place`, or where there is nothing to choose; `choose` asks where in any case.

        `fresh`: what was done there earlier is forgotten. `chosen`: the lab has just the values that it is to have;
        else those of the attempt there are taken.
        """

    @abstractmethod
    async def start_lab(self, visit: Visit) -> None:
        """Begin, or go on with, the lab of a visit that has arrived: the lab's screen takes the page's place."""

    @abstractmethod
    def lab_screen(self, visit: Visit, run: LearnerRun) -> Screen[None]:
        """The page of a lab that was entered."""

    @abstractmethod
    async def to_requirements(self, visit: Visit) -> None:
        """The page before the lab takes the lab's place: the visit has to arrive anew."""

    @abstractmethod
    async def leave_lab(self, following: Lab | None = None) -> None:
        """Back to where the lab was chosen, and from there into the `following` one. What was done is on record."""

    # the world outside

    def open_link(self, url: str) -> None:
        """Open a page in the person's browser; where there is none, its address is shown and copied."""
        if not self.is_web and not has_browser():
            self.copy(url, phrase("There is no browser here. The address was copied: {url}", url=url))
            return
        self.open_url(url)
        self.show_message(phrase("Opened in the browser: {url}", url=url))

    def on_text_selected(self) -> None:
        """What was selected with the mouse is copied, as in the terminal. Asked after every click: once for a selection."""
        selected = dict(self.screen.selections)
        if selected and selected != self._copied:
            text = self.screen.get_selected_text() or ""
            if text.strip():
                self.copy("\n".join(line.rstrip() for line in text.split("\n")))
        self._copied = selected

    def copy(self, text: str, message: Phrase | None = None) -> None:
        """Put text on the clipboard of the person's terminal (OSC 52), and show that."""
        self.copy_to_clipboard(text)
        if message:
            self.show_message(message)
        else:
            self.show_copied(text)

    def show_copied(self, text: str) -> None:
        """Show that text is on the clipboard."""
        line = " ".join(text.split())
        self.show_message(phrase("Copied: {text}", text=line if len(line) <= 60 else line[:59] + "…"))
