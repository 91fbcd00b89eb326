"""The program on the screen, measured from outside: its first frame, and its memory in the middle of a lab."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect

ROUNDS = 5


@contextmanager
def on_a_terminal(*arguments: str) -> Iterator[pexpect.spawn[str]]:
    """The program in a terminal of 160 by 50, ended afterwards."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "runner", *arguments],
        dimensions=(50, 160),
        env=os.environ | {"TERM": "xterm-256color", "LABGATE_LANGUAGE": "en"},
        encoding="utf-8",
        timeout=60,
    )
    try:
        yield child
    finally:
        child.close(force=True)


def first_frame() -> float:
    """Seconds from the start of `labgate` until its catalogue is drawn; the median over some rounds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with on_a_terminal() as child:
            child.expect_exact("Labgate")
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def memory_in_a_lab() -> float:
    """MiB that the program itself holds (not its shell, not the practice cluster) at a lab's first step."""
    with on_a_terminal("learn", "istio-install", "--practice") as child:
        child.expect_exact("0/13")
        time.sleep(3)  # what is loaded on the way has been loaded
        assert child.pid is not None
        status = Path(f"/proc/{child.pid}/status").read_text()
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return int(kib) / 1024
