"""Where a container sees the volumes of its pod.

bashkit mounts folders, not files. A single file (a subPath, or a hostPath of type File) is a copy in the container's
root where the kubelet writes the volume, since a subPath does not follow changes; else a link to the volume, which is
mounted out of sight, so that every container that has the file sees the same one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from runner.practice.containers.container_config import Mount
from runner.practice.containers.volumes import Volume, Volumes

if TYPE_CHECKING:
    from bashkit import FileSystem

HIDDEN = "/dev/.volumes"

MountedFiles = tuple[str, "FileSystem", bool]
"""(path, files, read-only)."""


class VolumeMounts:
    """Those of one container, on its root."""

    def __init__(self, root: FileSystem, mounts: list[Mount], volumes: Volumes) -> None:
        self._root = root
        self._mounts: list[tuple[Mount, Volume, FileSystem]] = []
        self._hidden: list[MountedFiles] = []
        for mount in sorted(mounts, key=lambda each: each.path.count("/")):
            self._add(mount, volumes[mount.volume])

    def __iter__(self) -> Iterator[MountedFiles]:
        """Everything that is mounted now, the outer ones first."""
        yield from self._hidden
        for mount, volume, files in self._mounts:
            read_only = mount.read_only or volume.is_content
            yield mount.path, files, read_only
            for path, part in volume.parts(mount.sub_path):
                yield f"{mount.path}/{path}", part, read_only

    def make_folder(self, path: str) -> None:
        """Have a folder, in the volume where there is one mounted over it."""
        files, inside = self._owner(path)
        if inside != "/" and not files.exists(inside):
            files.mkdir(inside, recursive=True)

    def _add(self, mount: Mount, volume: Volume) -> None:
        path = posixpath.normpath("/" + mount.path.lstrip("/"))
        sub_path = posixpath.normpath(mount.sub_path.strip("/")) if mount.sub_path else ""
        mount = Mount(mount.volume, path, mount.read_only, sub_path)
        if sub_path and volume.is_file(sub_path):
            self._add_file(mount, volume)
            return
        self.make_folder(path)
        self._mounts.append((mount, volume, volume.part(sub_path) if sub_path else volume.files))

    def _add_file(self, mount: Mount, volume: Volume) -> None:
        self.make_folder(mount.path.rpartition("/")[0] or "/")
        files, inside = self._owner(mount.path)
        if files.exists(inside):
            files.remove(inside, recursive=True)
        if volume.is_content:
            assert volume.config.content is not None
            files.write_file(inside, volume.config.content[mount.sub_path])
            files.chmod(inside, volume.config.modes.get(mount.sub_path, 0o644))
        else:
            place = f"{HIDDEN}/{len(self._hidden)}"
            self._hidden.append((place, volume.files, mount.read_only))
            files.symlink(f"{place}/{mount.sub_path}", inside)

    def _owner(self, path: str) -> tuple[FileSystem, str]:
        """(the files that a path is in, its path there)."""
        for mount, volume, files in reversed(self._mounts):
            if (path == mount.path or path.startswith(f"{mount.path}/")) and not volume.is_content:
                return files, path[len(mount.path) :] or "/"
        return self._root, path
