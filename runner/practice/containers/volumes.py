"""The volumes of pods, as file systems that containers mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.practice.containers.container_config import Mount, VolumeConfig

if TYPE_CHECKING:
    from bashkit import FileSystem


class Volumes:
    """All volumes of the runtime, by their ids."""

    def __init__(self) -> None:
        self._files: dict[str, FileSystem] = {}
        self._configs: dict[str, VolumeConfig] = {}

    def put(self, config: VolumeConfig) -> None:
        """Have the volume, with the content that it has now; files that are gone from its content are removed."""
        from bashkit import FileSystem

        before = self._configs.get(config.id)
        self._configs[config.id] = config
        if before is None:
            self._files[config.id] = (
                FileSystem.real(config.folder, writable=True) if config.folder else FileSystem()
            )
        if config.content is not None:
            self._write(self._files[config.id], config, before)

    def remove(self, volume: str) -> None:
        self._files.pop(volume, None)
        self._configs.pop(volume, None)

    def files(self, mount: Mount) -> FileSystem:
        return self._files[mount.volume]

    def is_content(self, mount: Mount) -> bool:
        """Whether the kubelet writes it, and containers only read it."""
        return self._configs[mount.volume].content is not None

    def _write(self, files: FileSystem, config: VolumeConfig, before: VolumeConfig | None) -> None:
        assert config.content is not None
        for path in set(before.content or () if before else ()) - set(config.content):
            files.remove(f"/{path}")
        for path, data in config.content.items():
            folder = path.rpartition("/")[0]
            if folder and not files.exists(f"/{folder}"):
                files.mkdir(f"/{folder}", recursive=True)
            files.write_file(f"/{path}", data)
            files.chmod(f"/{path}", config.modes.get(path, 0o644))
