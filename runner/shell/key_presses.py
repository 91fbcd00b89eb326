"""Typing keys into a full-screen program: as fast as it keeps up, or slowly enough for a person to follow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from runner.key_names import CONTROL
from runner.shell.key_bytes import KEYS, key_bytes
from runner.shell.live_shell import LiveBash
from runner.shell.prompt import Stage

_BREATH = 0.05  # seconds of quiet after which the program has answered a key
_DRAWN = 0.12  # seconds of quiet after which a full-screen program has drawn itself
_PACE = 0.06  # seconds between two keys that a person follows
_BEFORE_LEAVING = 1.0  # seconds to see what was done, before it is saved
_LEAVING = (":w", ":x", ":q", "ZZ", "ZQ")


class KeyPresses:
    """Keys for the program that has the terminal. `stopped`: set it, and no more is typed."""

    def __init__(self, bash: LiveBash, keys: Sequence[str], *, slowly: bool) -> None:
        self._bash, self._keys, self._slowly = bash, keys, slowly
        self.stopped = False

    async def press(self, wait: float) -> None:
        """Wait for the program to open, up to `wait` seconds, and type the keys; until it is left, or this is stopped."""
        bash = self._bash
        if not await bash.pulse.until(lambda: self.open() or self.stopped, wait):
            return
        for key in self._keys:
            if self._slowly and key.startswith(_LEAVING):
                await bash.pulse.until(lambda: self.stopped, _BEFORE_LEAVING)
            for piece in self._pieces(key):
                if self.stopped or not self.open(quiet=0):
                    return
                await self._press(piece)

    def _pieces(self, key: str) -> Iterator[str]:
        """A text, typed slowly, is typed by its characters."""
        if (
            self._slowly
            and key.lower() not in KEYS
            and key_bytes(key) == key.encode()
            and not CONTROL.fullmatch(key)
        ):
            yield from key
        else:
            yield key

    async def _press(self, key: str) -> None:
        bash = self._bash
        before, began = bash.terminal.last_output, asyncio.get_running_loop().time()
        typed = key_bytes(key, application_cursor=bash.shown.modes.application_cursor)
        bash.write(typed, to_program=True)
        if self._slowly and len(key) == 1:
            spent = asyncio.get_running_loop().time() - began
            await bash.pulse.until(lambda: self.stopped, max(0.0, _PACE - spent))
            return
        # first its answer, if it gives one; an Escape must stand alone, or it would begin a sequence
        await bash.pulse.until(lambda: bash.terminal.last_output > before, 0.15)
        await bash.pulse.until(lambda: bash.terminal.quiet_for() > _BREATH, 2.0)

    def open(self, quiet: float = _DRAWN) -> bool:
        """Whether a program that reads key by key has the terminal, and was quiet for so many seconds."""
        bash = self._bash
        if bash.prompt.stage is not Stage.RUNNING or bash.terminal.quiet_for() < quiet:
            return False
        if bash.shown.modes.alternate:
            return True
        return bash.terminal.by_key and bash.terminal.foreground not in (0, bash.terminal.pid)
