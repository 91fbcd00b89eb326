from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE, Process

import pytest

from runner.world.starting import started


@pytest.mark.parametrize("ticks", range(1, 9))
async def test_a_start_that_is_cancelled_leaves_nothing_behind(ticks: int) -> None:
    begun: list[Process] = []
    ended: list[Process] = []

    async def start() -> Process:
        begun.append(await asyncio.create_subprocess_exec("sleep", "1000", stdin=PIPE, stdout=PIPE))
        return begun[-1]

    async def end(process: Process) -> None:
        process.kill()
        await process.wait()
        ended.append(process)

    starting = asyncio.create_task(started(start(), end))
    for _ in range(ticks):
        await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert ended == begun
    assert all(process.returncode is not None for process in ended)


async def test_what_can_not_be_started_is_reported() -> None:
    async def end(process: Process) -> None:
        raise AssertionError(process)

    with pytest.raises(FileNotFoundError):
        await started(asyncio.create_subprocess_exec("/no/such/program"), end)
