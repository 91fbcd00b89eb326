"""Reading a program's standard input."""

from __future__ import annotations

from runner.practice.containers.program import Invocation

MOST_INPUT = 64 * 2**20
"""Bytes that are read of it as one piece; what is beyond is left out."""


async def all_input(call: Invocation) -> bytes:
    """Standard input until its end."""
    pieces, size = [], 0
    while (piece := await call.stdin.read()) is not None:
        size += len(piece)
        if size > MOST_INPUT:
            break
        pieces.append(piece)
    return b"".join(pieces)
