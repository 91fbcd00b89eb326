"""What a command asks its user, and what is to be answered: for who types it themselves, and who watches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from textual.content import Content

from runner.labs.model import Command
from runner.tui.key_labels import shown
from runner.tui.screen_text import safe
from runner.tui.spoken import Spoken
from runner.tui.widgets.rows import Block, Row
from runner.words import phrase

_KEYS = ("enter", "escape", "tab", "space", "backspace", "up", "down", "left", "right", "ctrl+c")
_KEY_SIGNS = {name: shown(name) for name in _KEYS} | {"space": "Space", "backspace": "⌫"}


def asked(command: Command, reader: Spoken, indent: str = "  ") -> Iterator[Block]:
    """A row for each answer, and one for the keys of an editor."""
    for answer in command.answers:
        send = safe(answer.send) or shown("enter")
        words = phrase("answer {send} to “{question}”", send=send, question=question(answer.expect))
        yield _row(reader.translate(words), indent)
    if command.keys:
        keys = "  ".join(_KEY_SIGNS.get(each, safe(each)) for each in command.keys)
        yield _row(reader.translate(phrase("keys in the editor: {keys}", keys=keys)), indent)


def question(pattern: str) -> str:
    """The question as a person recognises it, from the regular expression that waits for it."""
    words = re.sub(r"\\s[*+]?", " ", pattern)
    return safe(re.sub(r"\\(.)", r"\1", words).strip("^$ "))


def _row(words: str, indent: str) -> Row:
    first = Content.styled(f"{indent}↳ ", "$foreground 60%")
    return Row(Content.styled(words, "$foreground 75%"), first=first)
