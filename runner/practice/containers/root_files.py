"""The files that are in a container at its start: its image's, and those that the kubelet adds."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from runner.practice.containers.command_lookup import called
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Program
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.shell_command_names import COMMANDS
from runner.practice.containers.volume_content import empty_files

if TYPE_CHECKING:
    from bashkit import FileSystem


BIN_FOLDERS = ("/bin", "/usr/bin", "/sbin", "/usr/sbin")
FOLDERS = (
    "/etc /home /opt /proc /root /run /srv /sys /tmp /usr/local/bin /usr/share /var/log /var/lib /var/run".split()  # noqa: SIM905
)

PACKAGE_MANAGERS = {
    "apt": "debian", "apt-get": "debian", "apk": "alpine", "yum": "rhel", "dnf": "rhel", "microdnf": "rhel",
}  # fmt: skip
"""By what an image's /etc/os-release must have in it."""


def root_files(container: RunningContainer, image: Image) -> FileSystem:
    """A file system of its own for the container, with what its image has and what the kubelet writes."""
    from bashkit import FileSystem

    files = FileSystem()
    for folder in (*FOLDERS, *image.folders):
        if not files.exists(folder):
            files.mkdir(folder, recursive=True)
    for path, content in {**_written(container), **_own_programs(image), **image.files}.items():
        folder = path.rpartition("/")[0]
        if folder and not files.exists(folder):
            files.mkdir(folder, recursive=True)
        files.write_file(path, content.encode() if isinstance(content, str) else content)
        if content[:2] in ("#!", b"#!"):
            files.chmod(path, 0o755)
    return files


def _own_programs(image: Image) -> dict[str, str]:
    """Files for the programs that an image has at a place of their own, as in /docker-entrypoint.sh."""
    return {
        posixpath.normpath(posixpath.join(image.working_dir, name)): _calling(name.rpartition("/")[2])
        for name in image.programs
        if "/" in name
    }


def _calling(words: str) -> str:
    return f'#!/bin/sh\n{words} "$@"\n'


def _written(container: RunningContainer) -> dict[str, str]:
    pod = container.pod.config
    hosts = ["# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback",
             "fe00::0\tip6-localnet", "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters",
             f"{pod.ip}\t{container.pod.full_hostname}"]  # fmt: skip
    if pod.host_aliases:
        hosts += ["", "# Entries added by HostAliases."]
        hosts += ["\t".join([address, *names]) for address, names in pod.host_aliases.items()]
    if pod.host_network:
        hosts[-1:] = []
    return {
        "/etc/hosts": "\n".join(hosts) + "\n",
        "/etc/hostname": f"{container.pod.hostname}\n",
        "/etc/resolv.conf": container.pod.resolv_conf,
        "/etc/os-release": container.image.os_release,
        "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
        "/etc/group": "root:x:0:\nnogroup:x:65534:\n",
        "/dev/termination-log": "",
    }


@lru_cache(maxsize=64)
def _bin_files(commands: frozenset[tuple[str, str]]) -> FileSystem:
    files = empty_files()
    for name, words in sorted(commands):
        files.write_file(f"/{name}", _calling(words).encode())
        files.chmod(f"/{name}", 0o755)
    return files


@lru_cache(maxsize=64)
def _command_names(names: tuple[str, ...], shell: str, programs: frozenset[str]) -> frozenset[str]:
    shells = {"bash": ("bash", "sh"), "sh": ("ash", "sh"), "": ()}[shell]
    return frozenset(name for name in (*names, *shells) if "/" in name or called(name, programs))


def command_names(image: Image, common: Mapping[str, Program]) -> frozenset[str]:
    """What can be run in an image by its name, and is answered by something; all commands and common programs where it
    does not list its own."""
    commands = (*COMMANDS, *common) if image.commands is None else tuple(image.commands)
    if image.commands is None:
        commands = tuple(
            name for name in commands if PACKAGE_MANAGERS.get(name, "ID") in image.os_release + "ID"
        )
    return _command_names(
        (*(name for name in commands if not name.startswith("__")), *image.programs),
        image.shell,
        frozenset({*common, *image.programs}),
    )


def bin_files(names: Iterable[str], programs: Collection[str]) -> FileSystem:
    """/bin of an image: a file for every command and program, so that paths work and `ls /bin` shows them."""
    commands = ((name, called(name, programs)) for name in names if "/" not in name)
    return _bin_files(frozenset((name, words) for name, words in commands if words))
