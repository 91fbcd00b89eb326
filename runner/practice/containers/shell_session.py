"""A shell that reads its commands: from a pipe, or from a person at a terminal."""

from __future__ import annotations

import asyncio

from runner.practice.containers.container_process import Process
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.session_shell import SessionShell
from runner.practice.containers.terminal_session import TerminalSession

PAUSE_SECONDS = 0.05
"""After which what has come is run, though more may follow: somebody is typing, or waits for an answer."""


async def run_session(shell: SessionShell, process: Process, container: RunningContainer) -> int:
    """Until `exit` or the end of the input; gives the shell's exit code."""
    terminal = process.streams.terminal
    if terminal is not None and terminal.discipline is not None:
        return await TerminalSession(shell, process, container, terminal, terminal.discipline).run()
    return await _from_a_pipe(shell, process)


async def _from_a_pipe(shell: SessionShell, process: Process) -> int:
    """Run the commands as they come: all that are there, once they are whole and nothing more comes for a moment."""
    begun, code = b"", 0
    reading: asyncio.Future[bytes | None] | None = None
    while True:
        reading = reading or asyncio.ensure_future(process.streams.stdin.read())
        whole = begun.endswith(b"\n") and not shell.incomplete(begun.decode("utf-8", "replace"))
        await process.wait(asyncio.wait((reading,), timeout=PAUSE_SECONDS if whole else None), None)
        if process.signal:
            reading.cancel()
            return 128 + process.signal
        if reading.done():
            piece = reading.result()
            reading = None
            if piece is not None:
                begun += piece
                continue
        ended = reading is None
        if reading is not None:
            reading.cancel()  # what runs may read the rest
            reading = None
        if begun.strip():
            code = await shell.run(begun.decode("utf-8", "replace"))
            begun = b""
            if shell.exited or process.signal:
                return code
        if ended:
            return code
        begun = b""
