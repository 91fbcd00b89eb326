"""Bash in a container: an interpreter of its own for each process, with the container's files and commands.

The interpreter is bashkit's. It has neither signals nor standard input. So functions around `sleep`, `wait`, `kill` and
`trap` run the script's traps, and a command before a pipe brings the process's input.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shlex
import signal
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runner.practice.containers.background_lists import with_jobs
from runner.practice.containers.bash_interpreter import interpreter
from runner.practice.containers.byte_streams import Nothing
from runner.practice.containers.child_shells import ChildShells
from runner.practice.containers.command_lookup import OWN_FUNCTIONS, functions
from runner.practice.containers.container_process import Process
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.own_functions import OwnFunctions
from runner.practice.containers.program_run import run_program
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.script_call import SHELLS
from runner.practice.containers.script_input import has_files, without_input
from runner.practice.containers.script_structure import (
    fed_commands,
    kept_apart,
    with_no_input,
    with_scripts,
)
from runner.practice.containers.shell_command_names import BASHKIT_COMMANDS, READERS, SHELL_BUILTINS
from runner.practice.containers.shell_helpers import missing, nothing, status
from runner.practice.containers.shell_input import ShellInput
from runner.practice.containers.shell_jobs import Copy, ShellJobs
from runner.practice.containers.shell_lines import (
    has_output_elsewhere,
    is_open,
    is_whole,
    may_be_merged,
    pager_at_the_end,
    with_name,
    with_read_prompts,
)
from runner.practice.containers.shell_messages import ShellMessages, dialect
from runner.practice.containers.shell_prelude import PRELUDE, SESSION_PRELUDE
from runner.practice.containers.shell_prompt import size_variables
from runner.practice.containers.shell_traps import ShellTraps
from runner.practice.containers.standard_streams import Streams

if TYPE_CHECKING:
    from bashkit import Bash


_OF_THE_SHELL = re.compile(r"declare -[a-zA-Z]*r|declare -\S+ (BASHOPTS|BASH_VERSINFO|PIPESTATUS|_)=")
SYNTAX_ERROR = 2
DRAIN_SECONDS = 0.2
LAST_WORDS_SECONDS = 1.0
"""How long a program may take to end after Ctrl-C: some then print a report."""


class Shell:
    """One interpreter. Its variables and folder last from one `run` to the next."""

    def __init__(
        self,
        container: RunningContainer,
        process: Process,
        env: Mapping[str, str],
        cwd: str,
        name: str = "sh",
        *,
        session: bool = False,
        jobs: ShellJobs | None = None,
        zero: str = "",
    ) -> None:
        self._container, self._process, self._session = container, process, session
        interactive = session and process.streams.terminal is not None
        self.messages = ShellMessages(
            dialect(container, name), zero or name, interactive=interactive, gnu=container.image.shell != "sh"
        )
        self._interpreter: Bash | None = interpreter(container, env, cwd)
        process.on_kill(self._end_at_once)
        self.jobs = jobs or ShellJobs(
            container, process, dialect(container, name), self._run_copy, interactive=interactive
        )
        self._name, self._zero, self._traps = name, zero or name, ShellTraps(process)
        self._children = ChildShells(container, Shell, lambda: (self._process, self._script, self._terminal))
        self._before = b""
        """A session's variables, functions and folder before the script that runs."""
        self.exited = False
        """Whether the last `run` of a session has ended the shell: by exit, exec, or set -e."""
        self.status = 0
        """What `$?` is to be at the beginning of a session's next `run`."""
        self._merged = False
        self._functions = OwnFunctions()
        self._unreadable = ""
        self._scripts: dict[str, bool] = {}
        """Commands of the script that runs which are scripts, and whether they may read its input."""
        self._came_to_its_end = False
        self._script = ""
        self._terminal = process.streams.terminal
        """What programs write to, unless a pipe or a file takes it."""
        self._running: asyncio.Future[Any] | None = None
        """What bashkit executes now; `_script_running` where that is a script of somebody, and none of ours."""
        self._script_running: asyncio.Future[Any] | None = None
        self._cancelling: asyncio.Future[None] | None = None
        self._input_over = asyncio.Event()
        self._replaced_by: set[str] = set()
        """Programs that take this process instead of getting one of their own: exec's, and a script's only command."""
        for command, callback in {
            "__stdin": self._stdin, "__over": self._over, "__end_input": self._end_input, "__status": status,
            "__shell": self._children.session, "__script": self._children.run,
            "__nothing": nothing, "__pending": self._traps.pending, "__trap": self._traps.trap,
            "__start_job": self.jobs.start, "__wait": self.jobs.wait, "__jobs": self.jobs.show, "__fg": self.jobs.to_front,
            "__bg": self.jobs.to_back, "__disown": self.jobs.disown,
        }.items():  # fmt: skip
            self._bash.add_command(command, callback)
        for command in (
            BASHKIT_COMMANDS - SHELL_BUILTINS - container.command_names - container.programs.keys()
        ):
            self._bash.add_command(command, missing(command))
        in_shell = functions(container.programs)
        for command, program in container.programs.items():
            name = f"__{command}" if command in in_shell else command.rpartition("/")[2]
            self._bash.add_command(name, self._command(command, program))
        lines = [f'{each}() {{ __{each} "$@" </dev/null; }}\n' for each in sorted(in_shell - OWN_FUNCTIONS)]
        shells = sorted(SHELLS & container.command_names) if interactive else []
        lines += [
            f'{each}() {{ [ $# -eq 0 ] && {{ __shell {each}; return; }}; command {each} "$@"; }}\n'
            for each in shells
        ]
        self._no_input = in_shell - {"wait"}
        self._prelude = "".join(
            [f"BASH_ARGV0={shlex.quote(self._zero)}\n", PRELUDE, *lines, SESSION_PRELUDE if session else ""]
        )

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_error: object) -> None:
        """Let go of the interpreter: it and our commands in it refer to each other, where no garbage collector looks."""
        self._interpreter = None

    @property
    def _bash(self) -> Bash:
        assert self._interpreter is not None, "the shell is used within its `with`"
        return self._interpreter

    async def run(
        self, script: str, streams: Streams | None = None, *, arguments: str = "", whole: bool = False
    ) -> int:
        """Run a script, its output streamed; gives its exit code, 128 and the signal's number where a signal ended it.

        `arguments` are commands before it. `whole`: its input, too, is for what it does not show to be reading.
        """
        streams = streams or self._process.streams
        script = with_jobs(with_name(script, self._process.pid), lambda text: is_whole(self._bash, text))
        if streams.terminal is not None:
            script = with_read_prompts(script)
        self.messages.script = script
        self._process.interrupted = 0
        if self._prelude:
            await self._executed(self._prelude, Streams())
            self._prelude = ""
        self._script = script
        self._terminal = None if has_output_elsewhere(script) else streams.terminal
        names = self._names(script)
        if "nesting too deep" in self._unreadable:  # to read it again would take as much of a thread's stack
            await streams.stderr(self.messages.of_syntax(self._unreadable))
            return SYNTAX_ERROR
        if self._session:
            self._before = self._bash.snapshot(exclude_filesystem=True)
        if streams.terminal is not None:
            await self._merge_outputs(
                may_be_merged(script) and names is not None and not self._functions.hide_others(names)
            )
        self._input_over = asyncio.Event()
        self._came_to_its_end = self.exited = False
        has_input = not isinstance(streams.stdin, Nothing)
        reads = has_input and names is not None and (whole or self._reads(names))
        quiet = self._functions.names - self._functions.reading
        shown = with_scripts(
            with_no_input(script, self._no_input | quiet) if reads or self._session else script, self._scripts
        )
        shown = shown if names is None else kept_apart(shown, READERS | SHELLS | self._functions.names)
        text = f"{arguments}; {shown}" if arguments else shown
        if has_input and names is not None:
            text = without_input(names, script) + text
        if reads:
            begin, end = ("{", "}") if self._session else ("(", ")")
            text = f"__stdin | {{ {begin} {text}\n{end}; __over $?; }}"
        elif self._session:
            text = f"{text}\n__over $?"
        if self._session:
            text = f"{size_variables(self._process)}__status {self.status}; {text}"
        if self._process.interrupted:  # before it has begun
            self.status = 128 + self._process.interrupted
            return self.status
        code = self.status = await self._executed(text, streams, can_be_interrupted=True)
        self._input_over.set()
        self.exited = names is not None and not self._came_to_its_end and not self._process.interrupted
        return 128 + self._process.signal if self._process.signal else code

    async def _merge_outputs(self, merged: bool) -> None:
        """At a terminal the outputs come in the order of writing only where they are one for bashkit, too."""
        if merged is not self._merged:
            await self._executed("exec 9>&2 2>&1" if merged else "exec 2>&9", Streams())
            self._merged = merged

    async def _run_copy(self, process: Process, copy: Copy) -> int:
        """A background job's text, with this shell's variables and functions, as that process."""
        with Shell(self._container, process, copy.env, copy.cwd, self._name, zero=self._zero) as shell:
            await shell.take_state(copy.state)
            arguments = f"set -- {shlex.join(copy.arguments)}" if copy.arguments else ""
            return await shell.run(copy.text, arguments=arguments)

    def set_aside(self, process: Process) -> Shell:
        """Have `process` run the script that this one runs, and give a shell that takes its place."""
        shell = Shell(self._container, self._process, {}, "/", self._name, session=True, jobs=self.jobs)
        shell._bash.restore_snapshot(self._before)
        shell._functions.take(self._functions)
        process.take_over(self._process)
        process.on_kill(self._end_at_once)
        self._process = self._traps.process = process
        return shell

    async def take_state(self, state: str) -> None:
        """Have the variables and functions that another shell had, as `declare -p; declare -f` writes them."""
        lines = [line for line in state.split("\n") if not _OF_THE_SHELL.match(line)]
        await self._executed("\n".join([self._prelude, *lines]), Streams())
        self._prelude = ""

    def interrupt(self, number: int) -> None:
        """End the script that runs, as Ctrl-C does; the shell stays. Programs of ours have a moment to say their last words."""
        self._process.interrupted = number
        ending = self._process.interrupt()
        if self._script_running is not None:
            self._cancelling = asyncio.ensure_future(self._cancel_after(ending, self._script_running))

    async def _cancel_after(
        self, ending: Sequence[asyncio.Future[Any]], running: asyncio.Future[Any]
    ) -> None:
        if ending:
            await asyncio.wait(ending, timeout=LAST_WORDS_SECONDS)
            # what was written last is still on its way; a loop would go on
            await asyncio.wait([running], timeout=DRAIN_SECONDS)
        self._cancel(running)

    def _cancel(self, running: asyncio.Future[Any]) -> None:
        """Again and again until this one is over: bashkit forgets it where its execution has not quite begun."""
        if not running.done() and self._interpreter is not None:
            self._interpreter.cancel()
            self._process.interrupt()
            asyncio.get_running_loop().call_later(0.05, self._cancel, running)

    def _end_at_once(self) -> None:
        if self._interpreter is not None:
            self._interpreter.cancel()
        if self._running is not None:
            self._running.cancel()  # bashkit's own commands end when they like

    @property
    def state(self) -> Any:
        """bashkit's ShellState: variables, folder."""
        return self._bash.shell_state()

    def incomplete(self, script: str) -> bool:
        """Whether more lines must follow before it can be run: an open quote, loop, here-document …"""

        return is_open(self._bash, script)

    async def _executed(self, text: str, streams: Streams, *, can_be_interrupted: bool = False) -> int:
        async def errors(data: bytes) -> None:
            await streams.stderr(self.messages.rewritten(data))

        output = streams.stdout if streams.terminal is None else errors

        with self._container.resources.busy(self._process):
            running = asyncio.ensure_future(self._bash.execute(text, capture=0, stdout=output, stderr=errors))
            self._running, self._script_running = running, running if can_be_interrupted else None
            try:
                result = await running
            except asyncio.CancelledError:
                if not self._process.signal:
                    raise
                return 128 + self._process.signal
            finally:
                self._running = self._script_running = None
        if not can_be_interrupted:
            return 0
        if self._process.interrupted:
            self._bash.clear_cancel()
            self._came_to_its_end = True
            return 128 + self._process.interrupted
        if result.error and not self._process.signal and "cancelled" not in result.error:
            await streams.stderr(self.messages.of_syntax(result.error))
            return SYNTAX_ERROR
        return int(result.exit_code)

    def _names(self, script: str) -> set[str] | None:
        """The names of the commands in a script; None where it cannot be read."""
        from bashkit import BashError

        try:
            analysis = self._bash.analyze(script)
        except BashError as error:
            self._unreadable = str(error)
            return None
        self._unreadable = ""
        fed = fed_commands(script)
        names = {
            str(each.name)
            for each in analysis.commands
            if each.name and not has_files(each) and each.name not in fed
        }
        self._functions.define(analysis.functions, script)
        scripts = self._children.known(analysis.commands, str(self.state.cwd))
        self._scripts = {name: reads for name, reads in scripts.items() if name not in self._functions.names}
        execed = {
            str(each.args[0])
            for each in analysis.commands
            if each.name == "exec" and each.args and each.args[0]
        }
        alone = set(analysis.command_names) if len(analysis.commands) == 1 and not self._session else set()
        self._replaced_by = {self._container.command_name(name) for name in execed | alone}
        hides = analysis.has_dynamic_commands or names & {".", "source", "eval"}
        return names | ({"read"} if hides else set())

    def _reads(self, names: set[str]) -> bool:
        """Whether one of these may read standard input. bashkit takes all of it for a command that does not exist."""
        names = names - {name for name, reads in self._scripts.items() if not reads}
        if self._session and self._process.streams.terminal:
            names = names - (SHELLS - self._scripts.keys())
        return any(name in READERS or "/" in name or name in self._functions.reading for name in names)

    def _command(self, name: str, program: Program) -> Any:
        async def call(context: Any) -> int:
            if self._process.interrupted:
                return 128 + self._process.interrupted
            await self._process.goes_on.wait()
            argv = [name, *(self.jobs.numbers(context.argv) if name == "kill" else context.argv)]
            process, container = self._process, self._container
            if container.command_name(name) in self._replaced_by:
                process.argv = tuple(argv)
            elif name != "kill":
                process = container.child(argv, self._process)
            streams = self._process.streams
            typed = streams.terminal is not None and name.rpartition("/")[2] not in fed_commands(self._script)
            source = ShellInput(context.stdin, streams.stdin, typed=typed)
            invocation = Invocation(
                argv, dict(context.env), context.cwd, source,
                context.stdout.write, context.stderr.write, container,
                streams.terminal if pager_at_the_end(self._script) == name else self._terminal, process.terminated, process,
            )  # fmt: skip
            try:
                with container.resources.idle(self._process):
                    return await self._process.wait(
                        run_program(process, program, invocation), 128 + signal.SIGINT
                    )
            except BrokenPipeError:
                return 128 + signal.SIGPIPE
            finally:
                if process is not self._process:
                    container.processes.pop(process.pid, None)

        return call

    async def _stdin(self, context: Any) -> int:
        """Puts the process's own input into a pipe, for what bash has built in, until the script is over."""

        async def copy() -> None:
            with contextlib.suppress(BrokenPipeError):
                while (piece := await self._process.streams.stdin.read()) is not None:
                    await context.stdout.write(piece)

        copying, over = asyncio.ensure_future(copy()), asyncio.ensure_future(self._input_over.wait())
        try:
            with self._container.resources.idle(self._process):
                await self._process.wait(
                    asyncio.wait((copying, over), return_when=asyncio.FIRST_COMPLETED), None
                )
        finally:
            copying.cancel()
            over.cancel()
        return 0

    async def _end_input(self, _context: Any) -> int:
        self._input_over.set()
        return 0

    async def _over(self, context: Any) -> int:
        """What stands behind a script: that it has come to its end, and with which code."""
        self._input_over.set()
        self._came_to_its_end = True
        return int(context.argv[0]) if context.argv else 0
