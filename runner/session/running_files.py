"""All files of a lab: a person agrees to them along with its commands, because any of them may be run."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

MOST_FILES, MOST_BYTES = 5000, 128 * 1024 * 1024
"""Limits for a lab's folder; beyond them it is not searched, and an agreement can't be remembered."""
_PIECE = 1024 * 1024


class NotLookedThrough(Exception):
    """The folder has too much in it, something that is no file, or something that can't be read."""


@dataclass(frozen=True, slots=True)
class LabFile:
    """A file of the folder, or of a folder that a link in it leads to.

    `name` is its path from the lab's folder. `link`: where it points to, where it is a symbolic link; "" else.
    """

    name: str
    path: Path
    link: str = ""

    @property
    def is_file(self) -> bool:
        """False for a link that leads nowhere, or to a folder (the files in that folder stand for themselves)."""
        return self.path.is_file()


def files_of(folder: Path) -> list[LabFile]:
    """Every file of the folder and every link, in order; what links lead to is followed, out of the folder too.

    Raises NotLookedThrough.
    """
    found: list[LabFile] = []
    size = 0
    try:
        for each in _walk(folder, "", frozenset({folder.resolve()}), [MOST_FILES]):
            size += each.path.stat().st_size if each.is_file else 0
            if size > MOST_BYTES:
                raise NotLookedThrough
            found.append(each)
    except (OSError, RuntimeError, ValueError) as error:
        raise NotLookedThrough from error
    return found


def _walk(folder: Path, below: str, above: frozenset[Path], left: list[int]) -> Iterator[LabFile]:
    """`above`: the real folders that lead here, so that a link to one of them ends. `left`: how many entries, folders
    without a file among them, may still come."""
    with os.scandir(folder) as entries:
        found = list(islice(entries, left[0] + 1))
    left[0] -= len(found)
    if left[0] < 0:
        raise NotLookedThrough
    for entry in sorted(found, key=lambda entry: entry.name):
        path, name = Path(entry.path), f"{below}{entry.name}"
        link = str(path.readlink()) if entry.is_symlink() else ""
        if link:
            yield LabFile(name, path, link)
        if entry.is_dir():
            real = path.resolve()
            if real not in above:
                yield from _walk(path, f"{name}/", above | {real}, left)
        elif entry.is_file():
            if not link:
                yield LabFile(name, path)
        elif not link or path.exists():  # a pipe, a device: nobody can say what comes out of it
            raise NotLookedThrough


def digest_of(folder: Path) -> str:
    """Changes with any byte of any file, any name, any link, and with what may be executed. Raises NotLookedThrough."""
    return digest(files_of(folder))


def digest(files: list[LabFile]) -> str:
    """The digest of these files as they are now. Raises NotLookedThrough."""
    try:
        entries = [(each.name, each.link, *_content(each)) for each in files]
    except OSError as error:
        raise NotLookedThrough from error
    return hashlib.sha256(json.dumps(entries).encode(errors="surrogatepass")).hexdigest()


def _content(file: LabFile) -> tuple[bool, str]:
    if not file.is_file:
        return False, ""
    hashed = hashlib.sha256()
    # What was a file a moment ago may be a pipe by now, at which opening would wait.
    with os.fdopen(os.open(file.path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(file.path)
        left = MOST_BYTES
        while left > 0 and (piece := stream.read(_PIECE)):
            hashed.update(piece)
            left -= len(piece)
    return bool(mode & 0o111), hashed.hexdigest()
