"""One program on one pseudo-terminal: bytes in, bytes out, who is in the foreground."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)

_CHUNK = 65536  # bytes that are taken at once
_PAGE = 4000  # bytes of a read behind which there is likely more
_DEATH_WATCH = 0.25  # seconds between looks at whether the program lives: a job in the background can keep
# the terminal open after the shell's end, and then no end of file ever comes
_BURIALS = 30  # looks at whether a killed program has gone, a third of a second each
_LOCAL_MODES = 3  # index in termios.tcgetattr's list


class Terminal:
    """A started program, read by the event loop.

    `received` gets every piece of its output, `ended` is called once when it has gone. Nothing else reads the
    descriptor: pexpect's own reading would take the loop's reader away.
    """

    def __init__(
        self,
        program: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        size: tuple[int, int],
        received: Callable[[bytes], None],
        ended: Callable[[], None],
    ) -> None:
        import pexpect

        columns, rows = size
        child: Any = pexpect.spawn(  # Any: its stubs lack ptyproc
            program[0],
            list(program[1:]),
            env=dict(environment),
            cwd=str(folder),
            dimensions=(rows, columns),
            encoding=None,
            timeout=None,
            preexec_fn=_own_signals,
        )
        child.delaybeforesend = None
        child.ptyproc.delayafterclose = 0.02
        child.ptyproc.delayafterterminate = 0.05
        self._child = child
        self.pid: int = child.pid
        self._fd: int = child.child_fd
        self._received, self._ended = received, ended
        self._unsent = bytearray()
        self._loop = asyncio.get_running_loop()
        self.open = True
        self.last_output = self._loop.time()
        """When output last came, on the event loop's clock."""
        os.set_blocking(self._fd, False)
        self._loop.add_reader(self._fd, self._read)
        self._watch = self._loop.call_later(_DEATH_WATCH, self._look_for_death)

    # output and input

    def _read(self) -> None:
        data, ended = self._gathered()
        if data:
            self.last_output = self._loop.time()
            self._received(data)
        if ended:
            self._end()

    def _gathered(self) -> tuple[bytes, bool]:
        """All that is there, up to a chunk, and whether that was the last; one read gives a page (4096 bytes) at most."""
        pieces: list[bytes] = []
        size = 0
        while size < _CHUNK:
            try:
                piece = os.read(self._fd, _CHUNK)
            except BlockingIOError:
                break
            except OSError:  # EIO: the other side is closed
                piece = b""
            if not piece:
                return b"".join(pieces), True
            pieces.append(piece)
            size += len(piece)
            if len(piece) < _PAGE:
                break  # more is not there, or only just: what was asked for is not to wait for it
        return b"".join(pieces), False

    def write(self, data: bytes) -> None:
        """Type `data`, in order with all that was typed before; what the terminal can't take yet waits."""
        if not self.open or not data:
            return
        self._unsent += data
        if len(self._unsent) == len(data):
            self._send()

    def _send(self) -> None:
        try:
            sent = os.write(self._fd, self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:  # the program has gone; the reader finds out
            sent = len(self._unsent)
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._fd, self._send)
        else:
            self._loop.remove_writer(self._fd)

    def forget_unsent(self) -> None:
        """Drop input that waits to be typed: an interrupt must not queue behind it."""
        self._unsent.clear()

    def quiet_for(self) -> float:
        """Seconds since the last output."""
        return self._loop.time() - self.last_output

    def resize(self, size: tuple[int, int]) -> None:
        if self.open:
            columns, rows = size
            self._child.setwinsize(rows, columns)

    # the terminal's state

    @property
    def foreground(self) -> int:
        """The process group that has the terminal; 0 if there is none."""
        if not self.open:
            return 0
        try:
            return os.tcgetpgrp(self._fd)
        except OSError:
            return 0

    @property
    def foreground_name(self) -> str:
        """The name of the foreground group's leader, "" if it is unknown."""
        return _name(self.foreground)

    @property
    def foreground_words(self) -> list[str]:
        """What the foreground group's leader was started with; only its name if nothing more is known."""
        message = _arguments(self.foreground).decode("utf-8", "replace").rstrip("\0")
        return message.split("\0") if message else [name] if (name := self.foreground_name) else []

    @property
    def name(self) -> str:
        """The program's own name: another than it was started with where it became another (`exec`)."""
        return _name(self.pid)

    def runs(self, arguments: Sequence[str]) -> bool:
        """Whether the program was started with these arguments; True if that is unknown."""
        return _arguments(self.pid) in (b"", b"".join(os.fsencode(each) + b"\0" for each in arguments))

    @property
    def at_program(self) -> bool:
        """Whether the program itself has the terminal, or a copy of it that is about to become a command."""
        group = self.foreground
        return group == self.pid or (group > 0 and _arguments(group) == _arguments(self.pid) != b"")

    def _local_mode(self, flag: int) -> bool:
        if not self.open:
            return True
        try:
            return bool(termios.tcgetattr(self._fd)[_LOCAL_MODES] & flag)
        except (OSError, termios.error):
            return True

    @property
    def by_key(self) -> bool:
        """Whether the program reads key by key (an editor, readline at its prompt), not line by line."""
        return not self._local_mode(termios.ICANON)

    @property
    def hidden_input(self) -> bool:
        """Whether a line is awaited and not echoed: a password."""
        return self._local_mode(termios.ICANON) and not self._local_mode(termios.ECHO)

    def signal_foreground(self, number: signal.Signals) -> None:
        """Send a signal to the group that has the terminal, and wake it if it is stopped."""
        group = self.foreground
        if group > 1:
            for each in (number, signal.SIGCONT):
                try:
                    os.killpg(group, each)
                except (ProcessLookupError, PermissionError):
                    return

    # the end

    def _look_for_death(self) -> None:
        if not self.open:
            return
        if self._child.isalive():
            self._watch = self._loop.call_later(_DEATH_WATCH, self._look_for_death)
            return
        while self.open:  # its last output
            before = self.last_output
            self._read()
            if self.last_output == before:
                break
        self._end()

    def _end(self) -> None:
        if self.open:
            self._release()
            self._ended()

    def _release(self) -> None:
        self.open = False
        self._watch.cancel()
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)

    async def close(self) -> None:
        """Hang up, and end what is in the foreground if that does not; `ended` is not called for it."""
        group = self.foreground if self.open else 0
        if self.open:
            self.signal_foreground(signal.SIGHUP)
            self._release()
        if not self._child.closed:
            await asyncio.to_thread(self._bury)
        if group > 1:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)

    def _bury(self) -> None:
        """Close the terminal and wait until the program has ended, killing it if necessary. Blocks."""
        import pexpect

        for _ in range(_BURIALS):
            with contextlib.suppress(pexpect.ExceptionPexpect):  # killed, and not gone yet
                self._child.close(force=True)
                return
        _LOG.error("process %s does not end", self.pid)


def _own_signals() -> None:
    """A shell starts with every signal as usual.

    Python ignores SIGPIPE, and nohup SIGHUP; a shell that inherits that passes it on, and can't take it back:
    `yes | head` would complain, and nothing would end at a hang-up.
    """
    for number in (
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGPIPE,
        signal.SIGTERM,
        signal.SIGXFSZ,
    ):
        signal.signal(number, signal.SIG_DFL)


def _arguments(process: int) -> bytes:
    """What it was started with, b"" if it is unknown."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # gone, or no /proc: macOS
        return b""


def _name(process: int) -> str:
    if not process:
        return ""
    try:
        return Path(f"/proc/{process}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        pass  # gone, or no /proc: macOS
    asked = ["ps", "-o", "comm=", "-p", str(process)]
    output = subprocess.run(asked, capture_output=True, text=True, check=False)
    return Path(output.stdout.strip()).name
