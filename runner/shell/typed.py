"""The command lines that ran, as bash's history has them."""

from __future__ import annotations

import re
from urllib.parse import unquote

# the shell's process, and where its history has something the last entry's number and line
_ENTRY = re.compile(r"(\d+) (?: *(\d+)[ *] (.*))?", re.DOTALL)


class LastLine:
    """Follows the last history entry, which a mark brings at every prompt.

    What is not kept in the history (a line that begins with a space) is never reported, nor is a line of an earlier
    shell.
    """

    def __init__(self) -> None:
        self._last: tuple[str, str, str] | None = None

    def new(self, mark: str) -> str:
        """The line that was entered since the previous prompt; "" if there is none. `mark`: the mark's value."""
        found = _ENTRY.fullmatch(unquote(mark))
        if found is None:
            return ""
        process, number, line = found[1], found[2] or "", (found[3] or "").strip("\n")
        before, self._last = self._last, (process, number, line)
        entered = before is not None and before[0] == process and before != self._last
        return line if entered else ""
