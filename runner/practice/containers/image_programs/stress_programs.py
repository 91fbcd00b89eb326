"""Programs that use processor and memory on purpose: stress (and stress-ng), and the one of vish/stress."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator

from runner.practice.containers.container_program import Invocation

TICK = 0.1
"""Seconds between two counts of the work that was done."""
_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_TIMES = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def size(text: str) -> int:
    """Bytes of 250M, 1G, 64k; 150Mi and the like, too."""
    found = re.fullmatch(r"(\d+)([bkmg]?)i?b?", text.lower())
    return int(found[1]) * _UNITS[found[2]] if found else 0


def seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)([smhd]?)", text)
    return float(found[1]) * _TIMES[found[2]] if found else 0.0


async def stress(call: Invocation) -> int:
    """stress --vm 1 --vm-bytes 250M --vm-hang 1 --cpu 2 --timeout 60s"""
    name = call.argv[0].rpartition("/")[2]
    options = dict(_long_options(list(call.argv[1:])))
    if not options or "help" in options or "?" in options:
        await call.out(
            f"Usage: {name} [OPTION [ARG]] ...\n -c, --cpu N\n -m, --vm N\n     --vm-bytes B\n -t, --timeout N\n"
        )
        return 1 if not options else 0
    workers = int(options.get("cpu", "0") or 0)
    vms = int(options.get("vm", "0") or 0)
    io = int(options.get("io", "0") or 0)
    last = seconds(options.get("timeout", "0"))
    await call.out(f"{name}: info: [1] dispatching hogs: {workers} cpu, {io} io, {vms} vm, 0 hdd\n")
    container = call.container
    taken = vms * size(options.get("vm-bytes", "256M"))
    container.memory += taken
    try:
        hangs = options.get("vm-hang") is not None or options.get("vm-keep") is not None
        await _work(call, workers + (0 if hangs else vms) + io * 0.3, last)
    finally:
        container.memory -= taken
    if not call.terminated.is_set():
        await call.out(f"{name}: info: [1] successful run completed in {int(last)}s\n")
    return 0


async def vish_stress(call: Invocation) -> int:
    """-cpus 2 -mem-total 950Mi -mem-alloc-size 100Mi -mem-alloc-sleep 10s"""
    words = list(call.argv[1:])
    options: dict[str, str] = {}
    while words:
        name, equals, value = words.pop(0).lstrip("-").partition("=")
        options[name] = value if equals else (words.pop(0) if words else "")
    amount, chunk = options.get("mem-total", "0"), options.get("mem-alloc-size", "4Ki")
    wait = options.get("mem-alloc-sleep", "1ms")
    await call.error(
        f'I main.go:26] Allocating "{amount}" memory, in "{chunk}" chunks, with a {wait} sleep between allocations\n'
    )
    cpus = int(options.get("cpus", "0") or 0)
    for _ in range(cpus):
        await call.error("I main.go:39] Spawning a thread to consume CPU\n")
    total, step = size(options.get("mem-total", "0")), max(size(options.get("mem-alloc-size", "4k")), 2**20)
    pause = seconds(options.get("mem-alloc-sleep", "0"))
    using = asyncio.ensure_future(_work(call, cpus, 0))
    try:
        while total > 0 and not call.container.exited.done():
            call.container.memory += min(step, total)
            total -= step
            await asyncio.sleep(pause)
        await call.error("I main.go:29] Allocated memory\n")
        await using
    finally:
        using.cancel()
    return 0


async def _work(call: Invocation, processors: float, last: float) -> None:
    """Use so many processors until SIGTERM, or for `last` seconds (0: for good)."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(last or None):
            while not call.terminated.is_set():
                await asyncio.sleep(TICK)
                if processors:
                    await call.container.work(processors * TICK)


_SHORT = {"-c": "cpu", "-m": "vm", "-t": "timeout", "-i": "io", "-d": "hdd", "-v": "verbose", "-q": "quiet"}


def _long_options(words: list[str]) -> Iterator[tuple[str, str]]:
    while words:
        word = words.pop(0)
        if word[:2] in _SHORT:
            name, value = _SHORT[word[:2]], word[2:]
            equals = value
        else:
            name, equals, value = word.lstrip("-").partition("=")
        if name in ("verbose", "quiet", "vm-keep", "metrics-brief", "metrics", "help"):
            yield name, ""
        else:
            yield name, value if equals else (words.pop(0) if words and not words[0].startswith("-") else "0")
