"""A shell with a person at its terminal: prompt, line editor with history and completion, Ctrl-C, Ctrl-D, resizing."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO, cast

from runner.practice.containers.container_process import Process
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.session_shell import SessionShell
from runner.practice.containers.shell_completion import completions
from runner.practice.containers.shell_prompt import prompt
from runner.practice.containers.standard_streams import Terminal
from runner.practice.containers.terminal_line_discipline import LineDiscipline
from runner.practice.containers.terminal_place import TerminalPlace

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.input import PipeInput


MOMENT = 0.05
"""Seconds, after which what has not ended by itself is stopped by Ctrl-Z."""
WORDS_OF_SIGNALS: dict[int, str] = {signal.SIGQUIT: "Quit\n"}
"""What a shell says of a command that one has ended."""


class _InterruptedError(Exception):
    """Ctrl-C at the prompt. A KeyboardInterrupt would end the event loop."""


class TerminalSession:
    """Reads lines with prompt_toolkit over the terminal's streams, and runs them in the shell."""

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
        self._screen = _Screen()
        self._status = 0
        self._runs = False
        self._signal = 0
        """That of a key, as Ctrl-C's, that was typed since the last prompt."""
        self._stopping = asyncio.Event()
        """Set by Ctrl-Z, as long as a command runs."""

    async def run(self) -> int:
        """Gives the shell's exit code."""
        from prompt_toolkit.input import create_pipe_input

        drawing = asyncio.get_running_loop().create_task(self._draw())
        before = self._discipline.signalled
        self._discipline.signalled = self._signalled
        hung_up = True
        try:
            with create_pipe_input() as keys:
                code = await self._lines(self._editor(keys), keys)
            hung_up = False
            return code
        finally:
            self._shell.jobs.hang_up(all_=hung_up)
            self._discipline.signalled = before
            drawing.cancel()

    async def _lines(self, editor: PromptSession[str], keys: PipeInput) -> int:
        while not self._process.signal:
            script = await self._command(editor, keys)
            if script is None:
                if self._container.image.shell == "bash":
                    await self._discipline.write(b"exit\n")
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
        running = asyncio.ensure_future(self._shell.run(script))
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

    async def _command(self, editor: PromptSession[str], keys: PipeInput) -> str | None:
        """A whole command, of one line or several; None at the end of the input, "" after Ctrl-C."""
        script = ""
        await self._discipline.write((await self._shell.jobs.news()).encode())
        while True:
            before = "> " if script else prompt(self._container, self._process, self._shell.state)
            try:
                line = await self._line(editor, keys, before)
            except EOFError:
                return None if not script else ""
            except _InterruptedError:
                self._status = self._shell.status = 130
                return ""
            if line is None:
                return None
            script += f"{line}\n"
            if not self._shell.incomplete(script):
                return script

    async def _line(self, editor: PromptSession[str], keys: PipeInput, before: str) -> str | None:
        await self._after_signals()
        with self._discipline.raw(lambda data: keys.send_bytes(data) if data else _close(keys)):
            reading = asyncio.ensure_future(editor.prompt_async(before, set_exception_handler=False))
            line = await self._process.wait(reading, None)
            await self._screen.drawn()
        await self._discipline.typed(_not_read(keys), ahead=True)
        return line

    def _editor(self, keys: PipeInput) -> PromptSession[str]:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.application import create_app_session
        from prompt_toolkit.completion import CompleteEvent, Completer, Completion
        from prompt_toolkit.data_structures import Size
        from prompt_toolkit.document import Document
        from prompt_toolkit.history import InMemoryHistory
        from prompt_toolkit.output.vt100 import Vt100_Output
        from prompt_toolkit.shortcuts import CompleteStyle

        session = self

        class Names(Completer):
            def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
                before = document.text_before_cursor
                for text, begun in completions(session._container, session._shell.state, before):
                    yield Completion(
                        text, -begun, display=text.rstrip("/ ").rpartition("/")[2] + "/" * text.endswith("/")
                    )

        output = Vt100_Output(
            cast(TextIO, self._screen),
            lambda: Size(rows=self._terminal.rows, columns=self._terminal.columns),
            term="xterm",
            enable_cpr=False,
            enable_bell=False,
        )
        with create_app_session(input=keys, output=output):
            editor: PromptSession[str] = PromptSession(
                history=InMemoryHistory(),
                completer=Names(),
                complete_while_typing=False,
                complete_style=CompleteStyle.READLINE_LIKE,
                key_bindings=_bindings(),
                input=keys,
                output=output,
            )
        editor.app.ttimeoutlen = 0.05
        self._terminal.resized.append(editor.app._on_resize)
        return editor

    async def _draw(self) -> None:
        while True:
            await self._discipline.write_raw(await self._screen.next())
            self._screen.done()


class _Screen:
    """What prompt_toolkit writes to: passed on by a task, as writing to the terminal may have to wait."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self) -> None:
        self._text = ""
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()

    def write(self, text: str) -> int:
        self._text += text
        return len(text)

    def flush(self) -> None:
        if self._text:
            self._pieces.put_nowait(self._text.encode())
            self._text = ""

    def isatty(self) -> bool:
        return True

    async def next(self) -> bytes:
        return await self._pieces.get()

    def done(self) -> None:
        self._pieces.task_done()

    async def drawn(self) -> None:
        """Once everything so far has reached the terminal."""
        await self._pieces.join()


def _bindings() -> Any:
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    bindings = KeyBindings()

    @bindings.add("c-c")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.text += "^C"
        event.current_buffer.cursor_position = len(event.current_buffer.text)
        event.app.exit(exception=_InterruptedError())

    return bindings


def _not_read(keys: PipeInput) -> bytes:
    """What was typed behind the end of the line: it is for the program that runs now, or for the next line."""
    from prompt_toolkit.input.typeahead import get_typeahead

    rest = "".join(press.data for press in get_typeahead(keys)).encode()
    while select.select([keys.fileno()], [], [], 0)[0]:
        piece = os.read(keys.fileno(), 4096)
        if not piece:
            break
        rest += piece
    return rest


def _close(keys: PipeInput) -> None:
    keys.send_bytes(b"\x15\x04")  # an empty line, and its end: as a terminal that hangs up
