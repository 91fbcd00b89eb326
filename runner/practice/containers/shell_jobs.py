"""Background jobs of a shell: what `&` has started, and `jobs`, `fg`, `bg`, `wait`, `disown`.

A job is a process with a shell of its own, which has the variables and functions of the one that started it, as after
fork. Its text comes from `background_lists.py`.
"""

from __future__ import annotations

import asyncio
import shlex
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.practice.containers.byte_streams import Nothing
from runner.practice.containers.container_limits import BACKGROUND_JOBS
from runner.practice.containers.container_process import Process
from runner.practice.containers.process_commands import NOT_A_PROCESS
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.shell_lines import has_output_elsewhere
from runner.practice.containers.shell_messages import Dialect
from runner.practice.containers.standard_streams import Streams
from runner.practice.containers.terminal_place import TerminalPlace

NOT_A_CHILD = 127
_ENDED = {signal.SIGTERM: "Terminated", signal.SIGKILL: "Killed", signal.SIGINT: "Interrupt", signal.SIGHUP: "Hangup",
          signal.SIGQUIT: "Quit"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Copy:
    """What a job's shell begins with."""

    text: str
    state: str
    """As `declare -p; declare -f` writes it."""
    arguments: Sequence[str]
    env: dict[str, str]
    cwd: str


@dataclass(eq=False, slots=True)
class Job:
    """One that runs, is stopped, or is over and nobody has been told."""

    number: int
    process: Process
    text: str
    running: asyncio.Future[int]
    place: TerminalPlace | None = None
    stop_is_shown: bool = field(default=False)

    @property
    def is_over(self) -> bool:
        return self.running.done()

    @property
    def code(self) -> int:
        """Its exit code, once it is over."""
        failed = self.running.cancelled() or self.running.exception() is not None
        return 128 + signal.SIGKILL if failed else self.running.result()

    def state(self, dialect: Dialect) -> str:
        if not self.is_over:
            return "Stopped" if self.process.stopped.is_set() else "Running"
        if self.process.signal:
            return _ENDED.get(signal.Signals(self.process.signal), f"Exit {self.code}")
        if not self.code:
            return "Done"
        return f"Exit {self.code}" if dialect == "bash" else f"Done({self.code})"


class ShellJobs:
    """Of one shell. `run_copy` runs a job's text as a process, in a shell of its own."""

    def __init__(
        self,
        container: RunningContainer,
        process: Process,
        dialect: Dialect,
        run_copy: Callable[[Process, Copy], Awaitable[int]],
        *,
        interactive: bool,
    ) -> None:
        self._container, self._process, self._dialect = container, process, dialect
        self._run_copy, self._interactive = run_copy, interactive
        self._jobs: list[Job] = []
        """The one that `fg` means is the last."""
        self.front: Job | None = None
        """The one that `fg` waits for."""

    # commands that the prelude's functions call

    async def start(self, context: Any) -> int:
        """__start_job TEXT STATE ARGUMENT…: writes the process's number, for `$!`."""
        text, state, *arguments = context.argv
        if len(self._jobs) - sum(each.is_over for each in self._jobs) >= BACKGROUND_JOBS or self._is_full():
            await self._process.streams.stderr(
                f"{self._name}: fork: retry: Resource temporarily unavailable\n".encode()
            )
            return 254
        try:
            words = shlex.split(text)
        except ValueError:
            words = []
        simple = words and not set(text) & set("|&;(){}<>$`\n=")
        process = self._container.child(words if simple else self._process.argv, self._process)
        place = None
        if self._process.streams.terminal is not None:
            place = TerminalPlace(self._process.streams.terminal, process, in_front=False)
            process.streams = place.streams
        else:
            process.streams = Streams(Nothing(), self._process.streams.stdout, self._process.streams.stderr)
        copy = Copy(text, state, arguments, dict(context.env), context.cwd)
        process.work = asyncio.get_running_loop().create_task(self._run(process, copy))
        job = self.add(process, text, process.work, place)
        if self._interactive and self._dialect == "bash":
            await self._process.streams.stdout(f"[{job.number}] {process.pid}\n".encode())
        await context.stdout.write(f"{process.pid}\n".encode())
        return 0

    async def wait(self, context: Any) -> int:
        """wait [-n] [PID|%N…]; a signal with a trap ends it. Gives NOT_A_PROCESS where bashkit may know what is meant."""
        words = [word for word in context.argv if not word.startswith("-")]
        if not words:
            waited = [each for each in self._jobs if not each.is_over]
            first = asyncio.FIRST_COMPLETED if "-n" in context.argv else asyncio.ALL_COMPLETED
            if waited and not await self._waited(waited, first):
                return self._interrupted()
            code = next((each.code for each in waited if each.is_over), 0) if "-n" in context.argv else 0
            self._jobs = [each for each in self._jobs if not each.is_over or self._interactive]
            return code
        code = 0
        for word in words:
            job = self._meant(word)
            if job is None:
                if word.isdigit() and int(word) >= 1000:
                    return NOT_A_PROCESS
                await self._complain(context, f"wait: pid {word} is not a child of this shell")
                code = NOT_A_CHILD
                continue
            if not await self._waited([job]):
                return self._interrupted()
            code = job.code
        return code

    async def show(self, context: Any) -> int:
        """jobs [-l] [-p] [%N…]"""
        letters = "".join(word[1:] for word in context.argv if word.startswith("-"))
        words = [word for word in context.argv if not word.startswith("-")]
        chosen = sorted(self._jobs, key=lambda each: each.number)
        if words:
            chosen = [job for word in words if (job := self._meant(word)) is not None]
        for job in chosen:
            line = f"{job.process.pid}\n" if "p" in letters else self._line(job, pid="l" in letters)
            await context.stdout.write(line.encode())
            job.stop_is_shown = True
        if not letters or "l" in letters:
            self._jobs = [each for each in self._jobs if not each.is_over]
        return 0

    async def to_front(self, context: Any) -> int:
        """fg [%N]: until the job is over or stopped; Ctrl-C and Ctrl-Z are for it then."""
        job = await self._job_of(context, "fg")
        if job is None:
            return 1
        await context.stdout.write(f"{job.text}\n".encode())
        self.make_current(job)
        self.front = job
        if job.place is not None:
            job.place.in_front.set()
        job.stop_is_shown = False
        job.process.go_on()
        try:
            stopping = asyncio.ensure_future(job.process.stopped.wait())
            either: list[asyncio.Future[Any]] = [job.running, stopping]
            await self._process.wait(asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED), None)
            stopping.cancel()
        finally:
            self.front = None
            if job.place is not None:
                job.place.in_front.clear()
        if self._process.interrupted:
            job.process.send(self._process.interrupted)
            await asyncio.wait([job.running], timeout=1)
        if job.is_over:
            self._jobs.remove(job)
            return job.code
        await context.stdout.write(b"\n")
        return 128 + signal.SIGTSTP

    async def to_back(self, context: Any) -> int:
        """bg [%N]"""
        job = await self._job_of(context, "bg")
        if job is None:
            return 1
        job.stop_is_shown = False
        job.process.go_on()
        line = (
            f"[{job.number}]+ {job.text} &\n" if self._dialect == "bash" else f"[{job.number}] {job.text}\n"
        )
        await context.stdout.write(line.encode())
        return 0

    async def disown(self, context: Any) -> int:
        words = [word for word in context.argv if not word.startswith("-")]
        chosen = [self._meant(word) for word in words] or self._jobs[-1:]
        if "-a" in context.argv:
            chosen = [*self._jobs]
        self._jobs = [each for each in self._jobs if each not in chosen]
        return 0

    # for the shell

    def add(
        self, process: Process, text: str, running: asyncio.Future[int], place: TerminalPlace | None
    ) -> Job:
        number = max((each.number for each in self._jobs), default=0) + 1
        job = Job(number, process, text, running, place)
        self._jobs.append(job)
        if (
            not self._interactive
        ):  # nobody is told of those that are over; `wait` may ask for the newest of them
            over = [each for each in self._jobs if each.is_over]
            self._jobs = [each for each in self._jobs if each not in over[:-BACKGROUND_JOBS]]
        return job

    def make_current(self, job: Job) -> None:
        self._jobs.remove(job)
        self._jobs.append(job)

    def numbers(self, argv: Sequence[str]) -> list[str]:
        """The words of `kill`, with a job's process for %1."""
        jobs = [(word, self._meant(word) if word.startswith("%") else None) for word in argv]
        return [word if job is None else str(job.process.pid) for word, job in jobs]

    async def news(self) -> str:
        """What there is to say before a prompt: jobs that are over, or have stopped."""
        await asyncio.sleep(0)
        lines = []
        for job in sorted(self._jobs, key=lambda each: each.number):
            if job.is_over or (job.process.stopped.is_set() and not job.stop_is_shown):
                lines.append(self._line(job))
                job.stop_is_shown = True
        self._jobs = [each for each in self._jobs if not each.is_over]
        return "".join(lines)

    async def outputs_closed(self) -> None:
        """Wait for those that write to where the shell itself did: who started it waits for the end of its output."""
        waited = [each.running for each in self._jobs if not has_output_elsewhere(each.text)]
        if waited:
            await self._process.wait(asyncio.wait(waited), None)

    def hang_up(self, *, all_: bool) -> None:
        """The shell is over: those that are stopped end, and all of them where its terminal is gone."""
        for job in self._jobs:
            if all_ or job.process.stopped.is_set():
                job.process.send(signal.SIGHUP)

    # within

    async def _run(self, process: Process, copy: Copy) -> int:
        try:
            return await self._run_copy(process, copy)
        finally:
            self._container.processes.pop(process.pid, None)
            process.work = None

    def _is_full(self) -> bool:
        return sum(each.work is not None for each in self._container.processes.values()) >= BACKGROUND_JOBS

    async def _waited(self, jobs: Sequence[Job], until: str = asyncio.ALL_COMPLETED) -> bool:
        """Whether nothing has come between."""
        if self._process.pending:
            return False
        self._process.waits_for_jobs = True
        try:
            waiting = asyncio.wait([each.running for each in jobs], return_when=until)
            with self._container.resources.idle(self._process):
                return await self._process.wait(waiting, None) is not None
        finally:
            self._process.waits_for_jobs = False

    def _interrupted(self) -> int:
        pending = self._process.pending[:1] or [self._process.interrupted or self._process.signal]
        return 128 + pending[0]

    def _meant(self, word: str) -> Job | None:
        """%1, %+, %-, %%, %text, or a process's number."""
        name = word.removeprefix("%")
        if word.startswith("%") and name in ("", "+", "%"):
            return self._jobs[-1] if self._jobs else None
        if word.startswith("%") and name == "-":
            return self._jobs[-2] if len(self._jobs) > 1 else None
        for job in self._jobs:
            if name == str(job.number if word.startswith("%") else job.process.pid):
                return job
            if word.startswith("%") and not name.isdigit() and job.text.startswith(name):
                return job
        return next((each for each in self._jobs if name == str(each.number)), None)

    async def _job_of(self, context: Any, command: str) -> Job | None:
        if not self._interactive:
            await self._complain(context, f"{command}: no job control")
            return None
        words = [word for word in context.argv if not word.startswith("-")]
        job = self._meant(words[0] if words else "%+")
        if job is not None and not job.is_over:
            return job
        if self._dialect == "bash":
            await self._complain(context, f"{command}: {words[0] if words else 'current'}: no such job")
        else:
            await self._complain(
                context, f"{command}: {words[0]}: no such job" if words else f"{command}: no current job"
            )
        return None

    @property
    def _name(self) -> str:
        return "bash" if self._dialect == "bash" else "sh"

    async def _complain(self, context: Any, text: str) -> None:
        await context.stderr.write(f"{self._name}: {text}\n".encode())

    def _line(self, job: Job, *, pid: bool = False) -> str:
        mark = "+" if job is self._jobs[-1] else "-" if job is self._jobs[-2:][0] else " "
        state = job.state(self._dialect)
        if self._dialect == "bash":
            number = f"{job.process.pid} " if pid else " "
            text = f"{job.text} &" if state == "Running" else job.text
            return f"[{job.number}]{mark} {number}{state:<24}{text}\n"
        begun = f"[{job.number}] {mark} " if self._dialect == "dash" else f"[{job.number}]{mark}  "
        return f"{begun}{f'{job.process.pid} ' if pid else ''}{state}".ljust(33) + f"{job.text}\n"
