"""The folders that nginx writes to as it starts; it ends where the root is read-only or another user's."""

from __future__ import annotations

import errno
import os

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.image_programs.nginx_config import ConfigError
from runner.practice.containers.running_container import RunningContainer

CACHE = "/var/cache/nginx"
TEMPORARY = ("client_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp")
PID_FOLDERS = ("/run", "/var/run")


def make_folders(container: RunningContainer) -> None:
    """Those of an nginx whose image is root's; the unprivileged one writes to /tmp. Raises ConfigError."""
    if container.image.user != 0:
        return
    for name in TEMPORARY:
        folder = f"{CACHE}/{name}"
        _check(container, f'mkdir() "{folder}"', folder)
        ContainerFiles(container).make_folder(folder)
    _check(
        container, f'open() "{PID_FOLDERS[0]}/nginx.pid"', *(f"{folder}/nginx.pid" for folder in PID_FOLDERS)
    )


def _check(container: RunningContainer, what: str, *paths: str) -> None:
    config = container.config
    for mount in config.mounts:
        inside = any(path == mount.path or path.startswith(f"{mount.path.rstrip('/')}/") for path in paths)
        if inside and not mount.read_only:
            return
    number = errno.EROFS if config.read_only_root else errno.EACCES if container.user != 0 else 0
    if number:
        raise ConfigError(f"{what} failed ({number}: {os.strerror(number)})")
