"""A process that has ended leaves nothing open: probes start one every few seconds, for days."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

import pytest

from runner.practice.containers.standard_streams import Streams
from tests.practice.containers.container_room import ContainerRoom

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")


async def test_files_are_closed_with_the_process_that_had_them(room: ContainerRoom) -> None:
    started = await room.run("busybox", "sleep", "3600")

    async def open_after_a_round() -> int:
        for argv in (["true"], ["cat", "/etc/hosts"], ["sh", "-c", "ls / | wc -l; sh -c 'echo x'"], ["ls"]):
            await room.runtime.exec(started.id, argv, Streams())
        gc.collect()
        await asyncio.sleep(0)
        return len(list(Path("/proc/self/fd").iterdir()))

    before = await open_after_a_round()
    after = [await open_after_a_round() for _ in range(4)][-1]
    assert after - before < 4
