"""The learner's terminal: their shell drawn, their keys sent to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.color import Color
from textual.geometry import Offset, Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from runner.tui.spoken import Spoken
from runner.tui.terminal.ansi_colors import DARK, LIGHT, Palette
from runner.tui.terminal.emulator import Emulator
from runner.tui.terminal.modes import Modes
from runner.tui.terminal.paint import Painter, restyled, reversed_at, underlined_at
from runner.tui.terminal.pointing import Pointing
from runner.tui.terminal.terminal_rows import Row
from runner.tui.terminal.textual_keys import key_bytes, paste_bytes
from runner.words import Phrase, phrase

_FRAME = 1 / 30  # seconds between two paintings
_LONGEST_FRAME = 0.2  # seconds that a program may hold a half-drawn frame back
_SETTLE = 0.05  # seconds that a size is to last before the shell gets it
_LEAST = (20, 3)  # columns and rows below which a pane is being hidden or moved, not used
_RESERVED = frozenset(["f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f12"])
_SCROLLING = frozenset(["shift+pageup", "shift+pagedown", "shift+home", "shift+end"])
_WAY_OUT = frozenset(["f6", "f10"])
_COACHED = frozenset(["f2", "f6", "f10"])
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
    def edited(self) -> bytes: ...
    @property
    def typing(self) -> bool: ...
    @property
    def password(self) -> bool: ...


class TerminalView(Spoken, Pointing, can_focus=True, inherit_bindings=False):
    """Draws a shell and sends it the keys.

    F1 to F10 and F12 are left to the screen around it; while a full-screen program is on, F6 and F10, and F2 while `coached`.
    """

    ALLOW_SELECT = False  # it selects by itself, over the scrollback too
    PART: ClassVar[Phrase] = phrase("In the terminal")
    TAKEN_KEYS: ClassVar[tuple[tuple[tuple[str, ...], Phrase], ...]] = (
        (("shift+pageup", "shift+pagedown"), phrase("Scroll back, and forth")),
        (("shift+home", "shift+end"), phrase("To the beginning, to the end")),
    )
    """Keys that it takes for itself; all others are the shell's."""
    BINDINGS: ClassVar[list[BindingType]] = []
    COMPONENT_CLASSES: ClassVar[set[str]] = {"terminal--selected", "terminal--hint"}
    DEFAULT_CSS = """
    TerminalView {
        background: $background;
        color: $foreground;
        & > .terminal--selected { background: $primary 45%; }
        & > .terminal--hint { background: $accent; color: $background; }
    }
    """

    typing_for_you: reactive[bool] = reactive(False)
    """The runner types a line; the learner's keys wait."""
    password: reactive[bool] = reactive(False)
    """A password is asked for: what is typed is not shown."""
    full_screen: reactive[bool] = reactive(False)
    """A full-screen program has the screen."""

    coached = False
    """While a full-screen program is on: whether F2 is the screen's, which types the keys for it."""

    class Copied(Message):
        """Text was put on the clipboard."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Resized(Message):
        """The shell has its terminal's size."""

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
        self._back = 0  # lines that the view is scrolled back
        self._rows: tuple[object, Sequence[Row]] = (None, ())  # those in view, and of what

    # the shell

    def attach(self, shell: ShellLike, earlier: str = "") -> None:
        """Show this shell from now on, under the text of `earlier` visits, and give it the widget's size."""
        self.detach()
        self._shell = shell
        self._emulator = Emulator(*shell.size)
        if earlier.strip():
            self._emulator.earlier(earlier, f"── {self.translate(phrase('earlier'))} ──")
        self._emulator.feed(shell.on_screen)
        self._emulator.replies.clear()
        self._emulator.copied.clear()
        self._unsubscribe = shell.subscribe(self._receive)
        self._back, self._selection = 0, None
        self.full_screen = self._emulator.modes.alternate
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
        before = emulator.top
        emulator.feed(data)
        for reply in emulator.replies:
            shell.reply(reply)
        emulator.replies.clear()
        for text in emulator.copied:
            self.take_copy(text)
        emulator.copied.clear()
        if self._back:  # what is being read stays where it is
            self._back = min(self._back + emulator.top - before, emulator.scrolled_off)
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
        self._settling = None
        columns, rows = self.size
        if columns < _LEAST[0] or rows < _LEAST[1]:
            return
        if self._shell and self._shell.size != (columns, rows):
            self._emulator.clear_line(self._shell.edited)
        if (columns, rows) != (self._emulator.columns, self._emulator.rows):
            self._emulator.resize(columns, rows)
            self._back, self._selection = 0, None
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
        emulator, loop = self._emulator, asyncio.get_running_loop()
        self._painting = None
        if emulator.modes.drawing and loop.time() - self._painted < _LONGEST_FRAME:
            self._painting = loop.call_later(_FRAME, self._paint)
            return
        self._painted = loop.time()
        row = emulator.cursor[1]
        changed = emulator.changed | {self._cursor_row, row}
        emulator.changed = set()
        self._cursor_row = row
        self._show_composing()
        if self.full_screen != emulator.modes.alternate:
            self.full_screen = emulator.modes.alternate
            self._back, self._selection = 0, None
        if self._back or self._selection or len(changed) >= self.size.height:
            self.refresh()
        else:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _show_composing(self) -> None:
        """Have the real cursor where the program's is: there an input method shows the syllable that is being composed."""
        if self.has_focus and not self._back:
            self.app.cursor_position = self.content_region.offset + Offset(*self._emulator.cursor)

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
        emulator, painter, width = self._emulator, self.painter, self.size.width
        first = emulator.top - self._back
        rows = self._in_view(first, self.size.height)
        if y >= len(rows):
            return Strip.blank(width, painter.blank)
        row = rows[y]
        strip = painter.strip(row, width)
        selected = self._selection.span(first + y, row) if self._selection else None
        if selected:
            strip = restyled(strip, *selected, self._background_of("terminal--selected"))
        if self._back:
            return self._with_hint(strip) if y == self.size.height - 1 else strip
        column, cursor_row = emulator.cursor
        if y == cursor_row and emulator.cursor_shown:
            cell_width = max(1, row.cells[column].width)
            mark = reversed_at if self.has_focus else underlined_at
            strip = mark(strip, column, cell_width)
        return strip

    def _in_view(self, first: int, height: int) -> Sequence[Row]:
        """The rows from that one on; asked for once for all lines of a frame."""
        of = (self._emulator, self._emulator.version, first, height)
        if self._rows[0] != of:
            self._rows = (of, self._emulator.between(first, first + height - 1))
        return self._rows[1]

    def _background_of(self, name: str) -> Style:
        return Style(bgcolor=self.get_component_rich_style(name).bgcolor)

    def _with_hint(self, strip: Strip) -> Strip:
        words = f" {self.translate(phrase('-- scrolled back {lines} lines --', lines=self._back))} "
        hint = Strip([Segment(words, self.get_component_rich_style("terminal--hint"))])
        return Strip.join([strip.crop(0, max(0, self.size.width - hint.cell_length)), hint])

    def respeak(self) -> None:
        self.refresh()

    # scrolling

    def scroll_lines(self, lines: int) -> None:
        """Back into what scrolled off, or (negative) towards the end."""
        back = max(0, min(self._back + lines, self._emulator.scrolled_off))
        if back != self._back and not self.full_screen:
            self._back = back
            self.refresh()

    def _scrolled(self, key: str) -> bool:
        """Whether it was a key that scrolls."""
        if self.full_screen or key not in _SCROLLING:
            return False
        page = max(1, self.size.height - 1)
        end = self._emulator.scrolled_off
        self.scroll_lines({"pageup": page, "pagedown": -page, "home": end, "end": -end}[key[6:]])
        return True

    # keys

    def on_key(self, event: events.Key) -> None:
        if event.key in self._left or not self._shell:
            return
        data = b"" if self._scrolled(event.key) else key_bytes(event.key, event.character, self.modes)
        if data:
            self.send(data)
        if data or event.key in _SCROLLING:
            event.stop()
            event.prevent_default()

    @property
    def _left(self) -> frozenset[str]:
        """The keys that are left to the screen around."""
        if not self.full_screen:
            return _RESERVED
        return _COACHED if self.coached else _WAY_OUT

    @property
    def modes(self) -> Modes:
        return self._emulator.modes

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key not in self._left

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.send(paste_bytes(event.text, self.modes))

    def send(self, data: bytes) -> None:
        """Type `data`; the view goes back to where it appears."""
        if not self._shell or not data:
            return
        if self._back or self._selection:
            self._back, self._selection = 0, None
            self.refresh()
        self._shell.type(data)

    def take_copy(self, text: str) -> None:
        """Put text on the person's clipboard (OSC 52)."""
        self.app.copy_to_clipboard(text)
        self.post_message(self.Copied(text))

    def on_focus(self) -> None:
        self._show_composing()
        self._focus_changed(b"\x1b[I")

    def on_blur(self) -> None:
        self._focus_changed(b"\x1b[O")

    def _focus_changed(self, report: bytes) -> None:
        if self._shell and self.modes.reports_focus:
            self._shell.reply(report)
        self.refresh()


def _rgb(colour: Color) -> tuple[int, int, int]:
    return colour.r, colour.g, colour.b
