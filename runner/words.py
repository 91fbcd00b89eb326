"""The program's own words in the reader's language, through gettext catalogues in runner/locale/."""

from __future__ import annotations

import gettext
import locale
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from checks.phrase import LANGUAGES, Phrase, count_phrase, phrase
from runner import plain_text

__all__ = [
    "LANGUAGES",
    "NOT_JUDGED",
    "Phrase",
    "UserError",
    "count_phrase",
    "phrase",
    "preferred_language",
    "printed",
    "text",
    "translate",
]

NOT_JUDGED = 3
"""The exit code if nothing is known to be wrong but the cluster or the machine failed."""

LOCALE_DIR = Path(__file__).parent / "locale"


class UserError(Exception):
    """An error with words for the person: `message` says what happened and what to do next."""

    exit_code = 2
    """Ends the program: it was asked for something impossible."""

    def __init__(self, message: Phrase) -> None:
        super().__init__(message.render())
        self.message = message


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":  # the templates themselves are English
        return gettext.NullTranslations()
    return gettext.translation("labgate", LOCALE_DIR, languages=[language], fallback=True)


def translate(sentence: Phrase, language: str, clean: Callable[[str], str] = str) -> str:
    """The sentence in `language` (one of LANGUAGES); `clean` is asked for each value that is text."""
    return sentence.render(lambda words: translation(words, language), clean, _catalogue(language).ngettext)


def translation(words: str, language: str) -> str:
    """A text without values in `language`; the text itself where the catalogue does not have it."""
    return _catalogue(language).gettext(words) if words else ""  # "" is the catalogue's head


def printed(sentence: Phrase, language: str) -> str:
    """The sentence for plain output: its line ends are its own, and its values are text in it."""
    return plain_text.page(translate(sentence, language, plain_text.value))


def text(by_language: dict[str, str], language: str) -> str:
    """A lab's own text in `language`, else in English, else in any language."""
    return by_language.get(language) or by_language.get("en") or next(iter(by_language.values()), "")


def preferred_language() -> str:
    """The language of the environment: LABGATE_LANGUAGE, then the locale; English if neither is supported."""
    for name in ("LABGATE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            code = (locale.normalize(value).partition("_")[0] or value)[:2].lower()
            return code if code in LANGUAGES else "en"
    return "en"
