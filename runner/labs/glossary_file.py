"""Reads `glossary.yaml` beside a lab.yaml, and that of the course folder above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from runner.labs.glossary import FILE, Glossary, GlossaryFile, Term
from runner.labs.lab_files import read_text
from runner.labs.lab_problems import Problem, add
from runner.labs.languages import Texts
from runner.labs.shape import Shaper
from runner.labs.source import read_nodes
from runner.labs.verdicts import in_words, is_echo, path_of
from runner.labs.yaml_nodes import Mapping, Node, locate
from runner.labs.yaml_nodes import Path as NodePath
from runner.words import Phrase, phrase


def read_glossary(folder: Path, shown: Path, languages: Sequence[str], problems: list[Problem]) -> Glossary:
    """The glossary of the lab in `folder`, which is in these languages. What is wrong with its files goes to `problems`."""
    own = _read(folder, shown, languages, problems, course=False)
    above = _read(folder.resolve().parent, shown.parent, languages, problems, course=True)
    known = {_bare(word) for term in own for word in _words(term)}
    return Glossary(terms=(*own, *(term for term in above if known.isdisjoint(map(_bare, _words(term))))))


def _read(
    folder: Path, shown: Path, languages: Sequence[str], problems: list[Problem], *, course: bool
) -> tuple[Term, ...]:
    if not (folder / FILE).is_file():
        return ()
    file, found = shown / FILE, list[Problem]()
    words = read_text(folder / FILE, folder, file, found)
    root = read_nodes(words, file, found) if words is not None else None
    if course and not _is_glossary(root, words):
        return ()  # a file of that name in a folder of somebody else's
    terms = _shaped(root, file, folder, languages, found) if isinstance(root, Mapping) else ()
    if root is not None and not isinstance(root, Mapping):
        found.append(
            Problem(file, root.place.line, root.place.col, phrase("a glossary has the keys format and terms"))
        )
    for problem in found:
        add(problems, problem)
    return terms


def _is_glossary(root: Node | None, words: str | None) -> bool:
    """Whether a file is meant as a glossary; what is not YAML (no `root`) is told by the lines in it."""
    if root is None:
        return words is not None and re.search(r"^terms\s*:", words, re.MULTILINE) is not None
    return isinstance(root, Mapping) and "terms" in root.entries


def _shaped(
    root: Mapping, file: Path, folder: Path, languages: Sequence[str], problems: list[Problem]
) -> tuple[Term, ...]:
    shaper = Shaper(file, problems, {}, {})
    data = shaper.model(root, GlossaryFile)
    texts = Texts(shaper, root, folder)
    texts.languages = dict.fromkeys([*languages, *texts.languages])
    texts.check()
    try:
        read = GlossaryFile.model_validate(data)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            path = path_of(each["loc"], data)
            if not is_echo(each, path, shaper.broken):
                place = locate(root, path)
                add(problems, Problem(file, place.line, place.col, in_words(each)))
        return ()
    for path, message in _clashes(read.terms):
        place = locate(root, path)
        add(problems, Problem(file, place.line, place.col, message))
    return read.terms


def _clashes(terms: Sequence[Term]) -> Iterator[tuple[NodePath, Phrase]]:
    """Words that stand for more than one thing, or twice for the same."""
    names: dict[str, int] = {}
    for at, term in enumerate(terms):
        for word in dict.fromkeys(map(_bare, term.name.values())):
            if names.setdefault(word, at) != at:
                yield ("terms", at, "name"), phrase("the term is explained twice: {term}", term=word)
    meant = dict(names)
    for at, term in enumerate(terms):
        for number, alias in enumerate(term.aliases):
            before = meant.setdefault(_bare(alias), at)
            path: NodePath = ("terms", at, "aliases", number)
            if before != at:
                other = terms[before].key
                yield path, phrase("{word} already stands for the term {term}", word=alias, term=other)
            elif alias in (*term.name.values(), *term.aliases[:number]):
                yield path, phrase("this is a name of the term already: {word}", word=alias)


def _words(term: Term) -> tuple[str, ...]:
    return (*term.name.values(), *term.aliases)


def _bare(word: str) -> str:
    return " ".join(word.split()).casefold()
