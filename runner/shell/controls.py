"""A terminal's text, cut into plain runs and control sequences."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(
    r"""
      (?:[^\x00-\x1f\x7f]*+\r\n)++                   # plain lines, as many as there are: floods of output come so
    | [^\x00-\x08\x0a-\x1f\x7f]+                     # a plain run, tabs included
    | \x1b\[[0-?]*[ -/]*[@-~]                        # CSI
    | \x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)        # OSC, DCS, SOS, PM, APC
    | \x1b[ -/]+[0-~]                                # charsets and the like
    | \x1b[0-OQ-WYZ\\`-~]                            # single escapes
    | .                                              # a control character, or a broken sequence's ESC
    """,
    re.VERBOSE | re.DOTALL,
)
_OF_A_BLOCK = re.compile(r"[^\r]+|\r\n")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)\Z")
_LONGEST = 8192  # characters of a sequence that never ends; then it is passed on as it is

_PRIVATE_MODE = re.compile(r"\x1b\[\?([0-9;]+)([hl])\Z")
_ALTERNATE = {"47", "1047", "1049"}


class Pieces:
    """Passes on text that arrives in pieces so that none ends within a control sequence.

    With `line_ends`, none ends within a line end (CR LF) either.
    """

    def __init__(self, *, line_ends: bool = False) -> None:
        self._rest = ""
        self._line_ends = line_ends

    def feed(self, text: str) -> str:
        text = self._rest + text
        complete = len(text) - 1 if self._line_ends and text.endswith("\r") else _complete(text)
        text, self._rest = text[:complete], text[complete:]
        return text


class Tokens:
    """Cuts text that arrives in pieces; what is not complete yet waits for the next piece.

    A token is a plain run, a line end, a control sequence, or a block: plain lines with their ends.
    """

    def __init__(self) -> None:
        self._pieces = Pieces(line_ends=True)

    def feed(self, text: str) -> list[str]:
        return _TOKEN.findall(self._pieces.feed(text))


def is_block(token: str) -> bool:
    """Whether a token is plain lines with their ends."""
    return len(token) > 2 and token.endswith("\r\n")


def of_block(token: str) -> list[str]:
    """The block's plain runs and line ends, each a token."""
    return _OF_A_BLOCK.findall(token)


def _complete(text: str) -> int:
    """How much of `text` holds no sequence that goes on in the next piece."""
    lowest = max(0, len(text) - _LONGEST)
    last = text.rfind("\x1b", lowest)
    if last < 0:
        return len(text)
    before = text.rfind(
        "\x1b", lowest, last
    )  # the last may be half of the end of a sequence that this one began
    return next((at for at in (before, last) if at >= 0 and _UNFINISHED.match(text, at)), len(text))


_CONTROLS = {"\r": "\n"}
"""What controls are as text: nothing, most."""


def plain(tokens: Iterable[str]) -> str:
    """The tokens' text alone, as patterns are matched against: every kind of line end is a newline."""
    return "".join(
        token.replace("\r\n", "\n")
        if token[-1] == "\n"
        else _CONTROLS.get(token, "")
        if token[0] < " " and token[0] != "\t"
        else token
        for token in tokens
    )


class Modes:
    """The terminal modes that matter for typing into full-screen programs."""

    def __init__(self) -> None:
        self.alternate = False
        """A full-screen program has the screen."""
        self.application_cursor = False
        """Arrow keys are to be sent as ESC O, not ESC [."""

    def see(self, token: str) -> None:
        if token[-1] not in "hl":
            return
        found = _PRIVATE_MODE.match(token)
        if not found:
            return
        on = found[2] == "h"
        for mode in found[1].split(";"):
            if mode in _ALTERNATE:
                self.alternate = on
            elif mode == "1":
                self.application_cursor = on
