"""A draft as it is written: nothing in it that the loader would take for something of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runner.authoring.imports.source_files import clean
from runner.authoring.lab_draft import Draft, DraftCommand
from runner.labs.text import escaped


def finished(draft: Draft) -> Draft:
    """The draft with every `{{…}}` that is no variable of ours escaped, and no character that a lab may not have."""
    draft.title, draft.summary = plain(draft.title), plain(draft.summary)
    _commands(draft.setup)
    for step in draft.steps:
        step.title, step.text = plain(step.title), plain(step.text)
        step.hints = [plain(hint) for hint in step.hints]
        step.checks = [plain(check) for check in step.checks]
        _commands(step.run)
        _commands(step.solution)
    draft.notes = [clean(note) for note in draft.notes]
    for step in draft.steps:
        step.notes = [clean(note) for note in step.notes]
    return draft


def _commands(commands: Iterable[DraftCommand]) -> None:
    for each in commands:
        each.command, each.otherwise = plain(each.command), plain(each.otherwise)
        each.answers = [(plain(expect), plain(send)) for expect, send in each.answers]
        each.keys = [plain(key) for key in each.keys]


def plain(value: Any) -> Any:
    """A value of a lab file, the texts in it escaped."""
    if isinstance(value, str):
        return escaped(clean(value))
    if isinstance(value, dict):
        return {key: plain(inside) for key, inside in value.items()}
    return [plain(inside) for inside in value] if isinstance(value, list) else value
