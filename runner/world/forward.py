"""A port-forward to a Service: one `kubectl port-forward`, kept open until it is closed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.words import Phrase, UserError, phrase
from runner.world.starting import started

ADDRESS = "127.0.0.1"
POD_SECONDS = 20
"""How long kubectl waits for a pod of the Service to run."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds before kubectl is started again: doubled with each failure."""
END_SECONDS = 3.0

_FORWARDING = re.compile(rf"^Forwarding from {re.escape(ADDRESS)}:(\d+) ->")
_KLOG = re.compile(r"^[IWEF]\d{4} [\d:.]+ +\d+ [^\]]*\] *")
_PORT_TAKEN = re.compile(r"unable to (listen on|create listener)|address already in use", re.IGNORECASE)
_POD_LOST = re.compile(r"error(?: occurred)? forwarding(?! .*connection refused)", re.IGNORECASE)

_GUARD = """
exec 3<&0 </dev/null
"$@" 3<&- & child=$!
{ read -r _ <&3; kill "$child"; } >/dev/null 2>&1 & guard=$!
exec 3<&-
wait "$child"; code=$?
kill "$guard" 2>/dev/null; wait "$guard" 2>/dev/null
exit "$code"
"""
"""Runs a command and ends it when our end of its standard input closes, even if this program is killed."""


class ForwardProblem(UserError):
    """The port can't be forwarded; `message` says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is forwarded, and through which cluster."""

    service: str
    namespace: str
    port: int
    kubeconfig: Path
    context: str


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service."""

    service: str
    namespace: str
    port: int


class Forwards:
    """The port-forwards to a cluster's Services that are kept open."""

    def __init__(self) -> None:
        self._kept: dict[ServicePort, Forward] = {}

    def get(self, to: ServicePort) -> Forward | None:
        return self._kept.get(to)

    def add(self, to: ServicePort, forward: Forward) -> None:
        self._kept[to] = forward

    def drop(self, to: ServicePort, forward: Forward) -> None:
        """Remove it, unless another one has taken its place."""
        if self._kept.get(to) is forward:
            del self._kept[to]

    def port(self, to: ServicePort) -> int:
        """The local port of the one that is open; 0 if none is."""
        forward = self._kept.get(to)
        return forward.port if forward is not None else 0

    def open_to(self, service: str, namespace: str) -> tuple[tuple[int, int], ...]:
        """The Service's ports that are open here, each with its local port."""
        return tuple(
            (to.port, forward.port)
            for to, forward in self._kept.items()
            if (to.service, to.namespace) == (service, namespace) and forward.port
        )

    async def close(self) -> None:
        """End them all."""
        kept, self._kept = list(self._kept.values()), {}
        await asyncio.gather(*(forward.close() for forward in kept))


class Forward:
    """`kubectl port-forward` to a Service, started again when it ends, at the same local port if that is free."""

    def __init__(self, wanted: Wanted, environment: Mapping[str, str]) -> None:
        self._wanted, self._environment = wanted, environment
        self._keeping: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._changed, self._hurry = asyncio.Event(), asyncio.Event()
        self._kept_port = 0
        self.port = 0
        """The local port; 0 while the forward is down."""
        self.problem: Phrase | None = None
        """Why it is down: the last message of kubectl."""

    @property
    def kept(self) -> bool:
        """Whether it is open, or opened again as soon as that is possible."""
        return self._keeping is not None

    async def open(self) -> int:
        """The local port, once it is open. Raises ForwardProblem; one that was never open is then closed."""
        async with self._opening:
            if self._keeping is None:
                self._keeping = asyncio.create_task(self._keep(self._program()))
            elif not self.port:
                self.problem = None
                self._hurry.set()
            while self._keeping is not None and not self.port and self.problem is None:
                await self._changed.wait()
            if self.port:
                return self.port
            problem = self.problem or phrase("The port-forward was closed.")
            if not self._kept_port:
                await self.close()
            raise ForwardProblem(problem)

    async def close(self) -> None:
        """End kubectl; nothing listens any more when it returns."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        self._report(0, None)

    def _program(self) -> str:
        program = shutil.which("kubectl", path=self._environment.get("PATH", os.defpath))
        if program is None:
            raise ForwardProblem(phrase("Port forwarding needs kubectl, which was not found in PATH."))
        return program

    async def _keep(self, program: str) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                last = await self._run(program)
            except (OSError, ValueError) as error:
                last = str(error)
            if self.port:
                pause = FIRST_PAUSE
            elif _PORT_TAKEN.search(last):
                self._kept_port = 0
            words = last or phrase("kubectl exited without a message")
            self._report(0, phrase("kubectl port-forward: {reason}", reason=words))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._hurry.wait()
            self._hurry.clear()
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run(self, program: str) -> str:
        """Run one kubectl to its end; returns the last line of its errors."""
        starting = asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", _GUARD, "sh", program, *self._arguments()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(self._environment),
            start_new_session=True,  # Ctrl-C in the terminal must not reach it
        )
        process = await started(starting, _end)
        try:
            assert process.stdout is not None and process.stderr is not None
            _, last = await asyncio.gather(self._follow(process.stdout), _listen(process.stderr, process))
            return last
        finally:
            await asyncio.shield(_end(process))

    def _arguments(self) -> list[str]:
        wanted = self._wanted
        return [
            "port-forward",
            f"--kubeconfig={wanted.kubeconfig}",
            f"--context={wanted.context}",
            f"--namespace={wanted.namespace}",
            f"--address={ADDRESS}",
            f"--pod-running-timeout={POD_SECONDS}s",
            f"service/{wanted.service}",
            f"{self._kept_port or ''}:{wanted.port}",
        ]

    async def _follow(self, out: asyncio.StreamReader) -> None:
        async for line in _lines(out):
            found = _FORWARDING.match(line)
            if found:
                self._kept_port = int(found[1])
                self._report(self._kept_port, None)

    def _report(self, port: int, problem: Phrase | None) -> None:
        self.port, self.problem = port, problem
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def _listen(err: asyncio.StreamReader, process: asyncio.subprocess.Process) -> str:
    """The last error line of kubectl."""
    last = ""
    async for line in _lines(err):
        last = _KLOG.sub("", line).strip().removeprefix("error: ") or last
        if _POD_LOST.search(line) and process.stdin is not None:
            process.stdin.close()  # an old kubectl stays, though the pod that it chose is gone
    return last


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    while line := await stream.readline():
        yield line.decode(errors="replace").rstrip()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
