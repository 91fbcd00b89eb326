"""Where Labgate stores a learner's files, and how it writes them."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs


class DataFolderProblem(OSError):
    """The data folder can't be made or written; `filename` is where it should be."""


def data_folder() -> Path:
    """The learner's own folder (mode 0700): $LABGATE_HOME, or the platform's user data folder. Raises DataFolderProblem."""
    chosen = os.environ.get("LABGATE_HOME")
    folder = Path(chosen) if chosen else platformdirs.user_data_path("labgate")
    if not chosen and not folder.is_absolute():  # nobody knows where this user's home is
        raise DataFolderProblem(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DataFolderProblem(error.errno, error.strerror, str(folder)) from error
    return folder


def ensure_data_folder() -> None:
    """Raises DataFolderProblem if nothing can be written to the data folder: better before a run than in its middle."""
    folder = data_folder()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"labgate")
            file.flush()
    except OSError as error:
        raise DataFolderProblem(error.errno, error.strerror, str(folder)) from error


def append_whole(file: int, data: bytes) -> None:
    """Append to a file that is open with O_APPEND, and that nobody else writes: all of it or nothing. Raises OSError."""
    before = os.fstat(file).st_size
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, before)  # half a line would spoil the next one, too
        raise


def import_path() -> str:
    """PYTHONPATH for a new process that finds the same packages as this one, from whatever folder it is started."""
    here = str(Path(__file__).resolve().parents[1])
    given = os.environ.get("PYTHONPATH")
    return f"{here}{os.pathsep}{given}" if given else here


@contextmanager
def apart(name: str) -> Iterator[Path]:
    """A temporary data folder for this program and its children: the person's own is not touched, and nothing is
    left. Leftovers of killed programs are removed.
    """
    before = os.environ.get("LABGATE_HOME")
    base, prefix = Path(tempfile.gettempdir()), f"labgate-{name}-"
    _take_away_left(base, prefix)
    folder, lock = _held_folder(base, prefix)
    os.environ["LABGATE_HOME"] = str(folder)
    try:
        yield folder
    finally:
        if before is None:
            del os.environ["LABGATE_HOME"]
        else:
            os.environ["LABGATE_HOME"] = before
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


_SCRATCH = "labgate-run-"


@contextmanager
def scratch(base: Path | None = None) -> Iterator[Path]:
    """A folder (mode 0700) for files that must not outlive this program: kubeconfigs, keys.

    It is removed at the end; if this program is killed, the next one removes it. `base` None: the data folder, or the
    temporary folder if that can't be written. Raises OSError.
    """
    base = base or _scratch_base()
    _take_away_left(base, _SCRATCH)
    folder, lock = _held_folder(base, _SCRATCH)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def tidy() -> None:
    """Remove the scratch folders of killed programs. Never raises."""
    with suppress(OSError, RuntimeError):
        for base in {_scratch_base(), Path(tempfile.gettempdir())}:
            _take_away_left(base, _SCRATCH)


def _scratch_base() -> Path:
    try:
        base = data_folder() / "scratch"
        base.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return base if os.access(base, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def _held_folder(base: Path, prefix: str) -> tuple[Path, int]:
    """A new folder with a lock file that shows that it is in use. Raises OSError."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "lock").exists():
            return folder, lock
        os.close(lock)  # another program, tidying up, was between the two


def _take_away_left(base: Path, prefix: str) -> None:
    """Folders of ours that no program holds any more; the temporary folder may be everybody's."""
    for folder in base.glob(f"{prefix}*"):
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
