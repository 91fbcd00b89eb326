"""/proc of a container: what the kernel says of the machine and of the main process, as it was at the start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from runner.practice.containers.node_machine import MEMORY, PROCESSORS, NodeMachine
from runner.practice.containers.volume_content import empty_files

if TYPE_CHECKING:
    from bashkit import FileSystem

_KERNEL = "Linux version 5.15.0-91-generic (buildd@lcy02-amd64-045) (gcc 11.4.0) #101-Ubuntu SMP x86_64\n"


def proc_files(argv: Sequence[str], env: dict[str, str], user: int, node: NodeMachine) -> FileSystem:
    files = empty_files()
    for folder in ("/1", "/self", "/sys", "/net"):
        files.mkdir(folder)
    for path, content in _contents(argv, env, user, node):
        files.write_file(path, content.encode())
    return files


def _contents(
    argv: Sequence[str], env: dict[str, str], user: int, node: NodeMachine
) -> Iterator[tuple[str, str]]:
    yield "/version", _KERNEL
    yield "/cpuinfo", "".join(_processor(number) for number in range(PROCESSORS))
    yield "/meminfo", _memory(node)
    load = " ".join(f"{each:.2f}" for each in node.load_averages())
    yield "/loadavg", f"{load} {node.running()}/{node.processes() + 1} 1\n"
    yield "/uptime", f"{node.up:.2f} {max(node.up * PROCESSORS - node.processor_seconds(), 0):.2f}\n"
    yield "/filesystems", "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\n\text4\nnodev\toverlay\n"
    yield (
        "/cmdline",
        "BOOT_IMAGE=/boot/vmlinuz-5.15.0-91-generic root=/dev/vda1 ro console=tty1 console=ttyS0\n",
    )
    name = (argv[0] if argv else "sh").rpartition("/")[2][:15]
    for process in ("1", "self"):
        yield f"/{process}/cgroup", "0::/\n"
        yield f"/{process}/comm", f"{name}\n"
        yield f"/{process}/status", _status(name, user)
        yield f"/{process}/cmdline", "".join(f"{word}\0" for word in argv)
        yield f"/{process}/environ", "".join(f"{key}={value}\0" for key, value in env.items())
        yield f"/{process}/limits", _LIMITS


def _processor(number: int) -> str:
    return (
        f"processor\t: {number}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
        "model name\t: Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz\nstepping\t: 7\ncpu MHz\t\t: 2499.998\n"
        f"cache size\t: 36608 KB\nphysical id\t: 0\nsiblings\t: {PROCESSORS}\ncore id\t\t: {number}\n"
        f"cpu cores\t: {PROCESSORS}\nbogomips\t: 4999.99\n\n"
    )


def _memory(node: NodeMachine) -> str:
    shared = node.memory_shared()
    free = max(MEMORY - node.memory_used() - shared, 0)
    amounts = {
        "MemTotal": MEMORY, "MemFree": free, "MemAvailable": free, "Buffers": 0, "Cached": shared, "SwapCached": 0,
        "Shmem": shared, "SwapTotal": 0, "SwapFree": 0,
    }  # fmt: skip
    return "".join(f"{f'{name}:':<16}{amount // 1024:>8} kB\n" for name, amount in amounts.items())


def _status(name: str, user: int) -> str:
    return (
        f"Name:\t{name}\nState:\tS (sleeping)\nTgid:\t1\nPid:\t1\nPPid:\t0\nUid:\t{user}\t{user}\t{user}\t{user}\n"
        f"Gid:\t{user}\t{user}\t{user}\t{user}\nThreads:\t1\n"
    )


_LIMITS = (
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max open files            1048576              1048576              files     \n"
)
