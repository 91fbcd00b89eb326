"""Reading a program's standard input."""

from __future__ import annotations

from runner.practice.containers.byte_streams import Nothing
from runner.practice.containers.container_limits import MOST_INPUT
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.shell_input import ShellInput


async def all_input(call: Invocation, *, typed: bool = True, most: int = MOST_INPUT) -> bytes:
    """Standard input until its end, and at most so many bytes; without `typed` nothing where it is somebody's keyboard."""
    read = call.stdin.read
    if not typed:
        if isinstance(call.stdin, ShellInput):
            read = call.stdin.read_unless_typed
        elif call.terminal is not None:
            return b""
    pieces, size = [], 0
    while (piece := await read()) is not None:
        pieces.append(piece[: most - size])
        size += len(piece)
        if size >= most:
            break
    return b"".join(pieces)


def is_given(call: Invocation) -> bool:
    """Whether standard input is something else than a keyboard, be it empty; to be asked once it has been read."""
    if isinstance(call.stdin, ShellInput):
        return call.stdin.is_given
    return call.terminal is None and not isinstance(call.stdin, Nothing)
