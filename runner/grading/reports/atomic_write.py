"""Writes files atomically, and to pipes and devices."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from pathlib import Path

from runner.words import Phrase, phrase

READER_MAY_TAKE = 10.0
"""Seconds in which somebody must open the other end of a named pipe."""


class RefusedPlace(Exception):
    """Nothing is written there, for a reason of ours."""

    def __init__(self, reason: Phrase) -> None:
        super().__init__(reason.render())
        self.reason = reason


def write_whole(path: Path, content: str) -> None:
    """The file is either as it was or as it should be; what a symbolic link leads to is written, not the link.

    Raises OSError, RefusedPlace.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        _write_special(path, content)
        return
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".labgate-report-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)  # a report is for others to read; mkstemp's files are not
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _write_special(path: Path, content: str) -> None:
    """To a pipe or a device, which can't be replaced and needs not be."""
    with os.fdopen(_opened(path), "w", encoding="utf-8", newline="") as file:
        file.write(content)


def _opened(path: Path) -> int:
    """The other end of a pipe may not be open yet, and may never be."""
    until = time.monotonic() + READER_MAY_TAKE
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            if error.errno != errno.ENXIO or not stat.S_ISFIFO(path.stat().st_mode):
                raise
            if time.monotonic() > until:
                raise RefusedPlace(phrase("nobody reads this pipe")) from error
            time.sleep(0.1)
        else:
            os.set_blocking(descriptor, True)
            return descriptor
