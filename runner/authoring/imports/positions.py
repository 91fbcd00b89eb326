"""JSON as data, and the line on which each value of it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.authoring.imports.source_files import clean
from runner.labs.lab_problems import Problem
from runner.words import phrase

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')

At = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""


class BrokenJson(Exception):
    """`problem` has the place and the words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.render())
        self.problem = problem


class Document:
    """A JSON file. Values of another type than was asked for count as left out."""

    def __init__(self, text: str, shown: Path) -> None:
        """Raises BrokenJson."""
        self.shown = shown
        try:
            self.data = json.loads(text)
        except json.JSONDecodeError as error:
            message = phrase("invalid JSON: {reason}", reason=error.msg)
            raise BrokenJson(Problem(shown, error.lineno, error.colno, message)) from None
        except (RecursionError, ValueError):
            raise BrokenJson(Problem(shown, None, None, phrase("nested too deeply"))) from None
        if not isinstance(self.data, dict):
            raise BrokenJson(Problem(shown, 1, 1, phrase("expected a JSON object: {example}", example="{…}")))
        self._lines = dict(_walked(text))

    def line(self, *path: str | int) -> int:
        """The line of a value; of what is not there, that of what it would be in."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def get(self, *path: str | int) -> Any:
        """The value, None if there is none."""
        found: Any = self.data
        for key in path:
            if isinstance(found, dict) and isinstance(key, str):
                found = found.get(key)
            elif isinstance(found, list) and isinstance(key, int) and key < len(found):
                found = found[key]
            else:
                return None
        return found

    def string(self, *path: str | int) -> str:
        """A text, in one line, "" if there is none."""
        found = self.get(*path)
        return " ".join(clean(found).split()) if isinstance(found, str) else ""

    def items(self, *path: str | int) -> list[Any]:
        found = self.get(*path)
        return found if isinstance(found, list) else []

    def keys(self, *path: str | int) -> dict[str, Any]:
        found = self.get(*path)
        return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class _Frame:
    """An object or a list that is being walked through."""

    path: At
    is_list: bool
    key: str | None = None
    count: int = 0


def _walked(text: str) -> Iterator[tuple[At, int]]:
    """The path and the line of every value of a text that is JSON."""
    frames: list[_Frame] = []
    line, before = 1, 0
    for match in _TOKEN.finditer(text):
        sign = match[0]
        line, before = line + text.count("\n", before, match.start()), match.start()
        if sign in "}]":
            frames.pop()
        elif sign in ",:":
            continue
        elif frames and not frames[-1].is_list and frames[-1].key is None:
            frames[-1].key = str(json.loads(sign))
        else:
            at = _place(frames)
            yield at, line
            if sign in "{[":
                frames.append(_Frame(at, sign == "["))


def _place(frames: list[_Frame]) -> At:
    """Where the value is that comes next."""
    if not frames:
        return ()
    inside = frames[-1]
    if inside.is_list:
        inside.count += 1
        return (*inside.path, inside.count - 1)
    at = (*inside.path, inside.key or "")
    inside.key = None
    return at
