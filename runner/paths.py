"""Where Labgate keeps a learner's things, and how they are written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """The learner's own folder (mode 0700): $LABGATE_HOME, or the platform's user data folder."""
    chosen = os.environ.get("LABGATE_HOME")
    folder = Path(chosen) if chosen else platformdirs.user_data_path("labgate")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@contextmanager
def apart(name: str) -> Iterator[Path]:
    """A data folder of this program's own, for as long as that lasts: nothing of the person's is touched, nothing stays.

    Programs that are started meanwhile have it, too. What earlier ones left that were killed is taken away.
    """
    _take_away_left(f"labgate-{name}-")
    before = os.environ.get("LABGATE_HOME")
    prefix = f"labgate-{name}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        os.environ["LABGATE_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            if before is None:
                del os.environ["LABGATE_HOME"]
            else:
                os.environ["LABGATE_HOME"] = before


def _take_away_left(prefix: str) -> None:
    """Folders of ours whose program is gone; the temporary folder may be everybody's."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        owner = folder.name.removeprefix(prefix).partition("-")[0]
        try:
            if owner.isdigit() and folder.lstat().st_uid == os.getuid() and not _lives(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)  # never through a link
        except OSError:
            continue


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


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
