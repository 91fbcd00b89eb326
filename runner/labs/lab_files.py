"""A lab's files, read within bounds: none outside the lab's folder, none of another kind, none too large."""

from __future__ import annotations

import os
from pathlib import Path

from checks.path_state import NotAFile, beginning
from runner.labs.lab_problems import Problem
from runner.labs.source import unwanted_character
from runner.words import Phrase, phrase

MOST_BYTES = 1024 * 1024


def read_text(file: Path, folder: Path, shown: Path, problems: list[Problem]) -> str | None:
    """The text of a file of the lab in `folder`; None if it can't be read, with the reason in `problems`.

    `shown` is the name that the problems give it. Line ends are `\\n`.
    """
    try:
        if not file.resolve().is_relative_to(folder.resolve()):
            problems.append(Problem(shown, None, None, phrase("the file is outside the lab's folder")))
            return None
        content = beginning(file, MOST_BYTES + 1)
    except NotAFile:
        problems.append(Problem(shown, None, None, phrase("this is not a file")))
        return None
    except (OSError, RuntimeError, ValueError) as error:
        problems.append(Problem(shown, None, None, _reason(error)))
        return None
    if len(content) > MOST_BYTES:
        message = phrase("the file is too large: at most {size}", size="1 MiB")
        problems.append(Problem(shown, None, None, message))
        return None
    return _decoded(content, shown, problems)


def _decoded(content: bytes, shown: Path, problems: list[Problem]) -> str | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, col = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        problems.append(Problem(shown, line, col, phrase("not UTF-8: save the file as UTF-8")))
        return None
    unwanted = unwanted_character(text, shown)
    if unwanted:
        problems.append(unwanted)
        return None
    return text.replace("\r\n", "\n")


def _reason(error: Exception) -> Phrase:
    if isinstance(error, FileNotFoundError):
        return phrase("the file does not exist")
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return phrase("the file can't be read: {reason}", reason=reason)
