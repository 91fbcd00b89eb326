"""Lines that were entered while another still ran: bash takes them next, before anything that is typed now."""

from __future__ import annotations

import re

from runner.shell.marks import Mark

SURE = 0.3
"""Seconds in which nothing is typed or shown, after which a line that did not begin was read by something else."""
_PASTED = re.compile(rb"\x1b\[200~.*?\x1b\[201~", re.DOTALL)  # one line, whatever is in it


class Ahead:
    """Counts the lines that bash has not begun, as far as is known: what a program read is counted, too."""

    def __init__(self) -> None:
        self._lines = 0
        self._typed = 0.0
        self._began = False
        self.half = False
        """Whether something was typed after the last Enter: it stands on the next line."""

    def typed(self, data: bytes, at: float) -> None:
        """`data` was typed, `at` on the event loop's clock."""
        self._lines += _PASTED.sub(b"", data).count(b"\r")
        self._typed = at
        _, enter, rest = data.rpartition(b"\r")
        self.half = any(byte >= ord(" ") for byte in rest) or (self.half and not enter)

    def forget(self) -> None:
        """Ctrl-C: the terminal throws away what was not read."""
        self._lines, self.half = 0, False

    def see(self, mark: Mark) -> None:
        """A command began, a line was not complete, or a prompt came though no command began: the line was empty."""
        if mark.kind in ("C", "P") or (mark.kind == "A" and not self._began):
            self._lines = max(0, self._lines - 1)
        if mark.kind in ("C", "A"):
            self._began = mark.kind == "C"

    def comes(self, now: float, last_output: float) -> bool:
        """Whether one is about to begin."""
        return self._lines > 0 and now - max(self._typed, last_output) < SURE
