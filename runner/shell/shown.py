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
        self._drawn = False
        self.edited_from = 0
        """Where in `since_prompt` the line begins that is being edited: its prompt's last line."""
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
            self.edited_from = 0
        text = self._decoder.decode(data)
        tokens = self._tokens.feed(text)
        for token in tokens:
            if token[0] == "\x1b":
                self.modes.see(token)
        words = plain(tokens)
        self.tail = (self.tail + words)[-_TAIL:]
        return text, tokens, words

    def prompt_begins(self) -> None:
        """What comes now is a prompt."""
        self.since_prompt.clear()
        self.edited_from = 0
        self._drawn = False

    def prompt_goes_on(self) -> None:
        """What comes now is the second prompt, of a line that is not complete."""
        self.edited_from = len(self.since_prompt)

    def prompt_drawn(self) -> None:
        """The prompt has come to its end: of several lines the shell draws only the last again."""
        if not self._drawn:  # it is drawn again and again while the line is edited
            self._drawn = True
            self.edited_from = self.since_prompt.rfind(b"\n") + 1

    def redrawn(self) -> None:
        """The shell draws the line anew: what there is of it is no more."""
        del self.since_prompt[self.edited_from :]

    @property
    def edited(self) -> bytes:
        """What was shown of the line that is being edited, its prompt with it."""
        return bytes(self.since_prompt[self.edited_from :])

    @property
    def last_line(self) -> str:
        """The last line with something on it, secrets masked."""
        return next((redact(line.strip()) for line in reversed(self.tail.splitlines()) if line.strip()), "")
