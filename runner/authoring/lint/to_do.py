"""What the author still has to write: TODO comments in lab.yaml, and TODOs in texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from runner.authoring.lint.lint_context import Advice, Draft
from runner.words import Phrase, phrase

_TO_DO = re.compile(r"\b(?:TODO|FIXME)\b:?(.*)")
_CODE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n.*?^\1[^\n]*|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"(?:^|(?<=\s))#")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def to_do(draft: Draft) -> Iterator[Advice]:
    """An author's TODO. One in code is the learner's: they are to fill it in."""
    for number, words in comments(draft.written):
        if found := _TO_DO.search(words):
            yield Advice((), _still(found), file=draft.folder / "lab.yaml", line=number)
    for path, file, first, text in draft.read():
        prose = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)
        for number, line in enumerate(prose.splitlines(), start=first):
            if found := _TO_DO.search(line):
                yield Advice(path, _still(found), file=file, line=number if file else None)


def comments(written: str) -> Iterator[tuple[int, str]]:
    """The comments of a YAML file: the line of each, and its words. A # in a text is none."""
    scalars = [
        ((token.start_mark.line, token.start_mark.column), (token.end_mark.line, token.end_mark.column))
        for token in yaml.scan(written, Loader=_LOADER)
        if isinstance(token, yaml.ScalarToken)
    ]
    inside = iter(sorted(scalars))
    begin, end = next(inside, ((1 << 40, 0), (1 << 40, 0)))
    for number, line in enumerate(written.splitlines()):
        for found in _COMMENT.finditer(line):
            place = (number, found.start())
            while place >= end:
                begin, end = next(inside, ((1 << 40, 0), (1 << 40, 0)))
            if place < begin:
                yield number + 1, line[found.end() :].strip()
                break


def _still(found: re.Match[str]) -> Phrase:
    return phrase("not written yet: {words}", words=found[1].strip() or "TODO")
