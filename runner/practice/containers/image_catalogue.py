"""Images: what is in a container at its start, and which program it runs. One file each (or family) under `images/`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from runner.practice.containers.program import Program


@dataclass(frozen=True, slots=True)
class Image:
    """What stands in for an image, as `docker inspect` would describe it."""

    names: Sequence[str]
    """The repositories that it stands for, as in docker.io/library/nginx; a pattern of fnmatch each."""
    entrypoint: Sequence[str] = ()
    cmd: Sequence[str] = ()
    entrypoint_script: Callable[[Sequence[str]], Sequence[str]] | None = None
    """What a script at the entry point, as in docker-entrypoint.sh, starts at last in place of itself, of the CMD or the pod's
    args. Instead of `entrypoint`."""
    env: Mapping[str, str] = field(default_factory=dict)
    working_dir: str = "/"
    user: int = 0
    programs: Mapping[str, Program] = field(default_factory=dict)
    """Programs by name, besides the common ones; found in PATH."""
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    folders: Sequence[str] = ()
    shell: str = "bash"
    """"bash": has sh and bash. "sh": has sh only (busybox, alpine). "": has no shell (distroless)."""
    commands: Sequence[str] | None = None
    """The commands of the shell that the image has; None: all."""
    os_release: str = (
        'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'
    )
    for_tag: Callable[[str], Image] | None = None
    """The image of a tag, where tags differ."""
    memory: int = 4 * 2**20
    """Bytes that its main process holds from the start."""
    idle_cpu: float = 1.0
    """Thousandths of a processor that it uses while it has nothing to do."""
    is_stand_in: bool = False
    """Whether nothing is known about the image: it lives, and answers a plain page on the ports that it declares."""


def find(reference: str) -> Image:
    """What stands in for an image given in full; `unknown` where nothing is known of it."""
    repository, tag = split(reference)
    for name, image in _by_name():
        if name == repository or (name.endswith("*") and repository.startswith(name[:-1])):
            return image.for_tag(tag) if image.for_tag else image
    return _unknown()


def split(reference: str) -> tuple[str, str]:
    """(repository, tag) of docker.io/library/nginx:1.25@sha256:…; the tag "" where there is only a digest."""
    name, _, _digest = reference.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, ""
    return repository, tag


@cache
def _by_name() -> tuple[tuple[str, Image], ...]:
    """All of them, exact names before patterns."""
    from runner.practice.containers import images

    found = [
        (name, image)
        for module in pkgutil.iter_modules(images.__path__, f"{images.__name__}.")
        for image in importlib.import_module(module.name).IMAGES
        for name in image.names
    ]
    return tuple(sorted(found, key=lambda entry: (entry[0].endswith("*"), -len(entry[0]))))


@cache
def _unknown() -> Image:
    from runner.practice.containers.unknown_image import UNKNOWN

    return UNKNOWN
