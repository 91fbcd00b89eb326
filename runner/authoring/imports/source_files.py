"""Files of somebody else's folder, read within bounds: none outside of it, none of another kind, none too large."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from runner.labs.source import UNWANTED
from runner.words import Phrase, phrase

MOST_TEXT = 128 * 1024
"""Bytes of a text, a script or a JSON file."""
MOST_FILE = 5 * 1024 * 1024
"""Bytes of any other file."""
MOST_ALL = 50 * 1024 * 1024
"""Bytes of all files that one import reads."""
MOST_FILES = 2000

_CONTROL_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")


class Refused(Exception):
    """A file that is not read; `message` says why."""

    def __init__(self, message: Phrase) -> None:
        super().__init__(message.render())
        self.message = message


@dataclass(slots=True)
class Reader:
    """Reads files below `root`. Whatever is read counts towards MOST_ALL."""

    root: Path
    read: int = 0
    files: int = 0
    _whole: Path = field(init=False)

    def __post_init__(self) -> None:
        self._whole = self.root.resolve()

    def place(self, folder: Path, name: str) -> Path:
        """The file `name` as `folder` names it. Raises Refused if it is outside of the root."""
        if "\x00" in name or len(name) > 1000 or PurePosixPath(name).is_absolute():
            raise Refused(phrase("the path is outside the folder: {name}", name=name[:200]))
        path = folder / name
        try:
            inside = path.resolve().is_relative_to(self._whole)
        except (OSError, RuntimeError, ValueError):
            inside = False
        if not inside:
            raise Refused(phrase("the path is outside the folder: {name}", name=name[:200]))
        return path

    def data(self, path: Path, most: int = MOST_FILE) -> bytes:
        """The bytes of a file. Raises Refused."""
        self.place(self.root, os.path.relpath(path, self.root))
        self.files += 1
        if self.files > MOST_FILES:
            raise Refused(phrase("too many files: at most {count} are read", count=MOST_FILES))
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would block at open
            with os.fdopen(descriptor, "rb") as stream:
                if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    raise Refused(phrase("this is not a file"))
                content = stream.read(most + 1)
        except FileNotFoundError:
            raise Refused(phrase("the file does not exist")) from None
        except (OSError, ValueError) as error:
            reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise Refused(phrase("the file can't be read: {reason}", reason=reason)) from error
        if len(content) > most:
            raise Refused(phrase("the file is too large: at most {size}", size=_size(most)))
        self.read += len(content)
        if self.read > MOST_ALL:
            raise Refused(phrase("the files are too large in total: at most {size}", size=_size(MOST_ALL)))
        return content

    def text(self, path: Path) -> str:
        """The text of a file, its line ends `\\n`, without what a lab may not have. Raises Refused."""
        content = self.data(path, MOST_TEXT)
        try:
            return clean(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise Refused(phrase("not UTF-8 (line {line}): save the file as UTF-8", line=line)) from None


def clean(text: str) -> str:
    """`text` without control sequences and characters that a lab file may not have; line ends are `\\n`."""
    plain = _CONTROL_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    plain = plain.replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return UNWANTED.sub("", plain)


def _size(count: int) -> str:
    return f"{count // (1024 * 1024)} MiB" if count >= 1024 * 1024 else f"{count // 1024} KiB"
