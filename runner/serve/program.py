"""One process of the program, spoken to as textual.drivers.web_driver wants it: packets of a letter, a length, a payload."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

DATA, META = b"D", b"M"
GRACE = 10.0
"""Seconds in which a program that was asked to quit may put its things in order."""
_ASKED_WITHIN = 2.0  # seconds
_READY = b"__GANGLION__\n"
_KEPT = 8000
"""Bytes that are kept of what the program says besides its screen: its last words."""
_CONTROL = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)|[^\n\t -~\u00a0-\U0010ffff]")


class Program:
    """The program, running. `screen()` has to be read until it ends, or it comes to a stop."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._output = b""
        self._errors = asyncio.create_task(self._read_errors())

    @classmethod
    async def start(
        cls, command: Sequence[str], environment: Mapping[str, str], width: int, height: int
    ) -> Program:
        """Start it with a screen of that many cells. Raises OSError."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env={**environment, "COLUMNS": str(width), "ROWS": str(height)},
            start_new_session=True,  # a Ctrl-C in the server's terminal is the server's
        )
        return cls(process)

    async def screen(self) -> AsyncIterator[tuple[bytes, bytes]]:
        """What it draws (DATA) and asks of the browser (META), until it has ended."""
        assert self._process.stdout is not None
        output = self._process.stdout
        ready = await self._until_ready(output)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while ready:
                kind = await output.readexactly(1)
                payload = await output.readexactly(int.from_bytes(await output.readexactly(4), "big"))
                yield kind, payload
                ready = not (kind == META and json.loads(payload).get("type") == "exit")
        with contextlib.suppress(asyncio.IncompleteReadError):
            await self._read_last_words(output)
        await self._errors
        await self._process.wait()

    @property
    def last_words(self) -> str:
        """What it said besides its screen: why it could not start, or what came at its end."""
        return _CONTROL.sub("", self._output.decode("utf-8", "replace")).strip()

    @property
    def failed(self) -> bool:
        """Whether it ended, and not as it should."""
        return self._process.returncode not in (None, 0)

    async def type(self, keys: str) -> None:
        """Give it keys as a terminal sends them."""
        await self._send(DATA, keys.encode("utf-8", "ignore"))

    async def report(self, kind: str, **details: int | str) -> None:
        """Tell it of the browser: resize (width and height in cells), focus, blur, press (key), redraw, quit."""
        await self._send(META, json.dumps({"type": kind, **details}).encode())

    async def end(self) -> None:
        """Ask it to quit, and see that it does. Whoever reads `screen()` goes on meanwhile."""
        with contextlib.suppress(TimeoutError):  # one that reads no more can't be asked
            async with asyncio.timeout(_ASKED_WITHIN):
                await self.report("quit")
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                async with asyncio.timeout(GRACE):
                    await self._process.wait()
                break
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    self._process.send_signal(number)
        await self._process.wait()
        await self._let_go()

    async def _let_go(self) -> None:
        """Close the pipes of a program that has ended and whose screen nobody reads to its end."""
        await asyncio.wait({self._errors}, timeout=_ASKED_WITHIN)
        self._process._transport.close()  # type: ignore[attr-defined]  # asyncio has no public way
        await asyncio.sleep(0)

    async def _until_ready(self, output: asyncio.StreamReader) -> bool:
        while line := await output.readline():
            if line == _READY:
                return True
            self._keep(line)
        return False

    async def _send(self, kind: bytes, payload: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError, RuntimeError):  # it has ended; who reads its screen knows
            self._process.stdin.write(kind + len(payload).to_bytes(4, "big") + payload)
            await self._process.stdin.drain()

    async def _read_last_words(self, output: asyncio.StreamReader) -> None:
        """What it prints when it has left the screen; what it still draws (a size begins with a zero) is none of it."""
        while piece := await output.read(1):
            if piece in (DATA, META):
                size = await output.readexactly(4)
                if size[0] == 0:
                    await output.readexactly(int.from_bytes(size, "big"))
                    continue
                piece += size
            self._keep(piece)

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None
        while piece := await self._process.stderr.read(4096):
            self._keep(piece)

    def _keep(self, piece: bytes) -> None:
        self._output = (self._output + piece)[-_KEPT:]


def environment(language: str) -> dict[str, str]:
    """What the program is started with: this one's environment, drawn into a page, and without the token."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TEXTUAL", "TERM_PROGRAM", "LABGATE_TOKEN"))
    }
    path = [str(Path(__file__).resolve().parents[2]), *filter(None, [kept.get("PYTHONPATH")])]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(path),  # the same packages, from whatever folder it is started
        "LABGATE_LANGUAGE": language,
        "TERM": "xterm-256color",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TEXTUAL_DRIVER": "runner.tui.drivers.web_driver:PageDriver",
    }
