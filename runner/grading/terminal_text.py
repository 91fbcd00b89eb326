"""A terminal's output as lines that can be read: what stays on the page once control sequences are gone."""

from __future__ import annotations

import re

from runner.plain_text import plain

_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07]*|[ -/]*)?\Z", re.DOTALL)
_SCREEN = re.compile(r"\x1b\[\?(?:1049|1047|47)([hl])")
LONGEST = 2000
"""Characters of one line that are kept; a page of binary has no line ends."""
_HELD = 4096
"""Characters of an unfinished sequence that are waited on before it is taken for text."""


class Lines:
    """Takes output in pieces cut anywhere and gives whole lines.

    What a full-screen program (vi) draws on the alternate screen is left out. A carriage return begins the
    line again, so that a progress bar leaves its last state.
    """

    def __init__(self) -> None:
        self._rest = ""  # of a sequence that was cut
        self._line = ""  # not ended yet, with its carriage returns
        self._full_screen = False

    @property
    def current(self) -> str:
        """The line that has not ended yet, such as a question waiting for its answer."""
        return _overwritten(self._line)

    def feed(self, piece: str) -> list[str]:
        """The lines that this piece completes, empty ones too."""
        text, self._rest = self._rest + piece, ""
        if (cut := _UNFINISHED.search(text)) and len(text) - cut.start() < _HELD:
            text, self._rest = text[: cut.start()], text[cut.start() :]
        *ended, line = (self._line + self._page(text)).replace("\r\n", "\n").split("\n")
        again = line.endswith("\r")  # its line feed may be in the next piece
        self._line = (_overwritten(line) + "\r" if again else line)[-LONGEST:]
        return [_overwritten(line) for line in ended]

    def end(self) -> list[str]:
        """The line that never ended, if any; ready for the next command."""
        last, self._rest, self._full_screen, self._line = self.current, "", False, ""
        return [last] if last else []

    def _page(self, text: str) -> str:
        """The part of `text` that goes to the page, not to a full-screen program."""
        kept, at = [], 0
        for switch in _SCREEN.finditer(text):
            if not self._full_screen:
                kept.append(text[at : switch.start()])
            self._full_screen, at = switch[1] == "h", switch.end()
        if not self._full_screen:
            kept.append(text[at:])
        return plain("".join(kept))


def _overwritten(line: str) -> str:
    """What a line shows after its carriage returns."""
    parts = [part for part in line.split("\r") if part]
    return parts[-1].rstrip()[:LONGEST].expandtabs() if parts else ""
