"""Texts missing in one of the languages, and hints without new information."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from runner.authoring.lint.lint_context import Advice, Draft
from runner.labs.shape import TextAt
from runner.words import phrase

_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
_CODE = re.compile(r"```.*?```|`[^`]*`|\{\{[^{}]*\}\}|https?://\S+", re.DOTALL)
_WORD = re.compile(r"[A-Za-z][\w.-]+")
SENTENCE = 3
"""English words that are more than a name."""
ENGLISH_HAS_KOREAN = phrase("the English text contains Korean")
KOREAN_HAS_NONE = phrase("the Korean text contains no Korean")


def missing_language(draft: Draft) -> Iterator[Advice]:
    """One text for all languages is right for names and commands only."""
    for text in draft.texts:
        if text.by_language is not None or _names_files(text):
            continue
        if _HANGUL.search(text.plain):
            yield Advice(text.path, phrase("the text is missing for: {languages}", languages=("en",)))
        elif _words(text.plain) >= SENTENCE:
            yield Advice(text.path, phrase("the text is missing for: {languages}", languages=("ko",)))


def not_translated(draft: Draft) -> Iterator[Advice]:
    """A language that has the other one's words."""
    for text in draft.texts:
        words = text.by_language or {}
        english, korean = words.get("en", ""), words.get("ko", "")
        if _HANGUL.search(_prose(english)):
            yield Advice((*text.path, "en"), ENGLISH_HAS_KOREAN)
        if _has_no_korean(korean):
            yield Advice((*text.path, "ko"), KOREAN_HAS_NONE)
    for file in draft.text_files():
        content = _read(file)
        if file.name.endswith(".en.md") and _HANGUL.search(_prose(content)):
            yield Advice((), ENGLISH_HAS_KOREAN, file=file)
        if file.name.endswith(".ko.md") and _has_no_korean(content):
            yield Advice((), KOREAN_HAS_NONE, file=file)


def repeated_hint(draft: Draft) -> Iterator[Advice]:
    """A hint that repeats an earlier one."""
    seen: set[str] = set()
    for index, step in enumerate(draft.lab.steps):
        for number, hint in enumerate(step.hints):
            words = " ".join(next(iter(hint.values())).split()).casefold()
            if words in seen:
                yield Advice(("steps", index, "hints", number), phrase("this hint repeats an earlier hint"))
            seen.add(words)


def hint_says_nothing(draft: Draft) -> Iterator[Advice]:
    """A hint that is the step's own title."""
    for index, step in enumerate(draft.lab.steps):
        titles = {title.casefold().strip(" .?!") for title in step.title.values()}
        for number, hint in enumerate(step.hints):
            if any(words.casefold().strip(" .?!") in titles for words in hint.values()):
                yield Advice(("steps", index, "hints", number), phrase("this hint repeats the title"))


def _names_files(text: TextAt) -> bool:
    return text.from_files and not any(character.isspace() for character in text.plain)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _has_no_korean(words: str) -> bool:
    return bool(words) and not _HANGUL.search(words) and _words(words) >= SENTENCE


def _prose(words: str) -> str:
    return _CODE.sub(" ", words)


def _words(words: str) -> int:
    return len(_WORD.findall(_prose(words)))
