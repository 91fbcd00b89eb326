"""df, mount, free, uptime, nproc, hostname, which and top: what a container's programs say of the machine below them."""

from __future__ import annotations

import asyncio
import re
import time

from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_programs.image_tools import is_busybox
from runner.practice.containers.process_commands import command_line, processes

DISK = 101_430_960
"""KiB of the node's disk, as every container sees it."""
DISK_USED = 12_713_220
MEMORY = 8_148_264
"""KiB of the node's memory."""
MEMORY_USED = 2_411_908
PROCESSORS = 2


def _size(blocks: int, *, human: bool) -> str:
    if not human:
        return str(blocks)
    amount, unit = float(blocks), "K"
    for unit in "KMGT":  # noqa: B007
        if amount < 1024:
            break
        amount /= 1024
    return f"{amount:.1f}{unit}" if 0 < amount < 10 else f"{amount:.0f}{unit}"


def _mounts(call: Invocation) -> list[tuple[str, str, str, int, int]]:
    """(device, path, options, KiB, KiB used)"""
    config = call.container.config
    root = "ro" if config.read_only_root else "rw"
    found = [
        ("overlay", "/", root, DISK, DISK_USED),
        ("tmpfs", "/dev", "rw", 65536, 0),
        ("shm", "/dev/shm", "rw", 65536, 0),  # noqa: S108
        ("/dev/vda1", "/etc/hosts", "rw", DISK, DISK_USED),
    ]
    for mount in config.mounts:
        read_only = mount.read_only or call.container.pod.volumes[mount.volume].is_content
        device = "tmpfs" if "serviceaccount" in mount.path or read_only else "/dev/vda1"
        size = (MEMORY, 12) if device == "tmpfs" else (DISK, DISK_USED)
        found.append((device, mount.path, "ro" if read_only else "rw", *size))
    return found


async def df(call: Invocation) -> int:
    letters = "".join(word[1:] for word in call.argv[1:] if word.startswith("-"))
    paths = [word for word in call.argv[1:] if not word.startswith("-")]
    human = "h" in letters or "H" in letters
    shown = _mounts(call)
    if paths:
        shown = [_mount_of(path, shown) for path in paths]
    rows = [
        (
            "Filesystem",
            "Size" if human else "1K-blocks",
            "Used",
            "Avail" if human else "Available",
            "Use%",
            "Mounted on",
        )
    ]
    for device, path, _, size, used in shown:
        share = f"{-(-used * 100 // size)}%"
        rows.append(
            (
                device,
                _size(size, human=human),
                _size(used, human=human),
                _size(size - used, human=human),
                share,
                path,
            )
        )
    least = (20, 9, 9, 9, 4, 0) if is_busybox(call) else (10, 5, 5, 5, 4, 0)
    widths = [max(least[column], *(len(row[column]) for row in rows)) for column in range(6)]
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(row[column].rjust(widths[column]) for column in range(1, 5)),
            row[5],
        ]
        await call.out(" ".join(cells) + "\n")
    return 0


def _mount_of(path: str, mounts: list[tuple[str, str, str, int, int]]) -> tuple[str, str, str, int, int]:
    below = [each for each in mounts if path == each[1] or path.startswith(f"{each[1].rstrip('/')}/")]
    return max(below or mounts[:1], key=lambda each: len(each[1]))


async def mount(call: Invocation) -> int:
    if len(call.argv) > 1 and not call.argv[1].startswith("-"):
        await call.error("mount: permission denied (are you root?)\n")
        return 1
    types = {"overlay": "overlay", "tmpfs": "tmpfs", "shm": "tmpfs"}
    for device, path, options, _, _ in _mounts(call):
        await call.out(f"{device} on {path} type {types.get(device, 'ext4')} ({options},relatime)\n")
    return 0


async def free(call: Invocation) -> int:
    letters = "".join(word[1:] for word in call.argv[1:] if word.startswith("-"))
    part = {"m": 1024, "g": 1024**2, "b": 1}.get(
        next((letter for letter in letters if letter in "mgb"), ""), 1
    )
    cache = 3_000_112
    numbers = [MEMORY, MEMORY_USED, MEMORY - MEMORY_USED - cache, 3120, cache, MEMORY - MEMORY_USED - 300_000]
    shown = [
        _size(each, human=True) + "i"
        if "h" in letters
        else str(each * (1024 if "b" in letters else 1) // part)
        for each in numbers
    ]
    await call.out("               total        used        free      shared  buff/cache   available\n")
    await call.out("Mem:    " + "".join(f"{each:>12}" for each in shown) + "\n")
    await call.out("Swap:   " + "".join(f"{'0B' if 'h' in letters else '0':>12}" for _ in range(3)) + "\n")
    return 0


def _up(call: Invocation) -> str:
    seconds = int(time.time() - min(process.started for process in processes(call))) + 86400
    days, rest = divmod(seconds, 86400)
    now = time.strftime("%H:%M:%S")
    running_for = f"{days} day{'s' * (days != 1)}, {rest // 3600:2d}:{rest // 60 % 60:02d}"
    return f" {now} up {running_for},  0 users,  load average: 0.08, 0.05, 0.01"


async def uptime(call: Invocation) -> int:
    await call.out(_up(call) + "\n")
    return 0


async def nproc(call: Invocation) -> int:
    await call.out(f"{PROCESSORS}\n")
    return 0


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


async def top(call: Invocation) -> int:
    """One picture with -b -n1, or one every two seconds until `q` or Ctrl-C."""
    words = " ".join(call.argv[1:])
    found = re.search(r"n ?(\d+)", words)
    rounds = int(found[1]) if found else 0 if call.terminal else 1
    done = 0
    while True:
        if call.terminal:
            await call.out("\x1b[H\x1b[J")
        await call.out("\n".join(_picture(call)) + "\n")
        done += 1
        if done == rounds:
            return 0
        await asyncio.sleep(2)


def _picture(call: Invocation) -> list[str]:
    running = processes(call)
    if is_busybox(call):
        lines = [
            f"Mem: {MEMORY_USED}K used, {MEMORY - MEMORY_USED}K free, 3120K shrd, 181220K buff, 2818892K cached",
            "CPU:   1% usr   1% sys   0% nic  98% idle   0% io   0% irq   0% sirq",
            f"Load average: 0.08 0.05 0.01 1/412 {running[-1].pid}",
            "  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND",
        ]
        return lines + [
            f"{each.pid:5d} {each.parent:5d} {call.container.user_name[:8]:<8} S     4404   0%   0   0% {command_line(each)}"
            for each in running
        ]
    lines = [
        f"top -{_up(call)}",
        f"Tasks: {len(running):3d} total,   1 running, {len(running) - 1:3d} sleeping,   0 stopped,   0 zombie",
        "%Cpu(s):  1.0 us,  1.0 sy,  0.0 ni, 98.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st",
        f"MiB Mem : {MEMORY / 1024:8.1f} total, {(MEMORY - MEMORY_USED) / 1024:8.1f} free, "
        f"{MEMORY_USED / 1024:8.1f} used,   2930.0 buff/cache",
        "MiB Swap:      0.0 total,      0.0 free,      0.0 used.   5300.0 avail Mem",
        "",
        "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND",
    ]
    memory = call.container.usage()[1] // 1024
    return lines + [
        f"{each.pid:7d} {call.container.user_name[:8]:<8}  20   0 {(memory if each.pid == 1 else 1632) * 3:7d} "
        f"{memory if each.pid == 1 else 1632:6d}   1200 S   0.0   0.1   0:00.00 {each.argv[0].rpartition('/')[2]}"
        for each in running
    ]


PROGRAMS: dict[str, Program] = {
    "df": df, "mount": mount, "free": free, "uptime": uptime, "nproc": nproc, "hostname": hostname, "which": which, "top": top,
}  # fmt: skip
