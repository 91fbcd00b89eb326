"""The volumes of pods, as file systems that containers mount."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runner.practice.containers.container_config import StartError, VolumeConfig
from runner.practice.containers.volume_content import DEFAULT_MODE, empty_files, tree_size, write_content

if TYPE_CHECKING:
    from bashkit import FileSystem


class Volume:
    """One volume. What is in memory has a file system of its own for each subPath that somebody mounted."""

    def __init__(self, config: VolumeConfig) -> None:
        self.config = config
        self._parts: dict[str, FileSystem] = {}
        if config.folder:
            Path(config.folder).mkdir(parents=True, exist_ok=True)
        self.files = _real(config.folder) if config.folder else empty_files()

    @property
    def is_content(self) -> bool:
        """Whether the kubelet writes it, and containers only read it."""
        return self.config.content is not None

    def is_file(self, sub_path: str) -> bool:
        """Whether a subPath is a single file."""
        if self.config.content is not None:
            return sub_path in self.config.content
        found = f"/{sub_path}"
        return self.files.exists(found) and not _is_folder(self.files, found)

    def part(self, sub_path: str) -> FileSystem:
        """The folder `sub_path` of it, made where there is none; the same for all that mount it. Raises StartError."""
        if self.config.folder:
            folder = Path(self.config.folder, sub_path)
            if not folder.resolve().is_relative_to(Path(self.config.folder).resolve()):
                raise StartError(f'failed to prepare subPath "{sub_path}"', "CreateContainerConfigError")
            folder.mkdir(parents=True, exist_ok=True)
            return _real(str(folder))
        if self.config.content is not None:  # as it is now: a subPath does not follow
            return _plain(self.config, f"{sub_path}/")
        if sub_path not in self._parts:
            self._parts[sub_path] = _copied(self.files, sub_path)
            self.files.mkdir(f"/{sub_path}", recursive=True)
        return self._parts[sub_path]

    def parts(self, sub_path: str = "") -> Iterator[tuple[str, FileSystem]]:
        """(path below `sub_path`, files) of the parts of it that have file systems of their own."""
        below = f"{sub_path}/" if sub_path else ""
        for path, files in sorted(self._parts.items()):
            if path.startswith(below) and path != sub_path:
                yield path.removeprefix(below), files

    def size(self) -> int:
        """Bytes of all files in it."""
        return sum(map(tree_size, (self.files, *self._parts.values())))


class Volumes:
    """All volumes of the runtime, by their ids."""

    def __init__(self) -> None:
        self._volumes: dict[str, Volume] = {}

    def put(self, config: VolumeConfig) -> None:
        """Have the volume, with the content that it has now."""
        volume = self._volumes.get(config.id)
        before = volume.config if volume else None
        if volume is None:
            volume = self._volumes[config.id] = Volume(config)
        volume.config = config
        if config.content is not None and (before is None or before != config):
            write_content(volume.files, config.content, config.modes)

    def remove(self, volume: str) -> None:
        self._volumes.pop(volume, None)

    def __getitem__(self, volume: str) -> Volume:
        return self._volumes[volume]

    def sizes(self, ids: Sequence[str]) -> dict[str, int]:
        """Bytes of those that there are."""
        return {id_: self._volumes[id_].size() for id_ in ids if id_ in self._volumes}


def _real(folder: str) -> FileSystem:
    from bashkit import FileSystem

    return FileSystem.real(folder, writable=True)


def _is_folder(files: FileSystem, path: str) -> bool:
    for _ in range(8):
        info = files.stat(path)
        if info["file_type"] != "symlink":
            return bool(info["file_type"] == "directory")
        target = files.read_link(path)
        path = target if target.startswith("/") else f"{path.rpartition('/')[0]}/{target}"
        if not files.exists(path):
            return False
    return False


def _plain(config: VolumeConfig, below: str) -> FileSystem:
    """The files of a volume's content in one of its folders."""
    files = empty_files()
    for path, data in (config.content or {}).items():
        if path.startswith(below):
            name = f"/{path.removeprefix(below)}"
            files.mkdir(name.rpartition("/")[0] or "/", recursive=True)
            files.write_file(name, data)
            files.chmod(name, config.modes.get(path, DEFAULT_MODE))
    return files


def _copied(files: FileSystem, folder: str) -> FileSystem:
    """A file system that begins with what is in a folder of another one."""
    copy = empty_files()
    if files.exists(f"/{folder}") and _is_folder(files, f"/{folder}"):
        _copy(files, f"/{folder}", copy, "")
    return copy


def _copy(files: FileSystem, here: str, copy: FileSystem, there: str) -> None:
    for entry in files.read_dir(here):
        name, kind = entry["name"], entry["metadata"]["file_type"]
        if kind == "directory":
            copy.mkdir(f"{there}/{name}", recursive=True)
            _copy(files, f"{here}/{name}", copy, f"{there}/{name}")
        elif kind == "symlink":
            copy.symlink(files.read_link(f"{here}/{name}"), f"{there}/{name}")
        else:
            copy.write_file(f"{there}/{name}", files.read_file(f"{here}/{name}"))
            copy.chmod(f"{there}/{name}", entry["metadata"]["mode"])
