"""Where Labgate keeps a learner's things, and how they are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """The learner's own folder (mode 0700): $LABGATE_HOME, or the platform's user data folder."""
    chosen = os.environ.get("LABGATE_HOME")
    folder = Path(chosen) if chosen else platformdirs.user_data_path("labgate")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises OSError.

    Text is UTF-8; bytes that are not, as Python holds them (surrogateescape), come out as they were.
    """
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 from the start
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
