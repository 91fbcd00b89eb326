"""Which form of a program an image has: that of BusyBox, or that of the program's own project."""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_catalogue import split

BUSYBOX_VERSION = (1, 36)


def is_busybox(call: Invocation) -> bool:
    """busybox and alpine: images whose shell is sh alone."""
    return call.container.image.shell == "sh"


def busybox_version(call: Invocation) -> tuple[int, int]:
    """(1, 28) of busybox:1.28; what labs ask for by tag, because its nslookup is another one."""
    repository, tag = split(call.container.config.image)
    major, _, rest = tag.partition(".")
    minor = rest.partition(".")[0].partition("-")[0]
    if "busybox" in repository and major == "1" and minor.isdigit():
        return 1, int(minor)
    return BUSYBOX_VERSION


def curl_version(call: Invocation) -> str:
    """Of curl's own image what its environment says; alpine has a newer one than debian."""
    container = call.container
    own = container.image.env.get("CURL_VERSION", "")
    return own or ("8.12.1" if "ID=alpine" in container.image.os_release else "7.88.1")
