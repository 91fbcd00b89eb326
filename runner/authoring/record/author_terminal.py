"""The person's own terminal, with the recorded shell on it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator

from runner.shell import Shell

_CHUNK = 65536
# Whatever a full-screen program that was killed left behind.
_MAIN_SCREEN = b"\x1b[?1049l"  # only out of the other one: it also moves the cursor
_RESET = b"\x1b[?1l\x1b[?25h\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[0m"


def size() -> tuple[int, int]:
    """Columns and rows."""
    columns, rows = shutil.get_terminal_size((120, 40))
    return columns, rows


async def attend(shell: Shell, typed: Callable[[bytes], None]) -> bool:
    """Give every key to `typed`, and show what the shell shows, until it ends; False if the terminal went away first."""
    loop = asyncio.get_running_loop()
    keys, screen = sys.stdin.fileno(), sys.stdout.fileno()
    gone = asyncio.Event()

    def read() -> None:
        try:
            data = os.read(keys, _CHUNK)
        except OSError:
            data = b""
        if data:
            typed(data)
        else:
            gone.set()

    def show(data: bytes) -> None:
        with contextlib.suppress(OSError):
            while data:
                data = data[os.write(screen, data) :]

    with _raw(keys, screen):
        show(shell.on_screen)
        forget = shell.subscribe(show)
        loop.add_reader(keys, read)
        loop.add_signal_handler(signal.SIGWINCH, lambda: shell.resize(*size()))
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, gone.set)
        try:
            while not shell.ended and not gone.is_set():
                await shell.until(lambda: shell.ended or gone.is_set(), 3600.0)
        finally:
            loop.remove_reader(keys)
            for number in (signal.SIGWINCH, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)
            forget()
            if shell.full_screen:
                show(_MAIN_SCREEN)
    return shell.ended


@contextlib.contextmanager
def _raw(keys: int, screen: int) -> Iterator[None]:
    """Keys as they are pressed; as it was, afterwards."""
    before = termios.tcgetattr(keys)
    tty.setraw(keys)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.write(screen, _RESET + b"\r\n")
        with contextlib.suppress(termios.error):
            termios.tcsetattr(keys, termios.TCSADRAIN, before)
