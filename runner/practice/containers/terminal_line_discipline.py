"""What a terminal does between a person and a program: echo, correction of the line, end of input, Ctrl-C, line ends.

As termios(3) has it in canonical mode. A program that wants the keys themselves (a shell's line editor, vi) asks for
`raw()`.
"""

from __future__ import annotations

import asyncio
import signal
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runner.practice.containers.byte_streams import Sink, Source

MOST_OF_A_LINE = 4096
"""Bytes, as Linux has it."""

SIGNALS = {b"\x03": signal.SIGINT, b"\x1c": signal.SIGQUIT, b"\x1a": signal.SIGTSTP}
"""By the keys for them: what was typed before one and nobody has read is gone."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What was typed, for who reads lines (None is the end of the input), and for who reads keys."""

    text: bytes | None
    keys: bytes


class LineDiscipline:
    """The streams of a process on a terminal: `read` gives whole lines, `write` ends lines with CR LF.

    `signalled` is called with SIGINT, SIGQUIT or SIGTSTP as the keys for them come.
    """

    def __init__(self, source: Source, sink: Sink, signalled: Callable[[int], None]) -> None:
        self._source, self._sink = source, sink
        self.signalled = signalled
        self.echo = True
        self._line = bytearray()
        self._lines: list[_Line] = []
        self._news = asyncio.Event()
        self._raw: Callable[[bytes], None] | None = None
        self._pumping: asyncio.Task[None] | None = None
        self._after_return = False
        self._ended = False

    def start(self) -> None:
        self._pumping = asyncio.get_running_loop().create_task(self._pump())

    def stop(self) -> None:
        if self._pumping is not None:
            self._pumping.cancel()

    async def read(self) -> bytes | None:
        """A line with its newline; what was typed before Ctrl-D without one; None at the end of the input."""
        while not self._lines:
            if self._ended:
                return None
            self._news.clear()
            await self._news.wait()
        return self._lines.pop(0).text

    async def write(self, data: bytes) -> None:
        """Output of a program."""
        await self._sink(data if self._raw else data.replace(b"\n", b"\r\n"))

    async def write_raw(self, data: bytes) -> None:
        await self._sink(data)

    @contextmanager
    def raw(self, keys: Callable[[bytes], None]) -> Iterator[None]:
        """`keys` gets everything as it is typed, first what nobody has read yet; b"" at the end of the input."""
        before = self._raw
        self._raw = keys
        typed = b"".join(line.keys for line in self._lines) + bytes(self._line)
        self._lines.clear()
        self._line.clear()
        if typed:
            keys(typed)
        if self._ended:
            keys(b"")
        try:
            yield
        finally:
            self._raw = before

    @contextmanager
    def without_echo(self) -> Iterator[None]:
        """For a password."""
        self.echo = False
        try:
            yield
        finally:
            self.echo = True

    async def _pump(self) -> None:
        while (data := await self._source.read()) is not None:
            if self._raw is not None:
                self._raw(data)
            else:
                await self.typed(data)
        self._ended = True
        self._news.set()
        if self._raw is not None:
            self._raw(b"")

    async def typed(self, data: bytes, *, ahead: bool = False) -> None:
        """Take keys; shows what there is to show of them.

        `ahead`: they were typed for who reads keys, so that a Ctrl-D of them that no program reads is given back to him.
        One that is typed as a program runs, and that nobody reads, is none for the shell after it.
        """
        echo = b"".join(self._typed(byte, ahead) for byte in _characters(data))
        if echo and self.echo:
            await self._sink(echo)

    def _typed(self, key: bytes, ahead: bool) -> bytes:
        """Take one key; gives what the terminal shows of it."""
        if key in (b"\r", b"\n"):
            self._line += b"\n"
            self._deliver()
            return b"\r\n"
        if key == b"\x04":
            if self._line:
                self._deliver()
            else:
                self._lines.append(_Line(None, key if ahead else b""))
                self._news.set()
            return b""
        if key in (b"\x7f", b"\x08"):
            return self._erased(1)
        if key == b"\x15":
            return self._erased(len(self._text()))
        if key == b"\x17":
            text = self._text()
            return self._erased(
                len(text) - len(text.rstrip().rpartition(" ")[0].rstrip()) if text.strip() else len(text)
            )
        if key in SIGNALS:
            self._line.clear()
            self._lines.clear()
            self.signalled(SIGNALS[key])
            return b"^" + bytes([key[0] ^ 0x40])
        if len(self._line) < MOST_OF_A_LINE:
            self._line += key
        return key if key >= b" " or key == b"\t" else b"^" + bytes([key[0] ^ 0x40])

    def _text(self) -> str:
        return self._line.decode("utf-8", "replace")

    def _erased(self, count: int) -> bytes:
        text = self._text()
        kept, gone = text[: len(text) - count], text[len(text) - count :]
        self._line[:] = kept.encode()
        return b"\b \b" * sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in gone)

    def _deliver(self) -> None:
        text = bytes(self._line)
        self._lines.append(_Line(text, text.replace(b"\n", b"\r")))
        self._line.clear()
        self._news.set()


def _characters(data: bytes) -> Iterator[bytes]:
    """The characters of UTF-8, one each; what is none byte by byte."""
    for character in data.decode("utf-8", "surrogateescape"):
        yield character.encode("utf-8", "surrogateescape")
