"""Commands that a shell's own scripts call, and its answer for those that an image lacks."""

from __future__ import annotations

from typing import Any


async def nothing(_context: Any) -> int:
    """See `kept_apart`."""
    return 0


async def status(context: Any) -> int:
    """Has `$?` be what the command before gave."""
    return int(context.argv[0])


def missing(name: str) -> Any:
    async def call(context: Any) -> int:
        await context.stderr.write(f"bash: line 1: {name}: command not found\n".encode())
        return 127

    return call
