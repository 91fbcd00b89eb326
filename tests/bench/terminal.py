"""How fast the terminal is: a key to the screen, a flood, Ctrl-C in the midst of one."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.app import App, ComposeResult
from textual.events import Key
from textual.reactive import reactive

from runner.shell import Shell
from runner.tui.terminal.widget import TerminalView

KEYS = 60


@dataclass(frozen=True)
class Measured:
    """Seconds each."""

    key_median: float
    key_p95: float
    seq: float
    """`seq 1 200000`, until its last line is on the screen."""
    flood: float
    """10 MB of lines, likewise."""
    interrupt: float
    """From Ctrl-C within a flood to the prompt, the worst of some."""


class _Terminal(App[None]):
    language: reactive[str] = reactive("en")

    def compose(self) -> ComposeResult:
        yield TerminalView()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.001)


def _text(app: App[None]) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def _measure(shell: Shell, app: _Terminal) -> Measured:
    async with app.run_test(size=(120, 40)) as pilot:
        view = app.query_one(TerminalView)
        view.attach(shell)
        view.focus()
        await _until(lambda: shell.size == (120, 40) and shell.ready)
        displayed = [0]  # the cursor's column when the screen was last written
        write = app._display

        def noted(*args: object) -> None:
            write(*args)  # type: ignore[arg-type]
            displayed[0] = view._emulator.cursor[0]

        app._display = noted  # type: ignore[method-assign, assignment]
        keys = []
        for _ in range(KEYS):
            await pilot.pause(0.05)
            column, began = view._emulator.cursor[0], time.perf_counter()
            app.post_message(Key("x", "x"))
            await _until(partial(_beyond, displayed, column))
            keys.append(time.perf_counter() - began)
        shell.type(b"\x03")
        seq = await _shown(shell, app, "seq 1 200000", "\n200000 ")
        flood = await _shown(
            shell, app, "head -c 10000000 /dev/zero | tr '\\0' x | fold -w 99; echo d''one", "done"
        )
        stops = []
        for _ in range(5):
            shell.type(b"yes\r")
            await asyncio.sleep(0.5)
            began = time.perf_counter()
            app.post_message(Key("ctrl+c", None))
            await _until(lambda: shell.ready)
            stops.append(time.perf_counter() - began)
    return Measured(statistics.median(keys), statistics.quantiles(keys, n=20)[-1], seq, flood, max(stops))


def _beyond(displayed: list[int], column: int) -> bool:
    return displayed[0] > column


async def _shown(shell: Shell, app: _Terminal, line: str, last: str) -> float:
    await _until(lambda: shell.ready)
    began = time.perf_counter()
    shell.type(line.encode() + b"\r")
    while last not in _text(app):
        await asyncio.sleep(0.01)
    return time.perf_counter() - began


def measure() -> Measured:
    """All of it, in a home of its own."""

    async def run(folder: Path) -> Measured:
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
        shell = Shell(folder, environment, folder / "state", folder / "transcript.txt")
        await shell.start()
        try:
            return await _measure(shell, _Terminal())
        finally:
            await shell.close()

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder)))


if __name__ == "__main__":
    print(measure())
