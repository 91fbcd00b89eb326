"""The end from outside: by a signal, or because nobody is left at the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class End:
    """Has the program end in order, once, whoever asks for it. `end_by` of the app does it."""

    def __init__(self, app: App[Any], loop: asyncio.AbstractEventLoop) -> None:
        self._app, self._loop = app, loop
        self._ending: asyncio.Task[None] | None = None

    def by(self, number: signal.Signals) -> None:
        """On the event loop: a signal came. Its exit code is 128 and its number, as shells give it."""
        if self._ending is None:
            self._ending = self._loop.create_task(self._end(128 + number))

    async def _end(self, code: int) -> None:
        end_by = getattr(self._app, "end_by", None)
        if end_by is not None:
            await end_by(code)
        else:  # a program that has nothing to put in order
            self._app.exit(code)

    def hung_up(self) -> None:
        """From any thread: the terminal is gone."""
        from_a_thread(self._loop, self.by, signal.SIGHUP)


def from_a_thread(loop: asyncio.AbstractEventLoop, call: Callable[..., object], *arguments: object) -> None:
    """Call this on the event loop, or not at all: the program may end, and close its loop, at any moment."""
    with contextlib.suppress(RuntimeError):  # a question before the call would be out of date at the call
        loop.call_soon_threadsafe(call, *arguments)


def on_signals(loop: asyncio.AbstractEventLoop, end: End) -> None:
    """Let the signals that end a program end it in order."""
    for number in SIGNALS:
        loop.add_signal_handler(number, end.by, number)
