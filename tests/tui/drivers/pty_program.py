"""A program on a real terminal: what it is sent, what it shows, and how it leaves the terminal behind."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from avt import Vt

ROOT = Path(__file__).parents[3]
MODES = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
LEFT_ON = {7, 25}
"""Modes that a terminal has on when nothing runs in it: lines wrap, the cursor is seen."""
WAIT = float(os.environ.get("LABGATE_TEST_WAIT", "60"))


class PtyProgram:
    """A process with a terminal of its own, 120 x 40, which it is the leader of."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.ours, self.theirs = pty.openpty()
        self.before = termios.tcgetattr(self.theirs)
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.raw = b""
        self._vt = Vt(120, 40, 0)
        self._code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.theirs, termios.TIOCSCTTY, 0)
            for number in (0, 1, 2):
                os.dup2(self.theirs, number)
            os.close(self.ours)
            os.execvpe(command[0], command, dict(environment))

    def read(self, seconds: float = 0.05) -> None:
        """Take what it shows within that time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.ours < 0:
                time.sleep(left)
            elif select.select([self.ours], [], [], left)[0]:
                try:
                    data = os.read(self.ours, 1 << 16)
                except OSError:
                    return
                self.raw += data
                self._vt.feed_str(data.decode("utf-8", "replace"))

    def shown(self) -> str:
        return "\n".join(line.text.rstrip() for line in self._vt.view())

    def sees(self, words: str) -> None:
        """Wait until these are on the screen."""
        end = time.monotonic() + WAIT
        while words not in self.shown():
            assert time.monotonic() < end, f"waited for {words!r} in vain:\n{self.shown()}"
            assert not self.over(), (
                f"it ended with {self._code}:\n{self.raw[-3000:].decode('utf-8', 'replace')}"
            )
            self.read()

    def settles(self) -> None:
        """Wait until it has shown the same for a second: what it was sent has been worked through."""
        end = time.monotonic() + WAIT
        before = None
        while (now := self.shown()) != before:
            assert time.monotonic() < end, f"it does not come to rest:\n{now}"
            before = now
            self.read(1)

    def send(self, data: bytes) -> None:
        """Type these bytes, as fast as they are taken."""
        while data:
            self.read(0.001)
            if select.select([], [self.ours], [], WAIT)[1]:
                data = data[os.write(self.ours, data[:512]) :]

    def over(self) -> bool:
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code is not None

    def ended(self) -> int:
        """Wait for its end; gives its exit code."""
        end = time.monotonic() + WAIT
        while not self.over():
            assert time.monotonic() < end, f"it does not end:\n{self.shown()}"
            self.read()
        self.read()
        assert self._code is not None
        return self._code

    def stopped(self) -> None:
        """Wait until it is stopped, as by Ctrl-Z."""
        end = time.monotonic() + WAIT
        while not os.WIFSTOPPED(os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)[1]):
            assert time.monotonic() < end
            self.read()
        self.read()

    def hang_up(self) -> None:
        """Close the terminal's window."""
        os.close(self.ours)
        os.close(self.theirs)
        self.ours = self.theirs = -1

    def left_as_it_was(self) -> bool:
        """Whether the terminal is as it was before: no mode on, lines edited and echoed."""
        on: dict[int, bool] = {}
        for found in MODES.finditer(self.raw):
            on |= {int(number): found[2] == b"h" for number in found[1].split(b";")}
        modes = {number for number, switched in on.items() if switched}
        return modes <= LEFT_ON and on.get(25, True) and termios.tcgetattr(self.theirs) == self.before

    def end(self) -> None:
        """However it stands: nothing of it is left after the test."""
        if not self.over():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        for each in (self.ours, self.theirs):
            if each >= 0:
                os.close(each)


def labgate(*arguments: str, script: str = "") -> list[str]:
    """The command line of the program; `script` runs before it, in the same process."""
    program = f"{script}\nfrom runner.cli import main\nmain()"
    return [sys.executable, "-c", program, *arguments]
