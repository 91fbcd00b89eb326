"""Reports when a lab's folder was saved: the times and sizes of its files, looked at every so often."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

PAUSE = 0.25
"""Seconds between two looks. A look costs some tens of microseconds."""
MOST_FILES, MOST_DEPTH = 1000, 4

Stamps = frozenset[tuple[str, int, int, int]]
"""Path, time of the last change (ns), size and inode of every file: an editor may write again or put a new one in place."""


def stamps(folder: Path) -> Stamps:
    """How the files of the folder are now, of a very large one the first MOST_FILES; never raises."""
    return frozenset(_stamped(folder, MOST_DEPTH, [MOST_FILES]))


async def saves(folder: Path, seen: Stamps) -> AsyncIterator[Stamps]:
    """The folder's stamps, each time that they differ from those seen before, once they stay as they are.

    A file that is being written changes between two looks, and is not reported of half-way.
    """
    before = seen
    while True:
        await asyncio.sleep(PAUSE)
        now = await asyncio.to_thread(stamps, folder)
        if now == before and now != seen:
            seen = now
            yield now
        before = now


def _stamped(folder: Path, depth: int, left: list[int]) -> Iterator[tuple[str, int, int, int]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda each: each.name)
    except OSError:
        return
    for entry in entries:
        if left[0] <= 0 or entry.name.startswith(".") or entry.name.endswith("~"):
            continue  # what editors keep beside it
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth > 1:
                    yield from _stamped(Path(entry.path), depth - 1, left)
                continue
            known = entry.stat()
        except OSError:
            continue
        left[0] -= 1
        yield entry.path, known.st_mtime_ns, known.st_size, known.st_ino
