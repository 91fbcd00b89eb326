"""What a terminal sends, as Textual's events: any bytes at all, so that none of them can end the screen."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from functools import partial

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from runner.tui.drivers.utf8 import Utf8

_log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds of silence after which a paste that does not end is one that came whole: else no key would work again."""
_HELD_FOR = 0.1  # seconds that the beginning of a sequence waits for the rest
_START, _END = b"\x1b[200~", b"\x1b[201~"
_X10 = re.compile(rb"\x1b\[M([\x20-\xff])([\x20-\xff])([\x20-\xff])")
"""A mouse report of terminals that know no better: button, column and row are bytes, 32 more than they mean."""
_UNFINISHED = re.compile(rb"(?:\x1b\[M[\x20-\xff]{0,2}|\x1b\[(?:2(?:0(?:0)?)?)?|(?<=.)\x1b)\Z", re.DOTALL)
"""The beginning of a paste or of such a report. A lone Escape is the key: that does not wait here."""
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Keyboard:
    """Takes bytes, cut anywhere, and delivers events. Textual's own parser sees sequences that it can read, one by one.

    Pastes are kept from it: it takes a sequence within one for keys, and a program would act on what was only pasted.
    """

    def __init__(
        self, deliver: Callable[[Message], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._deliver, self._clock = deliver, clock
        self._parser = XTermParser()
        self._utf8 = Utf8()
        self._held = b""
        self._pasted: bytearray | None = None
        self._heard = 0.0  # when something came last
        self._button = 0

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self._heard = self._clock()
        data, self._held = self._held + data, b""
        while data:
            data = self._keys_before_paste(data) if self._pasted is None else self._paste(self._pasted, data)

    def tick(self) -> None:
        """To be called some ten times a second: what waited in vain for its rest is taken for what it is."""
        silent = self._clock() - self._heard
        if self._held and silent >= _HELD_FOR:
            held, self._held = self._held, b""
            if not held.startswith(b"\x1b[M"):
                self._parse(held.decode("ascii"))
        if self._pasted is not None and silent >= PATIENCE:
            self._end_of_paste(bytes(self._pasted))
        self._safely(self._parser.tick)

    def _keys_before_paste(self, data: bytes) -> bytes:
        keys, start, rest = data.partition(_START)
        if start:
            self._pasted = bytearray()
        elif unfinished := _UNFINISHED.search(keys):
            keys, self._held = keys[: unfinished.start()], unfinished[0]
        self._keys(keys)
        return rest

    def _paste(self, pasted: bytearray, data: bytes) -> bytes:
        before = len(pasted)
        pasted += data
        at = pasted.find(_END, max(0, before - len(_END) + 1))
        if at < 0:
            return b""
        rest = bytes(pasted[at + len(_END) :])
        self._end_of_paste(bytes(pasted[:at]))
        return rest

    def _end_of_paste(self, pasted: bytes) -> None:
        self._pasted = None
        whole = Utf8()
        text = _FORBIDDEN.sub("", whole.decode(pasted))
        if text:
            self._deliver(events.Paste(text))

    def _keys(self, data: bytes) -> None:
        self._parse(self._utf8.decode(_X10.sub(self._sgr, data)))

    def _sgr(self, report: re.Match[bytes]) -> bytes:
        """The report as Textual reads it. It does not report which button was let go: the one that was pressed last."""
        button, x, y = (each[0] - 32 for each in report.groups())
        released = button & 3 == 3 and not button & (32 | 64)
        if released:
            button = button & ~3 | self._button
        elif not button & (32 | 64):
            self._button = button & 3
        return b"\x1b[<%d;%d;%d%c" % (button, max(1, x), max(1, y), b"m" if released else b"M")

    def _parse(self, text: str) -> None:
        """One by one: what comes after a sequence that can't be read is not lost with it."""
        for character in text:
            self._safely(partial(self._parser.feed, character))

    def _safely(self, parse: Callable[[], Iterable[Message]]) -> None:
        """Deliver what is parsed. A sequence that the parser fails at is left out, and a new parser goes on."""
        try:
            parsed = list(parse())
        except Exception:  # whatever it is: it is only about this sequence
            _log.exception("what the terminal sent could not be read, and was left out")
            self._parser = XTermParser()
            return
        for event in parsed:
            if not isinstance(event, events.Key) or _sound(event):
                self._deliver(event)


def _sound(event: events.Key) -> bool:
    """Whether the key's character is one: halves of characters can be sent by their number (`ESC [ 55296 u`)."""
    try:
        (event.key + (event.character or "")).encode()
    except UnicodeEncodeError:
        return False
    return True
