"""The line editor of a shell at a terminal: history, completion and correction are prompt_toolkit's, drawing is ours."""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

from runner.practice.containers.line_display import LineDisplay
from runner.practice.containers.standard_streams import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import Application
    from prompt_toolkit.input import PipeInput
    from prompt_toolkit.renderer import Renderer

Complete = Callable[[str], Iterable[tuple[str, int]]]
"""For what stands before the cursor: texts, and how many characters of it each one replaces."""


class InterruptedLine(Exception):
    """Ctrl-C at the prompt. A KeyboardInterrupt would end the event loop."""


class LineEditor:
    """Reads lines, one at a time. `screen` has what to write to the terminal."""

    def __init__(
        self, keys: PipeInput, terminal: Terminal, complete: Complete, at_the_end: str, screen: Screen
    ) -> None:
        self._keys, self._terminal, self._complete = keys, terminal, complete
        self._at_the_end = at_the_end
        """What Ctrl-D shows behind the prompt."""
        self.screen = screen
        self._display = LineDisplay(lambda: terminal.columns)
        self._prompt = ""
        self._session = self._made()

    async def line(self, prompt: str) -> str:
        """Raises InterruptedLine by Ctrl-C, EOFError by Ctrl-D."""
        self._prompt = prompt
        return await self._session.prompt_async(prompt, set_exception_handler=False)

    def resized(self) -> None:
        """The terminal has another size."""
        if not self._display.stays:
            self._session.app._on_resize()

    def not_read(self) -> bytes:
        """What was typed behind the end of the line: it is for the program that runs now, or for the next line."""
        from prompt_toolkit.input.typeahead import get_typeahead

        rest = "".join(press.data for press in get_typeahead(self._keys)).encode()
        while select.select([self._keys.fileno()], [], [], 0)[0]:
            piece = os.read(self._keys.fileno(), 4096)
            if not piece:
                break
            rest += piece
        return rest

    def _made(self) -> PromptSession[str]:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.application import create_app_session
        from prompt_toolkit.history import InMemoryHistory
        from prompt_toolkit.shortcuts import CompleteStyle

        drawing = self._drawing()
        output = drawing.output
        with create_app_session(input=self._keys, output=output):
            session: PromptSession[str] = PromptSession(
                history=InMemoryHistory(),
                completer=self._completer(),
                complete_while_typing=False,
                complete_style=CompleteStyle.READLINE_LIKE,
                key_bindings=_bindings(self._at_the_end),
                input=self._keys,
                output=output,
            )
        session.app.renderer = drawing
        session.app.ttimeoutlen = 0.05
        return session

    def _completer(self) -> Any:
        from prompt_toolkit.completion import CompleteEvent, Completer, Completion
        from prompt_toolkit.document import Document

        editor = self

        class Names(Completer):
            def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
                for text, begun in editor._complete(document.text_before_cursor):
                    display = text.rstrip("/ ").rpartition("/")[2] + "/" * text.endswith("/")
                    yield Completion(text, -begun, display=display)

        return Names()

    def _drawing(self) -> Renderer:
        from prompt_toolkit.data_structures import Size
        from prompt_toolkit.output.vt100 import Vt100_Output
        from prompt_toolkit.renderer import Renderer
        from prompt_toolkit.styles import DummyStyle

        editor = self

        class Plain(Vt100_Output):
            """Without colours, and whatever else the text does not need."""

            def reset_attributes(self) -> None: ...
            def set_attributes(self, attrs: Any, color_depth: Any) -> None: ...
            def enable_autowrap(self) -> None: ...
            def show_cursor(self) -> None: ...
            def reset_cursor_shape(self) -> None: ...

        class Drawing(Renderer):
            """Draws the line, instead of a screen's part that is laid out."""

            def render(self, app: Application[Any], layout: Any, is_done: bool = False) -> None:
                self.output.write_raw(editor._drawn(app, is_done))
                self.output.flush()

            def erase(self, leave_alternate_screen: bool = True) -> None:
                self.output.write_raw(editor._display.erase())
                self.output.flush()

            def clear(self) -> None:
                editor._display.forget()
                self.output.write_raw("\x1b[H\x1b[2J")
                self.output.flush()

            def reset(self, _scroll: bool = False, leave_alternate_screen: bool = True) -> None:
                editor._display.forget()

            def request_absolute_cursor_position(self) -> None: ...

        output = Plain(
            cast(TextIO, self.screen),
            lambda: Size(rows=self._terminal.rows, columns=self._terminal.columns),
            term="xterm",
            enable_cpr=False,
            enable_bell=False,
        )
        return Drawing(DummyStyle(), output)

    def _drawn(self, app: Application[Any], is_done: bool) -> str:
        from prompt_toolkit.search import SearchState

        prompt, document = self._prompt, self._session.default_buffer.document
        self._session.default_buffer.load_history_if_not_yet_loaded()
        target = app.layout.search_target_buffer_control
        if target is not None and not is_done:
            asked = app.current_buffer.text
            state = SearchState(
                asked, target.search_state.direction, ignore_case=target.search_state.ignore_case
            )
            document = target.buffer.document_for_search(state) if asked else document
            prompt = f"(reverse-i-search)`{asked}': "
        written = self._display.update(prompt, document.text, document.cursor_position)
        return written + self._display.end() if is_done else written


class Screen:
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


@contextmanager
def line_editor(
    terminal: Terminal, complete: Complete, at_the_end: str, screen: Screen
) -> Iterator[tuple[LineEditor, Callable[[bytes], None]]]:
    """One, and what takes the keys for it; b"" is the end of the input."""
    from prompt_toolkit.input import create_pipe_input

    with create_pipe_input() as keys:

        def typed(data: bytes) -> None:
            keys.send_bytes(data or b"\x15\x04")  # an empty line, and its end: as a terminal that hangs up

        editor = LineEditor(keys, terminal, complete, at_the_end, screen)
        terminal.resized.append(editor.resized)
        try:
            yield editor, typed
        finally:
            terminal.resized.remove(editor.resized)


def _bindings(at_the_end: str) -> Any:
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    bindings = KeyBindings()

    @bindings.add("c-c")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.text += "^C"
        event.current_buffer.cursor_position = len(event.current_buffer.text)
        event.app.exit(exception=InterruptedLine())

    @bindings.add("c-d", filter=Condition(lambda: not get_app().current_buffer.text))
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(at_the_end)
        event.app.exit(exception=EOFError())

    return bindings
