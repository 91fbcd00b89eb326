"""Bash in a container: an interpreter of its own for each process, with the container's files and commands.

The interpreter is bashkit's. It has no signals, so `sleep` is ours, and a function around it runs the script's TERM trap.
"""

from __future__ import annotations

import asyncio
import shlex
import signal
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runner.practice.containers.byte_streams import Nothing, Streams
from runner.practice.containers.container_process import Process
from runner.practice.containers.program import Invocation, Program

if TYPE_CHECKING:
    from bashkit import Bash

    from runner.practice.containers.container import Container

SHELLS = frozenset({"sh", "bash", "ash", "dash"})
NO_LIMIT = 2**31 - 1
"""Of commands and of rounds in a loop: a main process may run for days. What it holds is bounded by bashkit's other limits."""
TERMINATED = 128 + signal.SIGTERM

_PRELUDE = f"""sleep() {{ __sleep "$@"; local status=$?; [ $status -eq {TERMINATED} ] && kill -TERM $$; return $status; }}
"""


class Shell:
    """One interpreter. Its variables and folder last from one `run` to the next."""

    def __init__(self, container: Container, process: Process, env: Mapping[str, str], cwd: str) -> None:
        self._container, self._process = container, process
        self._bash = _bash(container, env, cwd)
        process.on_kill(self._bash.cancel)
        for name, program in container.programs.items():
            self._bash.add_command(name.rpartition("/")[2], self._command(name, program))
        self._bash.add_command("__stdin", self._stdin)
        self._begun = False

    async def run(self, script: str, streams: Streams | None = None) -> int:
        """Run a script, its output streamed; gives its exit code, 128 and the signal's number where a signal ended it."""
        streams = streams or self._process.streams
        if not self._begun:
            self._begun = True
            script = _PRELUDE + script
        with self._container.resources.busy(self._process):
            result = await asyncio.ensure_future(
                self._bash.execute(script, capture=0, stdout=streams.stdout, stderr=streams.stderr)
            )
        if self._process.signal:
            code = 128 + self._process.signal
            return result.exit_code if result.exit_code not in (0, 1) else code
        return int(result.exit_code)

    async def has(self, name: str) -> bool:
        """Whether there is a command or an executable file of that name."""
        result = await asyncio.ensure_future(self._bash.execute(f"command -v -- {shlex.quote(name)}"))
        return result.exit_code == 0

    @property
    def state(self) -> Any:
        """bashkit's ShellState: variables, folder."""
        return self._bash.shell_state()

    def _command(self, name: str, program: Program) -> Any:
        async def call(context: Any) -> int:
            invocation = Invocation(
                [name, *context.argv],
                dict(context.env),
                context.cwd,
                _Input(context.stdin),
                context.stdout.write,
                context.stderr.write,
                self._container,
                self._process.streams.terminal,
                self._process.terminated,
            )
            with self._container.resources.idle(self._process):
                return await _run_program(self._process, program, invocation)

        return call

    async def _stdin(self, context: Any) -> int:
        """Puts the process's own input into a pipe, for what bash has built in."""

        async def copy() -> int:
            while (piece := await self._process.streams.stdin.read()) is not None:
                await context.stdout.write(piece)
            return 0

        with self._container.resources.idle(self._process):
            return await self._process.wait(copy(), 128 + 9)


class _Input:
    """A command's input, as bashkit has it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def read(self) -> bytes | None:
        piece: bytes | None = await self._stream.read_chunk()
        return piece


def _bash(container: Container, env: Mapping[str, str], cwd: str) -> Bash:
    from bashkit import Bash, ExecutionProfile

    bash = Bash(
        username=container.user_name,
        hostname=container.pod.hostname,
        cwd=cwd,
        env=dict(env),
        max_commands=NO_LIMIT,
        max_loop_iterations=NO_LIMIT,
        profile=ExecutionProfile.Interactive,
    )
    for path, files, read_only in container.filesystems():
        bash.mount(path, files, read_only=read_only)
    return bash


async def run_arguments(container: Container, process: Process, env: Mapping[str, str], cwd: str) -> int:
    """Run a process's arguments as exec does: a program of ours, a shell, or what bash knows. Raises FileNotFoundError."""
    argv, streams = process.argv, process.streams
    name = container.command_name(argv[0])
    if name in SHELLS and container.image.shell:
        process.begun.set()
        return await _run_shell(container, process, env, cwd)
    program = container.programs.get(name)
    if program is not None:
        process.begun.set()
        invocation = Invocation(
            [argv[0], *argv[1:]], env, cwd, streams.stdin, streams.stdout, streams.stderr, container, streams.terminal,
            process.terminated,
        )  # fmt: skip
        return await _run_program(process, program, invocation)
    shell = Shell(container, process, env, cwd)
    if not await shell.has(name):
        raise FileNotFoundError(argv[0])
    process.begun.set()
    line = shlex.join([name, *argv[1:]])
    has_input = not isinstance(streams.stdin, Nothing)
    return await shell.run(f"__stdin | {line}" if has_input else line)


async def _run_program(process: Process, program: Program, invocation: Invocation) -> int:
    """Its exit code; 128 and the signal's number where a signal ended it."""
    code = await process.wait(program(invocation), None)
    return 128 + process.signal if code is None else code


async def _run_shell(container: Container, process: Process, env: Mapping[str, str], cwd: str) -> int:
    """sh and bash: -c SCRIPT, a script's file, or lines from standard input."""
    options, rest = _shell_options(process.argv[1:])
    shell = Shell(container, process, env, cwd)
    flags = "".join(f"set -{letter}\n" for letter in options if letter in "eux")
    if "c" in options:
        script, name, *arguments = [*rest, *([""] if len(rest) == 1 else []), *([""] * (not rest))]
        process.handles_term = "trap" in script
        return await shell.run(
            f"{flags}set -- {shlex.join(arguments)}\n{script}" if arguments or name else flags + script
        )
    if rest:
        return await shell.run(f"{flags}set -- {shlex.join(rest[1:])}\n. {shlex.quote(rest[0])}")
    from runner.practice.containers.shell_session import session

    return await session(shell, process)


def _shell_options(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The letters of the options before a shell's arguments, and what follows them."""
    letters, rest = "", list(arguments)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        option = rest.pop(0)
        if option == "-o" and rest:
            rest.pop(0)
        elif not option.startswith("--"):
            letters += option[1:]
        if "c" in letters:
            break
    if rest and rest[0] in ("-", "--"):
        rest.pop(0)
    return letters, rest
