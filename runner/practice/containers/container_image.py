"""What stands in for an image: what is in a container at its start, and which program it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.practice.containers.container_program import Program


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
