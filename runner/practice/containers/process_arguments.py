"""Starts a process from its arguments, as exec does."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from runner.practice.containers.container_limits import LONGEST_ARGUMENT
from runner.practice.containers.container_process import Process
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.container_shell import SHELLS, Shell
from runner.practice.containers.program_run import run_program
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.shell_command_names import READERS
from runner.practice.containers.shell_session import run_session


class ArgumentsTooLong(OSError):
    """One of a program's arguments is longer than the kernel takes. `str` gives the program."""


async def run_arguments(
    container: RunningContainer, process: Process, env: Mapping[str, str], cwd: str
) -> int:
    """Run a process's arguments as exec does: a program of ours, a shell, or what bash knows.

    Raises FileNotFoundError, PermissionError, ArgumentsTooLong.
    """
    argv, streams = process.argv, process.streams
    if any(len(word.encode()) >= LONGEST_ARGUMENT for word in argv):
        raise ArgumentsTooLong(argv[0])
    name = container.command_name(argv[0])
    if name in SHELLS and container.image.shell:
        process.begun.set()
        return await _run_shell(container, process, env, cwd)
    program = container.programs.get(name)
    if program is not None:
        process.begun.set()
        invocation = Invocation(
            [argv[0], *argv[1:]], env, cwd, streams.stdin, streams.stdout, streams.stderr, container, streams.terminal,
            process.terminated, process,
        )  # fmt: skip
        return await run_program(process, program, invocation)
    container.find_file(argv[0], cwd)
    with Shell(container, process, env, cwd) as shell:
        process.begun.set()
        return await shell.run(shlex.join([name, *argv[1:]]), whole=name in READERS or "/" in name)


async def _run_shell(container: RunningContainer, process: Process, env: Mapping[str, str], cwd: str) -> int:
    """sh and bash: -c SCRIPT, a script's file, or lines from standard input."""
    options, rest = _shell_options(process.argv[1:])
    process.begun.set()
    is_session = "c" not in options and not rest
    with Shell(container, process, env, cwd, process.argv[0], session=is_session) as shell:
        code = await _run_in(shell, container, process, options, rest)
        if process.pid != 1 and process.streams.terminal is None:
            await shell.jobs.outputs_closed()
        return code


async def _run_in(
    shell: Shell, container: RunningContainer, process: Process, options: str, rest: Sequence[str]
) -> int:
    flags = "".join(f"set -{letter}; " for letter in options if letter in "eux")
    if "c" in options:
        script, _name, *arguments = [*rest, *([""] * (2 - len(rest)))]
        return await shell.run(
            script,
            arguments=f"{flags}set -- {shlex.join(arguments)}" if arguments else flags.removesuffix("; "),
        )
    if rest:
        script = f". {shlex.quote(rest[0] if '/' in rest[0] else f'./{rest[0]}')}"
        return await shell.run(script, arguments=f"{flags}set -- {shlex.join(rest[1:])}", whole=True)

    return await run_session(shell, process, container)


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
