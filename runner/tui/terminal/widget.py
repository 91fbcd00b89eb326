"""The learner's terminal: their shell drawn, their keys sent to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar, Protocol

from textual import events
from textual.binding import BindingType
from textual.color import Color
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from runner.tui.spoken import Spoken
from runner.tui.terminal.emulator import Emulator
from runner.tui.terminal.keys import key_bytes, paste_bytes
from runner.tui.terminal.paint import Painter, reversed_at
from runner.tui.terminal.palette import DARK, LIGHT, Palette
from runner.words import phrase

_FRAME = 1 / 30  # seconds between two paintings
_SETTLE = 0.05  # seconds that a size is to last before the shell is told
_LEAST = (20, 3)  # columns and rows below which a pane is being hidden or moved, not used
_RESERVED = frozenset(["f1", "f2", "f3", "f4", "f6", "f7", "f8", "f9"])
_WAY_OUT = frozenset(["f6"])
_WATCH = 0.2  # seconds between two looks at what the shell is doing


class ShellLike(Protocol):
    """What the terminal uses of runner.shell.Shell."""

    def type(self, data: bytes) -> None: ...
    def reply(self, data: bytes) -> None: ...
    def resize(self, columns: int, rows: int) -> None: ...
    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]: ...
    @property
    def size(self) -> tuple[int, int]: ...
    @property
    def on_screen(self) -> bytes: ...
    @property
    def typing(self) -> bool: ...
    @property
    def password(self) -> bool: ...


class TerminalView(Spoken, Widget, can_focus=True, inherit_bindings=False):
    """Draws a shell and sends it the keys.

    F1 to F4 and F6 to F9 are left to the screen around it; while a full-screen program is on, F6 only.
    """

    ALLOW_SELECT = False  # it selects by itself, over the scrollback too
    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = "TerminalView { background: $background; color: $foreground; }"

    typing_for_you: reactive[bool] = reactive(False)
    """The runner types a line; the learner's keys wait."""
    password: reactive[bool] = reactive(False)
    """A password is asked for: what is typed is not shown."""
    full_screen: reactive[bool] = reactive(False)
    """A full-screen program has the screen."""

    class Copied(Message):
        """Text was put on the clipboard."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Resized(Message):
        """The shell was told its terminal's size."""

        def __init__(self, columns: int, rows: int) -> None:
            super().__init__()
            self.columns, self.rows = columns, rows

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._emulator = Emulator(80, 24)
        self._shell: ShellLike | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._painter: Painter | None = None
        self._painted = 0.0
        self._painting: asyncio.TimerHandle | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._cursor_row = 0

    # the shell

    def attach(self, shell: ShellLike, earlier: str = "") -> None:
        """Show this shell from now on, under the text of `earlier` visits, and give it the widget's size."""
        self.detach()
        self._shell = shell
        self._emulator = Emulator(*shell.size)
        if earlier.strip():
            self._emulator.earlier(earlier, f"── {self.say(phrase('earlier'))} ──")
        self._emulator.feed(shell.on_screen)
        self._emulator.replies.clear()
        self._emulator.copied.clear()
        self._unsubscribe = shell.subscribe(self._receive)
        self._fit()
        self.refresh()

    def detach(self) -> None:
        """Let go of the shell; what it showed stays."""
        if self._unsubscribe:
            self._unsubscribe()
        self._unsubscribe = self._shell = None

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(_WATCH, self._look)

    def on_unmount(self) -> None:
        self.detach()
        for timer in (self._painting, self._settling):
            if timer:
                timer.cancel()

    def _receive(self, data: bytes) -> None:
        emulator, shell = self._emulator, self._shell
        assert shell is not None
        emulator.feed(data)
        for reply in emulator.replies:
            shell.reply(reply)
        emulator.replies.clear()
        self._paint_soon()

    def _look(self) -> None:
        if self._shell:
            self.typing_for_you = self._shell.typing
            self.password = self._shell.password

    # size

    def on_resize(self) -> None:
        if self._settling:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(_SETTLE, self._fit)

    def _fit(self) -> None:
        """Give the emulator and the shell the widget's size, unless it is too small to be meant."""
        columns, rows = self.size
        if columns < _LEAST[0] or rows < _LEAST[1]:
            return
        if (columns, rows) != (self._emulator.columns, self._emulator.rows):
            self._emulator.resize(columns, rows)
            self.refresh()
        if self._shell and self._shell.size != (columns, rows):
            self._shell.resize(columns, rows)
            self.post_message(self.Resized(columns, rows))

    # painting

    def _paint_soon(self) -> None:
        """At once where nothing was painted of late, else with the next frame."""
        if self._painting is None:
            loop = asyncio.get_running_loop()
            wait = self._painted + _FRAME - loop.time()
            if wait <= 0:
                self._paint()
            else:
                self._painting = loop.call_later(wait, self._paint)

    def _paint(self) -> None:
        self._painting = None
        self._painted = asyncio.get_running_loop().time()
        emulator = self._emulator
        row = emulator.cursor[1]
        changed = emulator.changed | {self._cursor_row, row}
        emulator.changed = set()
        self._cursor_row = row
        self.full_screen = emulator.modes.alternate
        self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    @property
    def painter(self) -> Painter:
        """In the colours of the theme that is on."""
        if self._painter is None:
            _, _, background, foreground = self.colors
            dark = self.app.current_theme.dark
            palette = Palette(_rgb(background + foreground), _rgb(background), DARK if dark else LIGHT)
            self._painter = Painter(palette)
            self._emulator.foreground, self._emulator.background = palette.foreground, palette.background
        return self._painter

    def render_line(self, y: int) -> Strip:
        rows = self._emulator.screen()
        painter, width = self.painter, self.size.width
        if y >= len(rows):
            return Strip.blank(width, painter.blank)
        strip = painter.strip(rows[y], width)
        column, row = self._emulator.cursor
        if y == row and self._emulator.cursor_shown:
            strip = reversed_at(strip, column, max(1, rows[y].cells[column].width))
        return strip

    # keys

    def on_key(self, event: events.Key) -> None:
        if event.key in (_WAY_OUT if self.full_screen else _RESERVED) or not self._shell:
            return
        data = key_bytes(event.key, event.character, self._emulator.modes)
        if data:
            event.stop()
            event.prevent_default()
            self._shell.type(data)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key not in (_WAY_OUT if self.full_screen else _RESERVED)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if self._shell:
            self._shell.type(paste_bytes(event.text, self._emulator.modes))


def _rgb(colour: Color) -> tuple[int, int, int]:
    return colour.r, colour.g, colour.b
