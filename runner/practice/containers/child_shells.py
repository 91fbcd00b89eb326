"""The shells that a shell starts: for a script's file, for `sh -c`, and for a person at its prompt."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from runner.practice.containers.container_limits import SHELL_DEPTH
from runner.practice.containers.container_process import Process
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.script_call import SHELLS, ScriptCall, script_call, script_of_file
from runner.practice.containers.script_structure import fed_commands
from runner.practice.containers.shell_input import ShellInput
from runner.practice.containers.shell_session import run_session
from runner.practice.containers.standard_streams import Streams, Terminal

_PATH = re.compile(r"(?:\.{1,2}|[\w.-]*)(?:/[\w.-]+)+")


class ChildShells:
    """`make` makes a shell; `process`, `script` and `terminal` are those of the shell that starts them, as they are then."""

    def __init__(
        self,
        container: RunningContainer,
        make: Callable[..., Any],
        of_owner: Callable[[], tuple[Process, str, Terminal | None]],
    ) -> None:
        self._container, self._make, self._of_owner = container, make, of_owner

    def known(self, commands: Iterable[Any], cwd: str) -> dict[str, bool]:
        """Of a script's commands (bashkit's AnalyzedCommand) those that are scripts, and whether they may read input.

        The others are left to bashkit.
        """
        known: dict[str, bool] = {}
        unknown: set[str] = set()
        for command in commands:
            name = command.name or ""
            if (name in SHELLS and name in self._container.command_names) or _PATH.fullmatch(name):
                arguments = [] if name not in SHELLS else command.args
                call = None if None in arguments else self._call([name, *arguments], cwd)
                if call is None:
                    unknown.add(name)
                else:
                    known[name] = known.get(name, False) or call.may_read
        return {name: reads for name, reads in known.items() if name not in unknown}

    async def run(self, context: Any) -> int:
        """Run a script as a process of its own."""
        owner, script, terminal = self._of_owner()
        try:
            call = script_call(self._container, context.argv, context.cwd)
        except PermissionError:
            await context.stderr.write(f"bash: line 1: {context.argv[0]}: Permission denied\n".encode())
            return 126
        except FileNotFoundError:
            call = None
        if call is None:
            await context.stderr.write(
                f"bash: line 1: {context.argv[0]}: No such file or directory\n".encode()
            )
            return 127
        if self._depth(owner) >= SHELL_DEPTH:
            await context.stderr.write(b"bash: maximum nesting depth exceeded\n")
            return 1
        process = self._container.child(call.argv, owner)
        typed = terminal is not None and call.argv[0] not in fed_commands(script)
        source = ShellInput(context.stdin, owner.streams.stdin, typed=typed)

        async def write(data: bytes) -> None:
            await context.stdout.write(data)

        async def fail(data: bytes) -> None:
            await context.stderr.write(data)

        process.streams = Streams(source, write, fail, terminal)
        try:
            with self._make(
                self._container, process, context.env, context.cwd, call.shell, zero=call.name
            ) as shell:
                running = asyncio.ensure_future(shell.run(call.text, arguments=call.before))
                try:
                    with self._container.resources.idle(owner):
                        await owner.wait(asyncio.wait([running]), None)
                finally:
                    if not running.done():
                        process.end(owner.interrupted or owner.signal or signal.SIGTERM)
                        await asyncio.wait([running], timeout=1)
                return running.result() if running.done() else 128 + process.signal
        finally:
            self._container.processes.pop(process.pid, None)

    async def session(self, context: Any) -> int:
        """A shell that is started at the prompt of this one; with something in a pipe before it, that is its script."""
        owner, _script, _terminal = self._of_owner()
        process = self._container.child(context.argv, owner)
        try:
            script = b"".join([piece async for piece in context.stdin])
            inner = self._make(
                self._container, process, context.env, context.cwd, context.argv[0], session=not script
            )
            with inner as shell:
                if script:
                    return int(await shell.run(script.decode("utf-8", "replace")))
                return await run_session(shell, process, self._container)
        finally:
            self._container.processes.pop(process.pid, None)

    def _call(self, argv: Sequence[str], cwd: str) -> ScriptCall | None:
        """What it will be, where it may be made executable before."""
        if self._container.command_name(argv[0]) != argv[0]:
            return None  # a file in /bin
        try:
            return script_call(self._container, argv, cwd)
        except PermissionError:
            return script_of_file(self._container, argv[0], argv[1:], cwd)
        except OSError:
            return None

    def _depth(self, process: Process) -> int:
        """How many shells it is within."""
        depth, above = 0, self._container.processes.get(process.parent)
        while above is not None:
            depth, above = depth + 1, self._container.processes.get(above.parent)
        return depth
