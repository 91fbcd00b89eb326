"""hostname and which."""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_programs.image_tools import is_busybox


async def hostname(call: Invocation) -> int:
    """hostname [-i] [-f] [-s] [-d]; nobody may set it."""
    letters = "".join(word[1:] for word in call.argv[1:] if word.startswith("-"))
    pod = call.container.pod
    if any(not word.startswith("-") for word in call.argv[1:]):
        await call.error("hostname: sethostname: Operation not permitted\n")
        return 1
    if set(letters) & set("iI"):
        await call.out(f"{pod.config.ip}{' ' * ('I' in letters)}\n")
    elif "f" in letters:
        await call.out(f"{pod.full_hostname}\n")
    elif "d" in letters:
        await call.out(f"{pod.full_hostname.partition('.')[2]}\n")
    else:
        await call.out(f"{pod.hostname.partition('.')[0] if 's' in letters else pod.hostname}\n")
    return 0


async def which(call: Invocation) -> int:
    code = 0
    for name in (word for word in call.argv[1:] if not word.startswith("-")):
        if name in call.container.command_names:
            await call.out(f"{'/bin' if is_busybox(call) else '/usr/bin'}/{name}\n")
        else:
            code = 1
    return code


async def dmesg(call: Invocation) -> int:
    """The kernel's messages are not for containers."""
    await call.error(
        "dmesg: klogctl: Operation not permitted\n"
        if is_busybox(call)
        else "dmesg: read kernel buffer failed: Operation not permitted\n"
    )
    return 1


async def umount(call: Invocation) -> int:
    for path in (word for word in call.argv[1:] if not word.startswith("-")):
        await call.error(
            f"umount: can't unmount {path}: Operation not permitted\n"
            if is_busybox(call)
            else f"umount: {path}: must be superuser to unmount.\n"
        )
    return 1 if is_busybox(call) else 32


PROGRAMS: dict[str, Program] = {"hostname": hostname, "which": which, "dmesg": dmesg, "umount": umount}
