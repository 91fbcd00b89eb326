"""The program on a terminal: as Textual does it, but no input ends it, and every end leaves the terminal as it was."""

from __future__ import annotations

import os
import selectors
from typing import TYPE_CHECKING, Any, TextIO

from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from runner.tui.drivers.ending import End, on_signals
from runner.tui.drivers.input_parser import Keyboard
from runner.tui.drivers.pace import behind

if TYPE_CHECKING:
    from textual.app import App

_TICK = 0.05  # seconds
_CHUNK = 1024  # bytes in one read


class TerminalDriver(LinuxDriver):
    """What it adds: reading (run_input_thread), signals, and writing to a terminal that may have gone."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        assert self._file is not None, "a terminal has an output"
        self._file = _Unbreakable(self._file)  # type: ignore[assignment]
        self._end = End(app, self._loop)

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        on_signals(self._loop, self._end)

    def run_input_thread(self) -> None:
        """Read until the program ends, or its terminal does."""
        keyboard = Keyboard(self.process_message)
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if behind(self._app):
                    self.exit_event.wait(_TICK)
                elif selector.select(_TICK):
                    data = _read(self.fileno)
                    if not data:
                        self._end.hung_up()
                        return
                    keyboard.feed(data)
                keyboard.tick()

    def _disable_mouse_support(self) -> None:
        """Reports in pixels, too, which Textual switches on where a terminal has them, and leaves on."""
        super()._disable_mouse_support()
        if self._mouse_pixels:
            self.write("\x1b[?1016l")

    def process_message(self, message: Message) -> None:
        """The screen's size is the system's to tell (SIGWINCH): a report of it that was not asked for is not believed."""
        if isinstance(message, events.Resize) and not self._in_band_window_resize:
            return
        super().process_message(message)


def _read(fileno: int) -> bytes:
    """What was typed; b"" where the terminal is closed."""
    try:
        return os.read(fileno, _CHUNK)
    except OSError:
        return b""


class _Unbreakable:
    """Output to a terminal that may be closed: nobody is left to see it, and the program still has to end in order."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            self._let_go()

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            self._let_go()

    def _let_go(self) -> None:
        """What is still to be written, by Python's own end too, goes nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._file.fileno())
        os.close(nowhere)

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()
