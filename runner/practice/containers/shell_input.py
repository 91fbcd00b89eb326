"""What a program that a shell runs reads from."""

from __future__ import annotations

from typing import Any

from runner.practice.containers.byte_streams import Nothing, Source


class ShellInput:
    """A command's input, as bashkit has it; the process's own where there is no pipe and no file before it."""

    def __init__(self, stream: Any, own: Source, *, typed: bool) -> None:
        self._stream, self._own, self._typed = stream, own, typed
        self._begun = self._uses_own = False

    async def read(self) -> bytes | None:
        if not self._uses_own:
            piece: bytes | None = await self._stream.read_chunk()
            if piece is not None or self._begun:
                self._begun = True
                return piece
            self._uses_own = True
        return await self._own.read()

    async def read_unless_typed(self) -> bytes | None:
        """The same, but the end where a person at a terminal would have to type it."""
        return None if self._typed else await self.read()

    @property
    def is_given(self) -> bool:
        """Whether there is an input that is no keyboard: a pipe or a file that something came from, or the process's own."""
        return (self._begun and not self._uses_own) or not (self._typed or isinstance(self._own, Nothing))
