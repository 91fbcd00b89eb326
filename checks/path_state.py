"""What is at a path. A folder on the way that one may not enter is no reason to stop: Path.is_file() of Python before 3.14
raises PermissionError there, and a PATH or KUBECONFIG may name anything."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path


class NotAFile(OSError):
    """What was to be read is a folder, a pipe, or a device."""


def is_file(path: Path) -> bool:
    """Whether there is a file that can be reached."""
    return os.path.isfile(path)  # noqa: PTH113


def is_dir(path: Path) -> bool:
    """Whether there is a folder that can be reached."""
    return os.path.isdir(path)  # noqa: PTH112


def exists(path: Path) -> bool:
    """Whether there is anything that can be reached."""
    return os.path.exists(path)  # noqa: PTH110


def beginning(path: Path, most: int) -> bytes:
    """The first `most` bytes of a file of somebody else's making, however large it is. Raises OSError.

    NotAFile for a pipe or a device, which may have no end, or never begin.
    """
    # A pipe would block at open, so O_NONBLOCK; and what was opened is looked at, not what was there before.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise NotAFile(f"not a file: {path}")
        return stream.read(most) or b""


def inside(folder: Path, most: int) -> Iterator[Path]:
    """What is in a folder and below it, in order, but no more than `most` entries, however many there are.

    What can't be read is left out; links to folders are not followed.
    """
    left = [most]

    def below(folder: Path) -> Iterator[Path]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(islice(entries, left[0]), key=lambda entry: entry.name)
        except OSError:
            return
        for entry in found:
            if left[0] <= 0:
                return
            left[0] -= 1
            yield Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                yield from below(Path(entry.path))

    yield from below(folder)
