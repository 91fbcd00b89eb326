"""A shell with a person at its terminal: prompt, line editor with history and completion, Ctrl-C, Ctrl-D, resizing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable

from runner.practice.containers.container_process import Process
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.session_shell import SessionShell
from runner.practice.containers.shell_completion import completions
from runner.practice.containers.shell_prompt import prompt
from runner.practice.containers.standard_streams import Terminal
from runner.practice.containers.terminal_line_discipline import LineDiscipline
from runner.practice.containers.terminal_line_editor import InterruptedLine, LineEditor, Screen, line_editor
from runner.practice.containers.terminal_place import TerminalPlace

MOMENT = 0.05
"""Seconds, after which what has not ended by itself is stopped by Ctrl-Z."""
WORDS_OF_SIGNALS: dict[int, str] = {signal.SIGQUIT: "Quit\n"}
"""What a shell says of a command that one has ended."""


class TerminalSession:
    """Reads lines at the terminal, and runs them in the shell."""

    def __init__(
        self,
        shell: SessionShell,
        process: Process,
        container: RunningContainer,
        terminal: Terminal,
        discipline: LineDiscipline,
    ) -> None:
        self._shell, self._process, self._container = shell, process, container
        self._terminal, self._discipline = terminal, discipline
        self._screen = Screen()
        self._status = 0
        self._runs = False
        self._signal = 0
        """That of a key, as Ctrl-C's, that was typed since the last prompt."""
        self._stopping = asyncio.Event()
        """Set by Ctrl-Z, as long as a command runs."""

    async def run(self) -> int:
        """Gives the shell's exit code."""
        drawing = asyncio.get_running_loop().create_task(self._draw())
        before = self._discipline.signalled
        self._discipline.signalled = self._signalled
        hung_up = True
        try:
            at_the_end = "exit" if self._container.image.shell == "bash" else ""
            with line_editor(self._terminal, self._completions, at_the_end, self._screen) as (editor, typed):
                code = await self._lines(editor, typed)
            hung_up = False
            return code
        finally:
            self._shell.jobs.hang_up(all_=hung_up)
            self._discipline.signalled = before
            drawing.cancel()

    async def _lines(self, editor: LineEditor, keys: Callable[[bytes], None]) -> int:
        while not self._process.signal:
            script = await self._command(editor, keys)
            if script is None:
                return self._status
            if not script.strip():
                continue
            self._status = await self._run(script)
            if self._shell.exited:
                return self._status
        return 128 + self._process.signal

    async def _run(self, script: str) -> int:
        """Its exit code; Ctrl-C ends it, also where it comes before the command has begun."""
        code = 0
        if not self._signal:
            self._runs = True
            code = await self._run_in_front(script)
            self._runs = False
        self._stopping.clear()
        return await self._after_signals() or code

    async def _run_in_front(self, script: str) -> int:
        """Until it is over, or Ctrl-Z stops it: then it is a job."""
        place = TerminalPlace(self._terminal, self._process, in_front=True)
        streams, self._process.streams = self._process.streams, place.streams
        running = asyncio.ensure_future(self._unless_signalled(script))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                await asyncio.wait([running], timeout=MOMENT)
        except asyncio.CancelledError:
            running.cancel()
            raise
        finally:
            stopping.cancel()
            self._process.streams = streams
        return running.result() if running.done() else await self._stop(script.strip(), running, place)

    async def _unless_signalled(self, script: str) -> int:
        """A key may have come before this task has begun."""
        return 128 + self._signal if self._signal else await self._shell.run(script)

    async def _stop(self, text: str, running: asyncio.Future[int], place: TerminalPlace) -> int:
        processes = self._container.processes
        process = place.process = self._container.child(self._process.argv, self._process)
        process.send(signal.SIGTSTP)
        process.streams = place.streams
        self._shell = self._shell.set_aside(process)
        place.in_front.clear()
        running.add_done_callback(lambda _: processes.pop(process.pid, None))
        self._shell.jobs.add(process, text, running, place)
        self._status = self._shell.status = 128 + signal.SIGTSTP
        await self._discipline.write(b"\n")
        return self._status

    async def _after_signals(self) -> int:
        """The exit code that `$?` is by a key for a signal, which is over with this; 0 where there was none.

        As long as nothing else is awaited after it, none can have come.
        """
        code = 0
        while self._signal:
            code = self._status = self._shell.status = 128 + self._signal
            words = WORDS_OF_SIGNALS.get(self._signal, "")
            self._signal = 0
            await self._discipline.write(f"\n{words}".encode())
        return code

    def _signalled(self, number: int) -> None:
        if number == signal.SIGTSTP:
            front = self._shell.jobs.front
            if front is not None:
                front.process.send(number)
            else:
                self._stopping.set()
            return
        self._signal = number
        if self._runs:
            self._shell.interrupt(number)

    async def _command(self, editor: LineEditor, keys: Callable[[bytes], None]) -> str | None:
        """A whole command, of one line or several; None at the end of the input, "" after Ctrl-C."""
        script = ""
        await self._discipline.write((await self._shell.jobs.news()).encode())
        while True:
            before = "> " if script else prompt(self._container, self._process, self._shell.state)
            try:
                line = await self._line(editor, keys, before)
            except EOFError:
                return None if not script else ""
            except InterruptedLine:
                self._status = self._shell.status = 130
                return ""
            if line is None:
                return None
            script += f"{line}\n"
            if not self._shell.incomplete(script):
                return script

    async def _line(self, editor: LineEditor, keys: Callable[[bytes], None], before: str) -> str | None:
        await self._after_signals()
        with self._discipline.raw(keys):
            reading = asyncio.ensure_future(editor.line(before))
            line = await self._process.wait(reading, None)
            await self._screen.drawn()
        await self._discipline.typed(editor.not_read(), ahead=True)
        return line

    def _completions(self, before: str) -> Iterable[tuple[str, int]]:
        return completions(self._container, self._shell.state, before)

    async def _draw(self) -> None:
        while True:
            await self._discipline.write_raw(await self._screen.next())
            self._screen.done()
