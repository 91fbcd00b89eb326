"""Texts of a lab: `{{variables}}` put in, files per language read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path

from runner.labs.problems import LabErrors, Place, Problem, shown
from runner.labs.source import read_text
from runner.words import LANGUAGES, Phrase, phrase

MOST_BYTES = 256 * 1024
_VARIABLE = re.compile(r"(\\?)\{\{[ ]*([A-Za-z_][A-Za-z0-9_]*)[ ]*\}\}")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*/[A-Za-z0-9_.-]+")


def put_in(text: str, values: Mapping[str, str], unknown: Callable[[str, int], None]) -> str:
    r"""`text` with `{{name}}` replaced by its value. `\{{name}}` stays as `{{name}}`.

    `unknown` is told each name that has no value, with its position in the text.
    """

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        if found[2] in values:
            return values[found[2]]
        unknown(found[2], found.start())
        return found[0]

    return _VARIABLE.sub(one, text)


def unknown_variable(name: str, values: Mapping[str, str]) -> tuple[Phrase, Phrase | None]:
    """The words for a variable that the lab does not have, and a hint."""
    near = get_close_matches(name, values, 1)
    hint = phrase("did you mean {nearest}?", nearest=near[0]) if near else None
    return phrase("The lab has no variable {name}.", name=name), hint


def names_file(text: str) -> bool:
    """Whether a text is not the text itself but names its files, as `text/install` does."""
    return _FILE.fullmatch(text) is not None


def read_files(folder: Path, name: str, place: Place, values: Mapping[str, str]) -> dict[str, str]:
    """The text in every language from `<name>.<language>.md` in the lab's folder. Raises LabErrors."""
    texts, problems = {}, []
    for language in LANGUAGES:
        path = folder / f"{name}.{language}.md"
        if not path.resolve().is_relative_to(folder.resolve()):
            problems.append(Problem(place, phrase("This leads out of the lab's folder: {path}", path=name)))
        elif not path.is_file():
            message = phrase("The text has no file for this language: {file}", file=shown(path))
            problems.append(Problem(place, message))
        else:
            try:
                texts[language] = _read_one(path, values, problems)
            except LabErrors as error:
                problems.extend(error.problems)
    if problems:
        raise LabErrors(problems)
    return texts


def _read_one(path: Path, values: Mapping[str, str], problems: list[Problem]) -> str:
    text = read_text(path, MOST_BYTES)

    def unknown(name: str, at: int) -> None:
        line = text.count("\n", 0, at) + 1
        place = Place(shown(path), line, at - (text.rfind("\n", 0, at) + 1) + 1)
        problems.append(Problem(place, *unknown_variable(name, values)))

    return put_in(text, values, unknown)
