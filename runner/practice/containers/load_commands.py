"""free, uptime, nproc and top: what a container's programs say of the node below them, and of their own processes.

What is shown follows from what is counted (`container_usage.py`, `node_machine.py`). The system's own share of a node
is none, and what nobody counts (buffers, the virtual size beyond the resident one, shared pages) is left at zero.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence

from runner.practice.containers.container_process import Process
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.disk_commands import human_size
from runner.practice.containers.network_programs.image_tools import is_busybox
from runner.practice.containers.node_machine import MEMORY, PROCESSORS
from runner.practice.containers.process_commands import command_line, minutes, processes, state
from runner.practice.containers.terminal_keys import keys_of

BETWEEN_PICTURES = 2.0
"""Seconds."""


def _memory(call: Invocation) -> tuple[int, int, int]:
    """Bytes of the node's memory: (held by processes, free, in files)."""
    node = call.container.pod.node
    used, shared = node.memory_used(), node.memory_shared()
    return used, max(MEMORY - used - shared, 0), shared


async def free(call: Invocation) -> int:
    """free [-b | -k | -m | -g | -h]"""
    letters = "".join(word[1:] for word in call.argv[1:] if word.startswith("-"))
    unit = next((size for letter, size in (("b", 1), ("m", 2**20), ("g", 2**30)) if letter in letters), 1024)

    def row(name: str, sizes: Sequence[int]) -> str:
        texts = [_binary(each) if "h" in letters else str(each // unit) for each in sizes]
        return name.ljust(first) + "".join(f"{each:>12}" for each in texts) + "\n"

    first = 7 if is_busybox(call) else 8
    used, unused, shared = _memory(call)
    titles = ("total", "used", "free", "shared", "buff/cache", "available")
    await call.out(" " * first + "".join(f"{each:>12}" for each in titles) + "\n")
    await call.out(row("Mem:", [MEMORY, used, unused, shared, shared, unused]))
    await call.out(row("Swap:", [0, 0, 0]))
    return 0


def _binary(size: int) -> str:
    """As free -h has it: 7.8Gi, 512Ki, 0B."""
    return f"{human_size(size)}i" if size >= 1024 else f"{size}B"


def running_for(seconds: float) -> str:
    """As uptime has it: 3 min, 2:03, 1 day,  0:07."""
    whole = int(seconds)
    days, hours, rest = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    shown = f"{days} day{'s' * (days != 1)}, " if days else ""
    return shown + (f"{hours:2d}:{rest:02d}" if hours else f"{rest} min")


def _up(call: Invocation) -> str:
    node = call.container.pod.node
    load = ", ".join(f"{each:.2f}" for each in node.load_averages())
    return f" {time.strftime('%H:%M:%S', time.gmtime())} up {running_for(node.up)},  0 users,  load average: {load}"


async def uptime(call: Invocation) -> int:
    """uptime [-p | -s]"""
    options = call.argv[1:]
    node = call.container.pod.node
    if "-s" in options or "--since" in options:
        await call.out(time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(node.booted)) + "\n")
    elif "-p" in options or "--pretty" in options:
        whole = int(node.up)
        parts = (("day", whole // 86400), ("hour", whole // 3600 % 24), ("minute", whole // 60 % 60))
        shown = [f"{count} {name}{'s' * (count != 1)}" for name, count in parts if count]
        await call.out(f"up {', '.join(shown) or '0 minutes'}\n")
    else:
        await call.out(_up(call) + "\n")
    return 0


async def nproc(call: Invocation) -> int:
    await call.out(f"{PROCESSORS}\n")
    return 0


async def top(call: Invocation) -> int:
    """One picture with -b -n1, or one every two seconds until `q` or Ctrl-C."""
    words = " ".join(call.argv[1:])
    found = re.search(r"n ?(\d+)", words)
    delay = re.search(r"d ?(\d+(?:\.\d+)?)", words)
    rounds = int(found[1]) if found else 0 if call.terminal else 1
    shares = Shares(call)
    done = 0
    while True:
        shares.look()
        if call.terminal:
            await call.out("\x1b[H\x1b[J")
        picture = _busybox_picture if is_busybox(call) else _picture
        end = "\r\n" if call.terminal else "\n"  # the terminal may be raw by the time that it is shown
        await call.out(end.join(picture(call, shares)) + end)
        done += 1
        if done == rounds:
            return 0
        if not call.terminal and not is_busybox(call):
            await call.out("\n")
        seconds = float(delay[1]) if delay else BETWEEN_PICTURES
        if call.terminal is None:
            await asyncio.sleep(seconds)
            continue
        with keys_of(call.terminal) as keys:
            if await keys.ended(seconds):
                return 0


class Shares:
    """Shares of a processor since the look before; at the first one since the node's boot and the process's start."""

    def __init__(self, call: Invocation) -> None:
        self._call = call
        self._seconds: dict[Process, tuple[float, float]] = {}
        """(when, seconds of a processor by then) at the last look."""
        self._node = (call.container.pod.node.booted, 0.0)
        self.node = 0.0
        """Of all the node's processors together."""
        self.of: dict[Process, float] = {}

    def look(self) -> None:
        now, resources = time.time(), self._call.container.resources
        used = self._call.container.pod.node.processor_seconds()
        self.node = min((used - self._node[1]) / max(now - self._node[0], 1e-3) / PROCESSORS, 1.0)
        self._node = (now, used)
        self.of = {}
        for process in processes(self._call):
            when, before = self._seconds.get(process, (process.started, 0.0))
            seconds = resources.seconds_of(process)
            self.of[process] = max(seconds - before, 0.0) / max(now - when, 1e-3)
            self._seconds[process] = (now, seconds)

    def in_order(self) -> list[Process]:
        """The busiest first."""
        return sorted(self.of, key=lambda each: (-round(self.of[each], 3), each.pid))


def _busybox_picture(call: Invocation, shares: Shares) -> list[str]:
    used, unused, shared = (each // 1024 for each in _memory(call))
    node, container = call.container.pod.node, call.container
    busy = round(shares.node * 100)
    load = " ".join(f"{each:.2f}" for each in node.load_averages())
    lines = [
        f"Mem: {used + shared}K used, {unused}K free, {shared}K shrd, 0K buff, {shared}K cached",
        f"CPU: {busy:3}% usr   0% sys   0% nic {100 - busy:3}% idle   0% io   0% irq   0% sirq",
        f"Load average: {load} {node.running()}/{node.processes()} {max(container.processes)}",
        "  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND",
    ]
    for each in shares.in_order():
        memory = container.resources.memory_of(each)
        lines.append(
            f"{each.pid:5d} {each.parent:5d} {container.user_name[:8]:<8} {state(call, each)[:1]:<4} {memory // 1024:5d} "
            f"{memory * 100 // MEMORY:3d}%   0 {shares.of[each] / PROCESSORS * 100:3.0f}% {command_line(each)}"
        )
    return lines


def _picture(call: Invocation, shares: Shares) -> list[str]:
    container = call.container
    used, unused, shared = (each / 2**20 for each in _memory(call))
    states = [state(call, each)[:1] for each in shares.of]
    busy = shares.node * 100
    lines = [
        f"top -{_up(call)}",
        f"Tasks: {len(states):3d} total, {states.count('R'):3d} running, {states.count('S'):3d} sleeping,   "
        "0 stopped,   0 zombie",
        f"%Cpu(s): {busy:4.1f} us,  0.0 sy,  0.0 ni, {100 - busy:4.1f} id,  "
        "0.0 wa,  0.0 hi,  0.0 si,  0.0 st",
        f"MiB Mem : {MEMORY / 2**20:8.1f} total, {unused:8.1f} free, {used:8.1f} used, "
        f"{shared:8.1f} buff/cache",
        f"MiB Swap:      0.0 total,      0.0 free,      0.0 used. {unused:8.1f} avail Mem",
        "",
        "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND",
    ]
    for each in shares.in_order():
        memory = container.resources.memory_of(each)
        spent = container.resources.seconds_of(each)
        lines.append(
            f"{each.pid:7d} {container.user_name[:8]:<8}  20   0 {memory // 1024:7d} {memory // 1024:6d}      0 "
            f"{state(call, each)[:1]} {shares.of[each] * 100:5.1f} {memory * 100 / MEMORY:5.1f} "
            f"{minutes(spent) + f'.{int(spent * 100) % 100:02d}':>9} {each.argv[0].rpartition('/')[2]}"
        )
    return lines


PROGRAMS: dict[str, Program] = {"free": free, "uptime": uptime, "nproc": nproc, "top": top}
