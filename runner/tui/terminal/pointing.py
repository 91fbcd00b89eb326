"""The mouse over the terminal: the program's where it asked for it, else selecting and scrolling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widget import Widget

from runner.tui.terminal.mouse import Button, report
from runner.tui.terminal.terminal_selection import Place, Selection, Unit

if TYPE_CHECKING:
    from runner.tui.terminal.emulator import Emulator

_AGAIN = 0.4  # seconds within which a second click makes a double click
_WHEEL = 3  # lines


class Pointing(Widget):
    """What TerminalView does with the mouse. Shift takes it from a program that has asked for it."""

    _emulator: Emulator
    _back: int
    _selection: Selection | None = None
    _reporting = False
    _dragging = False
    _clicks = 0
    _clicked: tuple[float, Place] = (0.0, (-1, -1))

    if TYPE_CHECKING:

        def send(self, data: bytes) -> None: ...
        def scroll_lines(self, lines: int) -> None: ...
        def take_copy(self, text: str) -> None: ...

    def _cell(self, event: events.MouseEvent) -> tuple[int, int]:
        """Column and row under the mouse, kept within the widget."""
        gutter, (width, height) = self.gutter, self.size
        return (
            max(0, min(width - 1, event.x - gutter.left)),
            max(0, min(height - 1, event.y - gutter.top)),
        )

    def _place(self, event: events.MouseEvent) -> Place:
        column, row = self._cell(event)
        return self._emulator.top - self._back + row, column

    def _report(
        self, event: events.MouseEvent, button: Button, *, pressed: bool, moved: bool = False
    ) -> bool:
        """Tell the program, where it wants the mouse and the person does not."""
        modes = self._emulator.modes
        if not modes.mouse or (event.shift and not self._reporting):
            return False
        self.send(
            report(
                button,
                self._cell(event),
                modes,
                pressed=pressed,
                moved=moved,
                shift=event.shift,
                alt=event.meta,
                ctrl=event.ctrl,
            )
        )
        return True

    def on_mouse_down(self, event: events.MouseDown) -> None:
        event.stop()
        self.capture_mouse()
        if self._report(event, Button((event.button or 1) - 1), pressed=True):
            self._reporting = True
            return
        if event.button != 1:
            return
        place, now = self._place(event), event.time
        again = now - self._clicked[0] < _AGAIN and self._clicked[1] == place
        self._clicks = self._clicks % 3 + 1 if again else 1
        self._clicked = (now, place)
        self._selection = Selection(place, place, Unit(self._clicks))
        self._dragging = True
        self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging and self._selection:
            event.stop()
            beyond = event.y - self.gutter.top
            if beyond < 0:
                self.scroll_lines(1)
            elif beyond >= self.size.height:
                self.scroll_lines(-1)
            self._selection.head = self._place(event)
            self.refresh()
        else:
            button = Button(event.button - 1) if event.button else Button.NONE
            self._report(event, button, pressed=True, moved=True)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        event.stop()
        self.release_mouse()
        if self._reporting:
            self._report(event, Button((event.button or 1) - 1), pressed=False)
            self._reporting = False
        elif self._dragging:
            self._dragging = False
            self._take_selected()

    def _take_selected(self) -> None:
        emulator, selection = self._emulator, self._selection
        if selection is None or selection.empty:
            self._selection = None
            return
        text = selection.text(
            lambda first, last: enumerate(emulator.between(first, last), max(first, emulator.first))
        )
        if text.strip():
            self.take_copy(text)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, Button.WHEEL_UP)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, Button.WHEEL_DOWN)

    def _wheel(self, event: events.MouseEvent, button: Button) -> None:
        event.stop()
        event.prevent_default()
        up, modes = button is Button.WHEEL_UP, self._emulator.modes
        if self._report(event, button, pressed=True):
            return
        if modes.alternate:  # a pager without the mouse: its own arrows scroll it
            arrow = ("O" if modes.application_cursor else "[") + ("A" if up else "B")
            self.send(f"\x1b{arrow}".encode() * _WHEEL)
        else:
            self.scroll_lines(_WHEEL if up else -_WHEEL)
