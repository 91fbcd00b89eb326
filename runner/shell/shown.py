"""Recent output of a terminal: the end of it, and everything since the last prompt."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from runner.shell.controls import Modes, Tokens, plain
from runner.shell.redact import redact

_TAIL = 2000  # characters
_SCREENFUL = 100_000  # bytes, for a terminal that begins to listen later

RESET = b"\x1b[?1049l\x1b[?1l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l"
"""What a full-screen program that was killed leaves behind: the other screen, cursor keys, a hidden cursor, the mouse."""


class Shown:
    """Takes the output of one shell after the other."""

    def __init__(self) -> None:
        self.since_prompt = bytearray()
        """The output since the last prompt began; its end where it is long."""
        self.begin()

    def begin(self) -> None:
        """A new shell: the modes of the terminal and an unfinished character are those of the former one."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._tokens, self.modes = Tokens(), Modes()
        self.tail = ""
        """The last of the output, without control sequences."""

    def feed(self, data: bytes) -> tuple[str, Sequence[str], str]:
        """The next output as text, as tokens (see controls.Tokens), and as text without control sequences."""
        self.since_prompt += data
        if len(self.since_prompt) > 2 * _SCREENFUL:
            del self.since_prompt[:-_SCREENFUL]
        text = self._decoder.decode(data)
        tokens = self._tokens.feed(text)
        for token in tokens:
            if token[0] == "\x1b":
                self.modes.see(token)
        words = plain(tokens)
        self.tail = (self.tail + words)[-_TAIL:]
        return text, tokens, words

    @property
    def last_line(self) -> str:
        """The last line with something on it, secrets masked."""
        return next((redact(line.strip()) for line in reversed(self.tail.splitlines()) if line.strip()), "")
