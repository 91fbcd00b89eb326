"""The files of a container as its programs see them: one tree over its root and everything that is mounted on it."""

from __future__ import annotations

import errno
import os
import posixpath
from typing import TYPE_CHECKING, Any

from runner.practice.containers.running_container import RunningContainer

if TYPE_CHECKING:
    from bashkit import FileSystem


MOST_LINKS = 40


class ContainerFiles:
    """Paths are absolute or below `cwd`; symbolic links are followed. Failures are OSErrors, with their usual numbers."""

    def __init__(self, container: RunningContainer, cwd: str = "/") -> None:
        self._cwd = cwd
        mounts = [(path.rstrip("/"), files, read_only) for path, files, read_only in container.filesystems()]
        self._mounts = sorted(mounts, key=lambda mount: -len(mount[0]))

    def read(self, path: str) -> bytes:
        files, inside, _, info = self._existing(path)
        if info["file_type"] == "directory":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        return bytes(files.read_file(inside))

    def read_text(self, path: str) -> str:
        return self.read(path).decode("utf-8", "replace")

    def stat(self, path: str) -> dict[str, Any]:
        """file_type (file, directory), size, mode, modified and created (seconds since 1970)."""
        return self._existing(path)[3]

    def exists(self, path: str) -> bool:
        try:
            self._existing(path)
        except OSError:
            return False
        return True

    def is_folder(self, path: str) -> bool:
        try:
            return bool(self.stat(path)["file_type"] == "directory")
        except OSError:
            return False

    def names(self, folder: str) -> list[str]:
        """What is in a folder, sorted; also what is mounted there."""
        files, inside, _, info = self._existing(folder)
        if info["file_type"] != "directory":
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)
        here = self.resolved(folder).rstrip("/")
        mounted = {
            path[len(here) + 1 :].partition("/")[0]
            for path, _, _ in self._mounts
            if path.startswith(f"{here}/")
        }
        return sorted({entry["name"] for entry in files.read_dir(inside)} | mounted)

    def entry(self, path: str) -> tuple[dict[str, Any], str | None]:
        """(what `stat` gives, the link's target) of a path whose last part is not followed; None where it is no link."""
        files, inside, _ = self._place(self.place_of_link(path))
        target = _link(files, inside)
        if target is not None:
            return {"file_type": "symlink", "size": len(target), "mode": 0o777, "modified": 0.0}, target
        return self._existing(path)[3], None

    def place_of_link(self, path: str) -> str:
        """The path from the root, with the links in it followed but for its last part."""
        folder, name = posixpath.split(posixpath.normpath(posixpath.join(self._cwd, path)))
        return posixpath.join(self.resolved(folder), name) if name else "/"

    def link(self, target: str, path: str) -> None:
        """Make a symbolic link."""
        files, inside = self._writable(path)
        try:
            files.symlink(target, inside)
        except RuntimeError as error:
            raise _os_error(error, path) from None

    def chmod(self, path: str, mode: int) -> None:
        files, inside = self._writable(path)
        files.chmod(inside, mode)

    def write(self, path: str, content: bytes) -> None:
        """Have a file with that content; its folder must be there."""
        files, inside = self._writable(path)
        try:
            files.write_file(inside, content)
        except RuntimeError as error:
            raise _os_error(error, path) from None

    def append(self, path: str, content: bytes) -> None:
        files, inside = self._writable(path)
        try:
            files.append_file(inside, content) if files.exists(inside) else files.write_file(inside, content)
        except RuntimeError as error:
            raise _os_error(error, path) from None

    def make_folder(self, path: str) -> None:
        """With those above it; no failure where it is there already."""
        if not self.is_folder(path):
            files, inside = self._writable(path, with_folder=False)
            files.mkdir(inside, recursive=True)

    def remove(self, path: str) -> None:
        """A file, or a folder with everything in it."""
        self._existing(path, follow=False)
        files, inside = self._writable(path)
        files.remove(inside, recursive=True)

    def resolved(self, path: str) -> str:
        """The path with its symbolic links followed, where they lead to something."""
        parts = [part for part in posixpath.normpath(posixpath.join(self._cwd, path)).split("/") if part]
        done, links = "", 0
        while parts:
            part = parts.pop(0)
            if part == "..":
                done = posixpath.dirname(done)
                continue
            at = f"{done}/{part}"
            files, inside, _ = self._place(at)
            target = _link(files, inside)
            if target is None:
                done = at
                continue
            links += 1
            if links > MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if target.startswith("/"):
                done = ""
            parts = [each for each in target.split("/") if each not in ("", ".")] + parts
        return done or "/"

    def _place(self, path: str) -> tuple[FileSystem, str, bool]:
        """(files, the path in them, read-only) of a path without links."""
        for mount, files, read_only in self._mounts:
            if path == mount or path.startswith(f"{mount}/"):
                return files, path[len(mount) :] or "/", read_only
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def _existing(self, path: str, *, follow: bool = True) -> tuple[FileSystem, str, bool, dict[str, Any]]:
        real = self.resolved(path) if follow else posixpath.normpath(posixpath.join(self._cwd, path))
        files, inside, read_only = self._place(real)
        try:
            return files, inside, read_only, dict(files.stat(inside))
        except RuntimeError:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from None

    def _writable(self, path: str, *, with_folder: bool = True) -> tuple[FileSystem, str]:
        real = self.resolved(path)
        files, inside, read_only = self._place(real)
        if read_only:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        if with_folder and not self.is_folder(posixpath.dirname(real)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return files, inside


def _link(files: FileSystem, path: str) -> str | None:
    try:
        return files.read_link(path)
    except RuntimeError:
        return None


def _os_error(error: RuntimeError, path: str) -> OSError:
    text = str(error)
    number = errno.EFBIG if "too large" in text else errno.EISDIR if "is a directory" in text else errno.EIO
    return OSError(number, os.strerror(number), path)
