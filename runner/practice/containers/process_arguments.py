"""Starts a process from its arguments, as exec does."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from runner.practice.containers.container_limits import LONGEST_ARGUMENT
from runner.practice.containers.container_process import Process
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.container_shell import Shell
from runner.practice.containers.program_run import run_program
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.script_call import SHELLS, ScriptCall, script_call, shell_options
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
    call = script_call(container, argv, cwd)
    if call is not None:
        process.begun.set()
        process.argv = call.argv
        return await _run_script(container, process, env, cwd, call)
    with Shell(container, process, env, cwd) as shell:
        process.begun.set()
        return await shell.run(shlex.join([name, *argv[1:]]), whole=name in READERS or "/" in name)


async def _run_shell(container: RunningContainer, process: Process, env: Mapping[str, str], cwd: str) -> int:
    """sh and bash: -c SCRIPT, a script's file, or lines from standard input."""
    process.begun.set()
    call = script_call(container, process.argv, cwd)
    if call is not None:
        return await _run_script(container, process, env, cwd, call)
    options, rest = shell_options(process.argv[1:])
    is_session = not rest or "s" in options
    with Shell(container, process, env, cwd, process.argv[0], session=is_session) as shell:
        if is_session:
            return await run_session(shell, process, container)
        return await shell.run(f". {shlex.quote(rest[0] if '/' in rest[0] else f'./{rest[0]}')}")


async def _run_script(
    container: RunningContainer, process: Process, env: Mapping[str, str], cwd: str, call: ScriptCall
) -> int:
    with Shell(container, process, env, cwd, call.shell, zero=call.name) as shell:
        code = await shell.run(call.text, arguments=call.before)
        if process.pid != 1 and process.streams.terminal is None:
            await shell.jobs.outputs_closed()
        return code
