"""All keys as a document, from the bindings: `python -m runner.tui.key_reference` writes docs/keys.md and docs/keys.ko.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from textual.dom import DOMNode

from checks.phrase import LANGUAGES
from runner.tui.app import LabgateApp
from runner.tui.key_help import listed
from runner.tui.screens.catalogue_screen import CatalogueScreen
from runner.tui.screens.clean_up import CleanUpScreen
from runner.tui.screens.explain import ExplainScreen
from runner.tui.screens.export_screen import ExportScreen
from runner.tui.screens.finished import FinishedScreen
from runner.tui.screens.lab import LabScreen
from runner.tui.screens.places_screen import PlacesScreen
from runner.tui.screens.preflight_screen import PreflightScreen
from runner.tui.screens.values import ValuesScreen
from runner.tui.terminal.widget import TerminalView
from runner.tui.widgets.check_list import CheckList
from runner.tui.widgets.quiz_question import QuizCard
from runner.tui.widgets.search_bar import SearchBar
from runner.tui.widgets.step_commands import StepCommands
from runner.tui.widgets.step_list import StepList
from runner.tui.widgets.text_pane import TextPane
from runner.words import Phrase, phrase, translate

FOLDER = Path(__file__).resolve().parents[2] / "docs"

OF_THE_LAB = (TerminalView, TextPane, QuizCard, StepCommands, CheckList, StepList, SearchBar)
"""The parts of the lab's screen that have keys of their own while they have the focus."""
PAGES: tuple[tuple[Phrase, type[DOMNode]], ...] = (
    (phrase("The list of labs"), CatalogueScreen),
    (phrase("Where a lab runs"), PlacesScreen),
    (phrase("A lab's values"), ValuesScreen),
    (phrase("What a lab requires"), PreflightScreen),
    (phrase("Why a check fails"), ExplainScreen),
    (phrase("The end of a lab"), FinishedScreen),
    (phrase("Export"), ExportScreen),
    (phrase("Clean up"), CleanUpScreen),
)
_HEAD = (
    phrase("The keys that work now are at the bottom of each page, and F1 lists all of the page."),
    phrase("⏎ is Enter, ^ is Ctrl, ⇧ is Shift. With Hangul switched on, letters do the same."),
)
_TERMINAL = phrase(
    "The terminal has the keys when a step has commands; F6 leads out and in. In the text, a letter that is no key "
    "goes to the terminal: just begin to type a command."
)


def file(language: str) -> Path:
    """Where the document of that language is."""
    return FOLDER / ("keys.md" if language == "en" else f"keys.{language}.md")


def written(language: str) -> str:
    """The whole document."""

    def text(words: Phrase) -> str:
        return translate(words, language)

    def table(kind: type[DOMNode]) -> Iterator[str]:
        yield "| | |"
        yield "|---|---|"
        for keys, does in listed([kind]):
            yield f"| {' · '.join(f'`{each}`' for each in keys.split())} | {text(does)} |"
        yield ""

    lines = [f"# {text(phrase('Keys'))}", "", *(f"{text(each)}  " for each in _HEAD), ""]
    lines += [f"## {text(phrase('Everywhere'))}", "", *table(LabgateApp)]
    lines += [f"## {text(phrase('A lab'))}", "", text(_TERMINAL), "", *table(LabScreen)]
    for kind in OF_THE_LAB:
        lines += [f"### {text(kind.PART)}", "", *table(kind)]
    for title, page in PAGES:
        lines += [f"## {text(title)}", "", *table(page)]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Write a document for each language."""
    for language in LANGUAGES:
        file(language).write_text(written(language))


if __name__ == "__main__":
    main()
