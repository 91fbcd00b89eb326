"""The marks that the shell leaves in its output: OSC 133 (semantic prompts) and OSC 7 (folder).

The shell's scripts put a nonce in each, so that what a program prints is never taken for a mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_STARTS = (b"\x1b]133;", b"\x1b]7;")
_LONGEST = 16384  # bytes of a mark: a folder's path of 4096 bytes, each written as %xx, and some air


@dataclass(frozen=True, slots=True)
class Mark:
    """`kind` is A (prompt begins), B (prompt drawn), C (command runs), D (command ended), P (the line goes on), F (folder),
    L (the line that ended), S (the machine's start-up file is done), G (what the lab needs: put back, and not to be had).

    `position` is the byte in the stream without marks at which it stood. `value` is D's exit code, F's path,
    L's history entry with its process, or G's names: "KUBECONFIG alias:kubectl,function:curl".
    """

    kind: str
    position: int
    value: str = ""


class MarkParser:
    """Takes our marks out of a byte stream that arrives in pieces."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce.encode()
        self._rest = b""
        self.position = 0
        """Bytes given back so far, marks not counted."""

    def feed(self, data: bytes) -> list[bytes | Mark]:
        """The stream's next bytes and marks, in order."""
        data = self._rest + data
        self._rest = b""
        parts: list[bytes | Mark] = []
        begin = 0
        while (escape := data.find(b"\x1b]", begin)) >= 0:
            if not _may_be_mark(data, escape):
                self._give(parts, data[begin : escape + 2])
                begin = escape + 2
                continue
            self._give(parts, data[begin:escape])
            end, after = _end(data, escape)
            if end < 0:
                return self._hold(parts, data[escape:])
            mark = self._mark(data[escape + 2 : end])
            if mark is None:
                self._give(parts, data[escape:after])
            else:
                parts.append(mark)
            begin = after
        rest = data[begin:]
        if rest.endswith(b"\x1b"):
            self._give(parts, rest[:-1])
            self._rest = b"\x1b"
        else:
            self._give(parts, rest)
        return parts

    def _give(self, parts: list[bytes | Mark], data: bytes) -> None:
        if data:
            parts.append(data)
            self.position += len(data)

    def _hold(self, parts: list[bytes | Mark], data: bytes) -> list[bytes | Mark]:
        """Wait for a mark's end, but not forever."""
        if len(data) > _LONGEST:
            self._give(parts, data)
        else:
            self._rest = data
        return parts

    def _mark(self, body: bytes) -> Mark | None:
        if body.startswith(b"7;file://"):
            host, slash, path = body[len(b"7;file://") :].partition(b"/")
            if host != self._nonce or not slash:
                return None
            folder = unquote_to_bytes(b"/" + path).decode("utf-8", "surrogateescape")
            return Mark("F", self.position, folder)
        code, kind, *values = body.split(b";")
        if code != b"133" or not values or values[-1] != self._nonce:
            return None
        return Mark(
            kind.decode("ascii", "replace"), self.position, b";".join(values[:-1]).decode("utf-8", "replace")
        )


def _may_be_mark(data: bytes, at: int) -> bool:
    seen = data[at : at + 6]
    return any(start.startswith(seen[: len(start)]) for start in _STARTS)


def _end(data: bytes, at: int) -> tuple[int, int]:
    """Where an OSC's body ends and where the stream goes on; (-1, -1) while its end has not come."""
    bell = data.find(b"\x07", at)
    string_end = data.find(b"\x1b\\", at + 2)
    if bell >= 0 and (string_end < 0 or bell < string_end):
        return bell, bell + 1
    if string_end >= 0:
        return string_end, string_end + 2
    return -1, -1
