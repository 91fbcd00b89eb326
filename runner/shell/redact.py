"""Masks secrets in stored output: passwords are never echoed, but tokens are printed, especially by kubectl."""

from __future__ import annotations

import re
from collections.abc import Sequence

MASK = "********"

_NAMES = r"(?:[\w.-]*(?:token|passwd|password|secret|api[-_]?key|client-key-data|access[-_]key))"  # also id-token, GH_TOKEN
_PATTERNS = (
    # Authorization: Basic abc
    re.compile(r"(?i)(\bauthorization:\s*\w+\s+)(\S{4,})"),
    # Bearer abc1 (a word of letters alone is prose)
    re.compile(r"(?i)(\bbearer\s+)((?=\S*[\d._~+/=-])[A-Za-z0-9._~+/=-]{8,})"),
    # token: abc   "token": "abc"   client-key-data: LS0t   (kubeconfigs, Secrets, JSON)
    re.compile(rf"""(?i)(["']?\b{_NAMES}["']?\s*:\s*["']?)([^\s"',}}{{\[\]]{{4,}})"""),
    # --token=abc   --token abc   GH_TOKEN=abc   --from-literal=password=abc
    re.compile(rf"""(?i)(\b{_NAMES}=["']?)([^\s"'$]{{3,}})"""),
    re.compile(rf"""(?i)(--{_NAMES}\s+["']?)([^\s"'$-][^\s"']{{3,}})"""),
    # a JSON web token, wherever it stands
    re.compile(r"()(\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})"),
)
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY-----")
_WORTH_A_LOOK = ("bearer", "authorization", "token", "passw", "secret", "key", "eyj", "-----begin")


def redact(line: str) -> str:
    """The line with the values of tokens, passwords and keys masked."""
    if not _worth_a_look(line):
        return line
    for pattern in _PATTERNS:
        line = pattern.sub(lambda found: found[1] + MASK, line)
    return line


def _worth_a_look(text: str) -> bool:
    text = text.lower()
    return any(word in text for word in _WORTH_A_LOOK)


class Redactor:
    """Redacts a text line by line, private keys over several lines included."""

    def __init__(self) -> None:
        self._in_key = False

    def lines(self, lines: Sequence[str]) -> str:
        """The lines as one text, each ended."""
        text = "\n".join([*lines, ""])
        if not self._in_key and not _worth_a_look(text):
            return text
        return "".join(self.line(line) + "\n" for line in lines)

    def line(self, line: str) -> str:
        if self._in_key:
            self._in_key = not _KEY_ENDS.search(line)
            return MASK if self._in_key else line
        self._in_key = bool(_KEY_BEGINS.search(line)) and not _KEY_ENDS.search(line)
        return redact(line)
