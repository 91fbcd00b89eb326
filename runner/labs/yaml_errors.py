"""Errors of the YAML parser as plain messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from runner.labs.lab_problems import Place, Problem
from runner.words import Phrase, phrase


def syntax_problem(error: yaml.YAMLError, text: str, file: Path, opened: Place | None = None) -> Problem:
    """The error in a text that is not YAML, at the place where the author must look.

    `opened`: where the innermost list or mapping begins that was being read; None at the top.
    """
    mark: Any = getattr(error, "problem_mark", None)
    begun: Any = getattr(error, "context_mark", None)
    complaint = f"{getattr(error, 'context', '') or ''}: {getattr(error, 'problem', '') or ''}"
    if mark is None:
        return Problem(file, None, None, phrase("not YAML: {reason}", reason=" ".join(str(error).split())))
    lines = text.splitlines()
    here = lines[mark.line] if mark.line < len(lines) else ""
    if (
        "flow node" in complaint and opened is not None
    ):  # its context is where a value is wanted, not the bracket
        if mark.line >= len(lines):
            return Problem(file, opened.line, opened.col, _not_closed(opened.line))
        message = _no_value(here[mark.column : mark.column + 1], opened.line)
        return Problem(file, mark.line + 1, mark.column + 1, message)
    if begun is not None and ("quoted scalar" in complaint or mark.line >= len(lines)):
        mark = begun
    message = _words(complaint, here, mark.column, begun.line + 1 if begun else None)
    line = min(mark.line + 1, max(len(lines), 1))
    col = mark.column + 1 if line == mark.line + 1 else 1
    return Problem(file, line, col, message)


def _words(complaint: str, line: str, column: int, begun: int | None) -> Phrase:
    character = line[column : column + 1]
    if character == "\t" or "\t" in _indent(line):
        return phrase("a tab: YAML is indented with spaces")
    if "quoted scalar" in complaint:
        return phrase("the quote that is opened here is not closed as it should be")
    if "mapping values are not allowed" in complaint:
        return phrase("a colon and a space within a text: put the whole text in quotes")
    if "start any token" in complaint:
        return phrase("a text can't begin with {character}: put it in quotes", character=character)
    if "flow" in complaint and "{{" in line[: column + 2]:
        return phrase("within brackets or braces, a text with {{{{…}}}} in it must be in quotes")
    if "flow" in complaint:
        return _not_closed(begun)
    if "expected ':'" in complaint:
        return phrase("a key without its colon, or a text that goes on in a second line: put it in quotes")
    if "block mapping" in complaint or "block collection" in complaint or "block sequence" in complaint:
        return phrase(
            "this does not fit what stands above: look at the indentation, and at quotes within quotes"
        )
    return phrase("not YAML: {reason}", reason=complaint.strip(" :"))


def _not_closed(line: int | None) -> Phrase:
    return phrase("a comma or a closing bracket is missing; the bracket was opened in line {line}", line=line)


def _no_value(character: str, line: int) -> Phrase:
    if character in ("]", "}"):  # of another kind than the one that was opened
        return _not_closed(line)
    return phrase(
        "a value is missing before {character}; the bracket was opened in line {line}",
        character=character,
        line=line,
    )


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
