"""The texts of a lab in all its languages: beside the lab in files, or in the lab file itself."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path as FilePath

from runner.labs.lab_files import read_text
from runner.labs.lab_problems import MOST_KEPT, Place, Problem, add, nearest
from runner.labs.shape import Shaper, TextAt
from runner.labs.text import LANGUAGE_CODE, substituted, unknown_variables
from runner.labs.yaml_nodes import Node, Path, locate
from runner.words import Phrase, phrase

MOST_BESIDE = 20_000
"""Names that are looked at in a folder that holds texts."""


class Texts:
    """The texts that a shaper met, and what is wrong with them."""

    def __init__(self, shaper: Shaper, root: Node, folder: FilePath) -> None:
        self._shaper = shaper
        self._root = root
        self._folder = folder
        self._shown = shaper.file.parent
        self._problems = shaper.problems
        self._names: dict[FilePath, list[str]] = {}
        self.languages = dict.fromkeys(_languages(shaper.texts))  # in their order

    def check(self) -> None:
        """Report every text that is missing in a language, is empty, or is in a language of its own."""
        for text in self._shaper.texts:
            if text.by_language is None:
                if not text.plain.strip():
                    self._report(text.place, phrase("the text is empty"))
                continue
            self._check_languages(text, text.by_language)

    def _check_languages(self, text: TextAt, by_language: dict[str, str]) -> None:
        foreign = [language for language in by_language if language not in self.languages]
        for language in foreign:
            self._report(
                locate(self._root, (*text.path, language), key=True),
                phrase("the lab is not in this language: {language}", language=language),
                nearest(language, self.languages, cutoff=0.5)
                or phrase("one of: {known}", known=tuple(self.languages) or "en, ko"),
            )
        for language, words in by_language.items():
            if not words.strip():
                self._report(locate(self._root, (*text.path, language)), phrase("the text is empty"))
        missing = [language for language in self.languages if language not in text.languages]
        if missing and not foreign:
            self._report(text.place, phrase("the text is missing for: {languages}", languages=tuple(missing)))

    def read_files(self) -> dict[Path, dict[str, str]]:
        """The texts that are kept in files, by the place where the lab names them."""
        found = {}
        for text in self._shaper.texts:
            if text.from_files and text.by_language is None and _names_files(text.plain):
                found[text.path] = self._read(text)
                if not found[text.path]:
                    self._shaper.broken.add(text.path)
        return found

    def _read(self, text: TextAt) -> dict[str, str]:
        name = text.plain
        if name.startswith(("/", "~")) or ".." in FilePath(name).parts:
            self._report(text.place, phrase("the file is outside the lab's folder: {name}", name=name))
            return {}
        beside = self._beside((self._folder / name).parent)
        there = _files(beside, name)
        if not there:
            hint = nearest(name, _file_names(beside, name)) or phrase(
                "a text of one word is the name of files; to have it as text, end it with a full stop and a space"
            )
            example = f"{name}.{next(iter(self.languages), 'en')}.md"
            self._report(text.place, phrase("there is no such file: {file}", file=example), hint)
            return {}
        missing = [language for language in self.languages if language not in there]
        if missing:
            files = tuple(f"{name}.{language}.md" for language in missing)
            self._report(text.place, phrase("there is no such file: {file}", file=files))
        read = {language: self._file(name, language) for language in there}
        return {language: words for language, words in read.items() if words is not None}

    def _file(self, name: str, language: str) -> str | None:
        file = f"{name}.{language}.md"
        shown = self._shown / file
        words = read_text(self._folder / file, self._folder, shown, self._problems)
        if words is None:
            return None
        if not words.strip():
            self._problems.append(Problem(shown, 1, 1, phrase("the text is empty")))
        for offset, variable in unknown_variables(words, self._shaper.known):
            if len(self._problems) >= MOST_KEPT:
                break
            line = words.count("\n", 0, offset) + 1
            col = offset - (words.rfind("\n", 0, offset) + 1) + 1
            self._shaper.unknown_variable(Place(line, col), variable, shown)
        return substituted(words, self._shaper.values)

    def _beside(self, folder: FilePath) -> list[str]:
        """The names in a folder that holds texts, looked up once; of very many some."""
        if folder not in self._names:
            try:
                with os.scandir(folder) as entries:
                    self._names[folder] = sorted(entry.name for entry in islice(entries, MOST_BESIDE))
            except (OSError, ValueError):
                self._names[folder] = []
        return self._names[folder]

    def _report(self, place: Place, message: Phrase, hint: Phrase | None = None) -> None:
        add(self._problems, Problem(self._shaper.file, place.line, place.col, message, hint))


def _languages(texts: Sequence[TextAt]) -> list[str]:
    """The lab's languages: those that at least half of its texts are in, where they are written by language."""
    written = [text.by_language for text in texts if text.by_language]
    counted = Counter(code for each in written for code in each if LANGUAGE_CODE.fullmatch(code))
    return [code for code, count in counted.items() if 2 * count >= len(written)]


def _names_files(words: str) -> bool:
    return bool(words) and not any(character.isspace() for character in words)


def _files(beside: Sequence[str], name: str) -> list[str]:
    """The languages in which there is a file of that name."""
    start = f"{FilePath(name).name}."
    codes = [
        each[len(start) : -len(".md")] for each in beside if each.startswith(start) and each.endswith(".md")
    ]
    return [code for code in codes if LANGUAGE_CODE.fullmatch(code)]


def _file_names(beside: Sequence[str], name: str) -> list[str]:
    """Names that could have been meant."""
    folder = FilePath(name).parent
    meant = {each.rsplit(".", 2)[0] for each in beside if each.count(".") > 1 and each.endswith(".md")}
    return sorted((folder / each).as_posix() for each in meant)


def put_in(data: object, texts: dict[Path, dict[str, str]]) -> None:
    """Replace the names of files by the texts in them."""
    for path, by_language in texts.items():
        inside = data
        for step in path[:-1]:
            inside = inside[step]  # type: ignore[index]
        if isinstance(inside, dict):
            inside[path[-1]] = by_language
