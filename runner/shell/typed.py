"""The command lines that ran, as bash's history has them."""

from __future__ import annotations

import re
from pathlib import Path

# the shell's process, and where its history has something the last entry's number and line
_ENTRY = re.compile(r"(\d+) (?: *(\d+)[ *] (.*))?", re.DOTALL)
_LONGEST = 50_000  # bytes; a longer line is nobody's command of a lab


class LastLine:
    """Reads the file in which bash leaves its last history entry at every prompt.

    What is not kept in the history (a line that begins with a space) is never told, nor is a line of an
    earlier shell.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: tuple[str, str] | None = None

    def new(self) -> str | None:
        """The line that was entered since the last call; None where there is none."""
        try:
            with self._path.open("rb") as file:
                text = file.read(_LONGEST + 1)
        except OSError:
            return None
        found = _ENTRY.fullmatch(text.decode(errors="replace"))
        if found is None or len(text) > _LONGEST:
            return None
        before, self._last = self._last, (found[1], found[2] or "")
        same_shell = before is not None and before[0] == found[1]
        return found[3].strip("\n") if found[3] and same_shell and before != self._last else None
