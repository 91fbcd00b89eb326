"""Pictures of a text that are not in the lab's folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from runner.authoring.lint.lint_context import Advice, Draft
from runner.words import phrase

_CODE = re.compile(
    r"^(`{3,}|~{3,}).*?(?:^\1`*~*[ \t]*$|\Z)|(`+)(?!`).*?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE
)
_PICTURE = re.compile(r"!\[[^\]]*\]\(\s*(?:<([^>\n]+)>|([^\s)]+))")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def missing_picture(draft: Draft) -> Iterator[Advice]:
    """A document that is made of the lab would have a gap there."""
    for path, file, first, words in draft.read():
        folders = (draft.folder, file.parent) if file else (draft.folder,)
        for name, line in _missing(words, *folders):
            there_is_none = phrase("there is no such picture: {file}", file=name)
            yield Advice(path, there_is_none, file=file, line=first + line if file else None)


def _missing(words: str, *folders: Path) -> Iterator[tuple[str, int]]:
    """The pictures that are in none of the folders, with the lines before them. Those on the web are not looked for."""
    prose = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), words)
    for found in _PICTURE.finditer(prose):
        name = found[1] or found[2]
        file = unquote(name.partition("?")[0])
        if not _ELSEWHERE.match(name) and not any((folder / file).is_file() for folder in folders):
            yield name, prose.count("\n", 0, found.start())
