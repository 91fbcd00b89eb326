"""df and mount: what is mounted in a container, and how much room there is on it."""

from __future__ import annotations

from dataclasses import dataclass

from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_programs.image_tools import is_busybox
from runner.practice.containers.node_machine import DISK, MEMORY

BLOCK = 4096
"""Bytes: files take whole ones."""
DEVICES = 64 * 1024 * 1024
"""Bytes of /dev and /dev/shm in every container (containerd's specification of a container)."""
NODE_DISK, BLOCK_DEVICES = "/dev/vda1", "bcdefghijklmnopqrstuvwxyz"
TYPES = {"overlay": "overlay", "tmpfs": "tmpfs", "shm": "tmpfs"}
"""By device; others have ext4."""


@dataclass(frozen=True, slots=True)
class Mounted:
    """Bytes: the `size` of all of it, and what is `used`."""

    device: str
    path: str
    options: str
    size: int
    used: int


def mounted(call: Invocation) -> list[Mounted]:
    """Everything in the call's container. Volumes with a capacity are disks of their own; others share the node's."""
    container = call.container
    config, volumes = container.config, container.pod.volumes
    taken = in_blocks(container.pod.node.disk_used())
    found = [
        Mounted("overlay", "/", "ro" if config.read_only_root else "rw", DISK, taken),
        Mounted("tmpfs", "/dev", "rw", DEVICES, 0),
        Mounted("shm", "/dev/shm", "rw", DEVICES, 0),  # noqa: S108
        Mounted(NODE_DISK, "/etc/hosts", "rw", DISK, taken),
    ]
    disks = iter(BLOCK_DEVICES)
    of_volume: dict[str, str] = {}
    for mount in config.mounts:
        volume = volumes[mount.volume]
        options = "ro" if mount.read_only or volume.is_content else "rw"
        if volume.config.in_memory or volume.is_content:  # the kubelet bounds both by the container's memory
            size = volume.config.capacity or config.memory_limit or MEMORY
            found.append(Mounted("tmpfs", mount.path, options, size, in_blocks(volume.size())))
        elif volume.config.capacity is not None:
            device = of_volume.setdefault(mount.volume, f"/dev/vd{next(disks, 'z')}")
            size = max(volume.config.capacity, volume.size())
            found.append(Mounted(device, mount.path, options, size, in_blocks(volume.size())))
        else:
            found.append(Mounted(NODE_DISK, mount.path, options, DISK, taken))
    return found


def in_blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


async def df(call: Invocation) -> int:
    """df [-h | -H | -k | -m] [PATH…]"""
    letters = "".join(word[1:] for word in call.argv[1:] if word.startswith("-"))
    paths = [word for word in call.argv[1:] if not word.startswith("-")]
    human = "h" in letters or "H" in letters
    unit = 1024 * 1024 if "m" in letters else 1024
    shown = mounted(call)
    if paths:
        shown = [_below(path, shown) for path in paths]
    titles = {1024: "1K-blocks", 1024 * 1024: "1M-blocks"}
    rows = [
        (
            "Filesystem",
            "Size" if human else titles[unit],
            "Used",
            "Avail" if human else "Available",
            "Use%",
            "Mounted on",
        )
    ]
    for each in shown:
        sizes = (each.size, each.used, max(each.size - each.used, 0))
        texts = [human_size(size) if human else str(-(-size // unit)) for size in sizes]
        rows.append((each.device, *texts, f"{-(-each.used * 100 // each.size)}%", each.path))  # type: ignore[arg-type]
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


def human_size(size: float) -> str:
    """As df -h has it: 98G, 1.5M, 12K; 0."""
    if not size:
        return "0"
    unit = ""
    for unit in ("", "K", "M", "G", "T"):  # noqa: B007
        if size < 1024:
            break
        size /= 1024
    return f"{size:.1f}{unit}" if unit and size < 10 else f"{size:.0f}{unit}"


def _below(path: str, mounts: list[Mounted]) -> Mounted:
    """The mount that a path is in."""
    around = [each for each in mounts if path == each.path or path.startswith(f"{each.path.rstrip('/')}/")]
    return max(around or mounts[:1], key=lambda each: len(each.path))


async def mount(call: Invocation) -> int:
    if len(call.argv) > 1 and not call.argv[1].startswith("-"):
        await call.error("mount: permission denied (are you root?)\n")
        return 1
    for each in mounted(call):
        kind = TYPES.get(each.device, "ext4")
        await call.out(f"{each.device} on {each.path} type {kind} ({each.options},relatime)\n")
    return 0


PROGRAMS: dict[str, Program] = {"df": df, "mount": mount}
