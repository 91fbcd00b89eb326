"""Katacoda's questions within a text: `>>Q1: …<<` with `(*)`/`( )`, `[*]`/`[ ]`, `=== exactly`, `=~= contains`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_QUESTION = re.compile(r"^\s*>>\s*(?:(?:Q|q)?(\d+)\s*[:.)]\s*)?(.*?)\s*<<\s*$")
_CHOICE = re.compile(r"^\s*[-*]?\s*(?:\(([ *xX]?)\)|\[([ *xX]?)\])\s*(.+?)\s*$")
_WRITTEN = re.compile(r"^\s*(===|=~=)\s*(.+?)\s*$")
MOST_CHOICES = 20
MOST_LINE = 1000
"""Characters of a line that is looked at as a question."""


@dataclass(slots=True)
class Quiz:
    """A question, and the line on which it stands."""

    question: str
    line: int
    choices: list[tuple[str, bool]] = field(default_factory=list)
    exactly: list[str] = field(default_factory=list)
    contains: list[str] = field(default_factory=list)

    @property
    def answerable(self) -> bool:
        if self.choices:
            right = sum(1 for _, correct in self.choices if correct)
            return 2 <= len(self.choices) <= MOST_CHOICES and right > 0 and bool(self.question)
        return bool(self.question) and bool(self.exactly or self.contains) and len(self.pattern()) <= 1000

    def pattern(self) -> str:
        """A regular expression for all of a right written answer."""
        ways = [re.escape(each) for each in self.exactly]
        ways += [f".*{re.escape(each)}.*" for each in self.contains]
        return "|".join(ways)

    def check(self, quiz_id: str, language: str) -> dict[str, Any]:
        """As lab.yaml has it."""
        found: dict[str, Any] = {"quiz": {language: self.question}, "id": quiz_id}
        if self.choices:
            found["choices"] = [
                {"id": f"a{number}", **({"correct": True} if right else {}), "text": {language: words}}
                for number, (words, right) in enumerate(self.choices, start=1)
            ]
            return found
        found["answer"] = self.pattern()
        example = (self.exactly or self.contains)[0]
        return found if found["answer"] == example else {**found, "example": example}


def taken(lines: Sequence[str], first: int) -> tuple[list[str], list[Quiz]]:
    """The lines without their questions (empty in their place), and the questions. `first` is the first line's number."""
    left, found = list[str](), list[Quiz]()
    current: Quiz | None = None
    for number, line in enumerate(lines, start=first):
        question = _QUESTION.match(line) if len(line) <= MOST_LINE else None
        if question:
            current = Quiz(question[2], number)
            found.append(current)
            left.append("")
        elif current is not None and (not line.strip() or _answer(current, line)):
            left.append("")
        else:
            current = None
            left.append(line)
    return left, found


def _answer(quiz: Quiz, line: str) -> bool:
    """Whether the line is one of the quiz's answers; it is added then."""
    written, choice = _WRITTEN.match(line), _CHOICE.match(line)
    if written:
        (quiz.exactly if written[1] == "===" else quiz.contains).append(written[2])
    elif choice:
        mark = choice[1] if choice[1] is not None else choice[2]
        quiz.choices.append((choice[3], mark.strip() != ""))
    return bool(written or choice)
