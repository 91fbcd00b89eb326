"""Characters that look like others and mean nothing to a shell: pasted from web pages, slides and word processors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from checks.command import Command as CommandCheck
from runner.authoring.lint.lint_context import Advice, Draft
from runner.words import Phrase, phrase

_UNSEEN = re.compile(r"[\u00a0\u00ad\u1680\u2000-\u200f\u2028\u2029\u202a-\u202f\u205f-\u2064\u3000\ufeff]")
"""Spaces that are none to bash, and characters without any width."""
_CURLY = re.compile(r"[\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033]")
_DASH = re.compile(r"(?:^|(?<=\s))[\u2010-\u2015\u2212\uff0d]{1,2}(?=[A-Za-z])")
_FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)^\1", re.MULTILINE | re.DOTALL)
_CALLS = re.compile(
    r"\s*(?:\$\s+|#\s+)?(?:sudo\s+)?(?:kubectl|k|helm|istioctl|docker|podman|kind|minikube|curl|wget|git|export|echo|cat|cd|ls|grep|sed)\b"
)
_WIDTHLESS = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


def odd_characters(draft: Draft) -> Iterator[Advice]:
    """In commands, and in what a learner copies out of a text."""
    for path, command in draft.commands():
        for line in (command.command, command.otherwise or ""):
            yield from (Advice(path, *message) for message in _of(line, command=True))
    for path, check in draft.checks():
        if isinstance(check, CommandCheck):
            yield from (Advice(path, *message) for message in _of(check.command, command=True))
    for path, file, number, words in draft.read():
        first = at = 0
        for found in _FENCE.finditer(words):
            first, at = first + words.count("\n", at, found.start(2)), found.start(2)
            for offset, line in enumerate(found[2].split("\n")):
                for message in _of(line, command=_CALLS.match(line) is not None):
                    yield Advice(path, *message, file, number + first + offset if file else None)


def _of(text: str, *, command: bool) -> Iterator[tuple[Phrase, Phrase]]:
    """What is odd in a text, each character once; of a command (`command`), outside of quotes, dashes and curly quotes, too."""
    for sign in dict.fromkeys(_UNSEEN.findall(text)):
        gone = sign in _WIDTHLESS
        yield _named(sign), phrase("remove it") if gone else phrase("replace it by a space")
    if not command:
        return
    outside = _outside_quotes(text)
    for sign in dict.fromkeys(_CURLY.findall(outside)):
        yield _named(sign), phrase("replace it by a straight quote: ' or \"")
    for sign in dict.fromkeys(found[0][0] for found in _DASH.finditer(outside)):
        yield _named(sign), phrase("replace it by -, or by -- before a long option")


def _named(sign: str) -> Phrase:
    return phrase(
        "bash does not interpret this character as it looks: U+{code} ({name})",
        code=f"{ord(sign):04X}",
        name=unicodedata.name(sign, "?"),
    )


def _outside_quotes(text: str) -> str:
    """The text with nothing where quotes, here-documents and comments were."""
    body = re.sub(r"(?s)<<-?\s*(['\"]?)(\w+)\1.*?^\s*\2\s*$", " ", text, flags=re.MULTILINE)
    return re.sub(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|(?:^|(?<=\s))#[^\n]*", " ", body)
