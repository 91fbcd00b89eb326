"""Whether a line that the learner entered is one of the lab's commands."""

from __future__ import annotations


def same_command(entered: str, command: str) -> bool:
    """Whether bash's history has `command` as `entered`; the amount of white space does not matter.

    The history has continued lines as one, and joins the lines of a loop with semicolons.
    """
    if "\n" in command.strip():
        return _words(entered.replace(";", " ")) == _words(command.replace(";", " "))
    return _words(entered) == _words(command)


def _words(line: str) -> list[str]:
    return line.replace("\\\n", " ").split()
