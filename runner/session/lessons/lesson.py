"""A lesson, and what the rules are shown: one line that ran, and the lab that it was typed in."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from checks.base import Ran
from checks.diagnosis.command_lines import Part, parts
from runner.labs.model import Lab, Step
from runner.session.lessons.mentioned import Mentioned
from runner.words import Phrase


@dataclass(frozen=True, slots=True)
class Lesson:
    """`words`: what happened and what mends it, in one line. `command`: the line that mends it; "" where there is none."""

    words: Phrase
    command: str = ""


@dataclass(frozen=True)
class Typed:
    """A line that ran, at a step of a lab. `root` is the lab's folder."""

    ran: Ran
    lab: Lab
    step: Step
    root: Path

    @property
    def line(self) -> str:
        return self.ran.line.strip()

    @property
    def output(self) -> str:
        return self.ran.output

    @cached_property
    def parts(self) -> list[Part]:
        return parts(self.ran.line)

    @cached_property
    def mentioned(self) -> Mentioned:
        """The objects and namespaces that the lab speaks of."""
        return Mentioned(self.lab, self.step)

    def last(self, *programs: str) -> Part | None:
        """The last part of the line that runs one of these."""
        return next((part for part in reversed(self.parts) if part.name in programs), None)

    def search(self, pattern: str) -> re.Match[str] | None:
        """Where the output says that, on one line."""
        return re.search(pattern, self.output, re.MULTILINE)

    def corrected(self, wrong: str, right: str) -> str:
        """The line with that word changed, once."""
        return re.sub(
            rf"(?<![\w./-]){re.escape(wrong)}(?![\w-])", right.replace("\\", "\\\\"), self.line, count=1
        )

    def with_namespace(self, namespace: str) -> str:
        """The line with `-n namespace`, in the place of another."""
        part = self.last("kubectl", "istioctl", "helm")
        named = part.option("-n", "--namespace") if part else ""
        if named:
            return re.sub(
                rf"(-n[ =]?|--namespace[ =]){re.escape(named)}\b", rf"\g<1>{namespace}", self.line, count=1
            )
        without = re.sub(r"\s+-n\s*$", "", self.line)
        head, pipe, rest = without.partition("|")
        return f"{head.rstrip()} -n {namespace}{' ' if pipe else ''}{pipe}{rest}"


Rule = Callable[[Typed], Lesson | None]
"""Reads one family of failures. None where the line shows none of it: a rule never guesses."""


def nearest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """The known word that was probably meant; "" where none is near, or it is known as it stands."""
    words = list(dict.fromkeys(known))
    if word in words:
        return ""
    lowered = {each.lower(): each for each in words}
    near = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=cutoff)
    return lowered[near[0]] if near else ""
