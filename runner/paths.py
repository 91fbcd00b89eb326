"""Where Labgate keeps a learner's things, and how they are written."""

from __future__ import annotations

import fcntl
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
    with tempfile.TemporaryDirectory(prefix=f"labgate-{name}-", ignore_cleanup_errors=True) as folder:
        lock = os.open(Path(folder) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.environ["LABGATE_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            if before is None:
                del os.environ["LABGATE_HOME"]
            else:
                os.environ["LABGATE_HOME"] = before
            os.close(lock)


def _take_away_left(prefix: str) -> None:
    """Folders of ours that no program holds any more; the temporary folder may be everybody's."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        try:
            if folder.lstat().st_uid != os.getuid():
                continue
            lock = os.open(folder / "lock", os.O_RDWR)
        except OSError:
            continue  # it is being made, or somebody else was quicker
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)  # never through a link
        except OSError:
            continue
        finally:
            os.close(lock)


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
