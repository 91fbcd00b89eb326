"""A shell that reads its commands: line by line from a pipe, or from a person at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.practice.containers.container_process import Process

if TYPE_CHECKING:
    from runner.practice.containers.container_shell import Shell


async def session(shell: Shell, process: Process) -> int:
    """Until `exit` or the end of the input; gives the shell's exit code."""
    return await _script(shell, process)


async def _script(shell: Shell, process: Process) -> int:
    """A script from standard input, run when it is there as a whole (a here-document may be in it)."""
    pieces = []
    while (piece := await process.wait(process.streams.stdin.read(), None)) is not None:
        pieces.append(piece)
    return await shell.run(b"".join(pieces).decode("utf-8", "replace"))
