"""Runs a program as a process."""

from __future__ import annotations

import signal

from runner.practice.containers.container_process import AT_WORK, Process
from runner.practice.containers.container_program import Invocation, Program


async def run_program(process: Process, program: Program, invocation: Invocation) -> int:
    """Its exit code; 128 and the signal's number where a signal ended it."""

    async def at_work() -> int:
        AT_WORK.set(process)
        return await program(invocation)

    code = await process.wait(at_work(), None)
    return 128 + (process.signal or signal.SIGINT) if code is None else code
