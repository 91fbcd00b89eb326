"""Shortens what an outcome quotes from a cluster: one field may hold a megabyte."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.phrase import Phrase

if TYPE_CHECKING:  # who only shortens a sentence does without pydantic: the first frame does
    from checks.base import Finding, ObjectRef, Outcome

MOST_TEXT = 2000
"""Characters of one value, and of one piece of evidence."""
MOST_VALUES = 50
"""Items of a list of values, and findings of one check."""
_MOST_NAME = 300
_LARGEST = 10**40


def bounded(outcome: Outcome) -> Outcome:
    """The outcome with all texts shortened to a length that can be shown and stored."""
    return replace(
        outcome,
        expected=_phrase(outcome.expected),
        found=_phrase(outcome.found),
        findings=tuple(_finding(each) for each in outcome.findings[:MOST_VALUES]),
    )


def _finding(finding: Finding) -> Finding:
    about = finding.about
    return replace(
        finding,
        cause=_phrase(finding.cause),
        remedy=_phrase(finding.remedy),
        about=about and _ref(about),
        evidence=_text(finding.evidence),
        field=_text(finding.field, _MOST_NAME),
        source=_text(finding.source, _MOST_NAME),
    )


def _ref(about: ObjectRef) -> ObjectRef:
    kind, name, namespace, api_version = (
        _text(part, _MOST_NAME) for part in (about.kind, about.name, about.namespace, about.api_version)
    )
    return replace(about, kind=kind, name=name, namespace=namespace, api_version=api_version, others=())


def shortened(sentence: Phrase, most: int = 200) -> Phrase:
    """The sentence with each text that it quotes cut to `most` characters, and each list to MOST_VALUES of them."""
    shortened = {name: _short(value, most) for name, value in sentence.values.items()}
    return Phrase(sentence.template, shortened, sentence.plural)


def _short(value: object, most: int) -> object:
    if isinstance(value, Phrase):
        return shortened(value, most)
    if isinstance(value, tuple | list):
        return tuple(_short(each, most) for each in value[:MOST_VALUES]) + (
            ("…",) if len(value) > MOST_VALUES else ()
        )
    if isinstance(value, str) and len(value) > most:
        return f"{value[:most]}…"
    return value


def _phrase(sentence: Phrase) -> Phrase:
    kept = {name: _value(value) for name, value in sentence.values.items()}
    return Phrase(sentence.template, kept, sentence.plural)


def _value(value: object) -> object:
    if isinstance(value, Phrase):
        return _phrase(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple | list):
        message = tuple(_value(part) for part in value[:MOST_VALUES])
        return (*message, "…") if len(value) > MOST_VALUES else message
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LARGEST else "…"  # too long for Python to write it
    return _text(str(value))


def _text(text: str, most: int = MOST_TEXT) -> str:
    """The text, with its middle cut out if it is too long, without broken surrogate pairs, which can't be encoded."""
    if len(text) > most:
        text = f"{text[: most // 2]} … {text[-most // 2 :]}"
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
