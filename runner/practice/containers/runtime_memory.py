"""The memory of the runtime's process, above all the stacks of the threads in which shells are interpreted. Linux only.

bashkit bounds recursion by functions and `sh -c`, but not by `eval` or by scripts that run themselves: those go on until the
stack is full, and the whole process dies. So its threads have large stacks (RUST_MIN_STACK), and somebody looks at them.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.practice.containers.container_limits import MIB, STACK

SHALLOW = 8 * MIB
"""Of a stack that are left to it: a thread with nothing to do has a few KiB on it."""
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ 0\b")
_SMAPS, _STATM = Path("/proc/self/smaps"), Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Stack:
    """Addresses, and bytes in memory. It grows from `end` down."""

    start: int
    end: int
    resident: int


def resident() -> int:
    """Bytes of this process in memory; 0 where that is not known."""
    try:
        return int(_STATM.read_text().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0


def stacks() -> Iterator[Stack]:
    """Those of the interpreter's threads, by their size: each lies above a page that nobody may touch."""
    guarded, place = False, None
    with _SMAPS.open() as lines:
        for line in lines:
            if found := _MAPPING.match(line):
                start, end = int(found[1], 16), int(found[2], 16)
                place = (start, end) if guarded and found[3] == "rw-p" and end - start >= STACK else None
                guarded = found[3] == "---p"
            elif place and line.startswith("Rss:"):
                yield Stack(*place, int(line.split()[1]) * 1024)


def threads_sleep() -> bool:
    """Whether all threads but this one wait for something."""
    for task in Path("/proc/self/task").iterdir():
        if int(task.name) != threading.get_native_id():
            try:
                state = (task / "stat").read_text().rpartition(")")[2].split()[0]
            except FileNotFoundError:
                continue  # it has just ended
            if state != "S":
                return False
    return True


def trim() -> None:
    """Give back what was freed and is kept for later (malloc_trim(3) of glibc)."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def release(stack: Stack) -> None:
    """Give back the memory of a stack that was deep. Only while nothing is interpreted, and the threads sleep: what is on it
    is lost, but for its SHALLOW part, which a thread that wakes meanwhile begins with."""
    size = stack.end - SHALLOW - stack.start
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.madvise(ctypes.c_void_p(stack.start), ctypes.c_size_t(size), mmap.MADV_DONTNEED):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
