"""Texts that a learner of one of the languages would miss, and hints that say nothing new."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from runner.authoring.lint.draft import Advice, Draft
from runner.labs.shape import TextAt
from runner.words import Phrase, phrase

_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
_CODE = re.compile(r"```.*?```|`[^`]*`|\{\{.*?\}\}|https?://\S+", re.DOTALL)
_WORD = re.compile(r"[A-Za-z][\w.-]+")
SENTENCE = 3
"""English words that are more than a name."""
_TO_DO = re.compile(r"\bTODO\b:?(.*)")
ENGLISH_HAS_KOREAN = phrase("the English text has Korean in it")
KOREAN_HAS_NONE = phrase("the Korean text has no Korean in it")


def missing_language(draft: Draft) -> Iterator[Advice]:
    """One text for all languages is right for names and commands only."""
    for text in draft.texts:
        if text.by_language is not None or _names_files(text):
            continue
        if _HANGUL.search(text.plain):
            yield Advice(text.path, phrase("the text is missing in: {languages}", languages=("en",)))
        elif _words(text.plain) >= SENTENCE:
            yield Advice(text.path, phrase("the text is missing in: {languages}", languages=("ko",)))


def not_translated(draft: Draft) -> Iterator[Advice]:
    """A language that has the other one's words."""
    for text in draft.texts:
        words = text.by_language or {}
        english, korean = words.get("en", ""), words.get("ko", "")
        if _HANGUL.search(_prose(english)):
            yield Advice((*text.path, "en"), ENGLISH_HAS_KOREAN)
        if _has_no_korean(korean):
            yield Advice((*text.path, "ko"), KOREAN_HAS_NONE)
    for file in _text_files(draft):
        content = _read(file)
        if file.name.endswith(".en.md") and _HANGUL.search(_prose(content)):
            yield Advice((), ENGLISH_HAS_KOREAN, file=file)
        if file.name.endswith(".ko.md") and _has_no_korean(content):
            yield Advice((), KOREAN_HAS_NONE, file=file)


def to_do(draft: Draft) -> Iterator[Advice]:
    """What a learner would read that its author, or the command that made the lab, left to be written.

    A comment may say what is still to be done: nobody but authors reads it.
    """
    for text in draft.texts:
        for language, words in (text.by_language or {"": text.plain}).items():
            if found := _TO_DO.search(words):
                yield Advice((*text.path, language) if language else text.path, _still(found))
    for file in _text_files(draft):
        for number, line in enumerate(_read(file).splitlines(), start=1):
            if found := _TO_DO.search(line):
                yield Advice((), _still(found), file=file, line=number)


def repeated_hint(draft: Draft) -> Iterator[Advice]:
    """A hint that was told already."""
    seen: set[str] = set()
    for index, step in enumerate(draft.lab.steps):
        for number, hint in enumerate(step.hints):
            words = " ".join(next(iter(hint.values())).split()).casefold()
            if words in seen:
                yield Advice(
                    ("steps", index, "hints", number), phrase("this hint was given before, word for word")
                )
            seen.add(words)


def hint_says_nothing(draft: Draft) -> Iterator[Advice]:
    """A hint that is the step's own title."""
    for index, step in enumerate(draft.lab.steps):
        titles = {title.casefold().strip(" .?!") for title in step.title.values()}
        for number, hint in enumerate(step.hints):
            if any(words.casefold().strip(" .?!") in titles for words in hint.values()):
                yield Advice(("steps", index, "hints", number), phrase("this hint says what the title says"))


def _names_files(text: TextAt) -> bool:
    return text.from_files and not any(character.isspace() for character in text.plain)


def _text_files(draft: Draft) -> Iterator[Path]:
    """The files that hold texts, each once."""
    named = {text.plain for text in draft.texts if text.by_language is None and _names_files(text)}
    for name in sorted(named):
        yield from (path for code in ("en", "ko") if (path := draft.folder / f"{name}.{code}.md").is_file())


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _has_no_korean(words: str) -> bool:
    return bool(words) and not _HANGUL.search(words) and _words(words) >= SENTENCE


def _still(found: re.Match[str]) -> Phrase:
    return phrase("still to be written: {words}", words=found[1].strip() or "TODO")


def _prose(words: str) -> str:
    return _CODE.sub(" ", words)


def _words(words: str) -> int:
    return len(_WORD.findall(_prose(words)))
