"""Where a bash command line has variables that word splitting would act on."""

from __future__ import annotations

import re
from collections.abc import Iterator

_VARIABLE = re.compile(r"\$(\{[A-Za-z_][A-Za-z0-9_]*[^}]*\}|[A-Za-z_][A-Za-z0-9_]*|[0-9@*])")
_ASSIGNS = re.compile(
    r"(?:^|[\s;&|(])(?:export\s+|local\s+|readonly\s+|declare\s+)?[A-Za-z_][A-Za-z0-9_]*=[^\s;&|]*$"
)
_TESTS = re.compile(r"\[\[[^\]]*$")


def unquoted(command: str) -> Iterator[str]:
    """The variables outside of quotes, as they are written; none of those in assignments and in [[ … ]], which bash
    does not split (bash(1), WORD SPLITTING)."""
    quote, index = "", 0
    while index < len(command):
        sign = command[index]
        if quote == "'":
            quote = "" if sign == "'" else quote
        elif sign == "\\":
            index += 1
        elif sign == "#" and not quote and (index == 0 or command[index - 1].isspace()):
            newline = command.find("\n", index)
            index = len(command) if newline < 0 else newline
        elif sign in "'\"":
            quote = "" if quote == sign else quote or sign
        elif sign == "$" and not quote:
            match = _VARIABLE.match(command, index)
            if match:
                before = command[:index]
                if not _ASSIGNS.search(before) and not _TESTS.search(before):
                    yield match[0]
                index = match.end() - 1
        index += 1
