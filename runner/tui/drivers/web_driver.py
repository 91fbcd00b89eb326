"""The program in a browser's page: as Textual does it, but no input ends it, and it ends in order with its page or server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.drivers._byte_stream import ByteStream
from textual.drivers.web_driver import WebDriver

from runner.tui.drivers.ending import End, from_a_thread, on_signals
from runner.tui.drivers.input_parser import Keyboard
from runner.tui.drivers.pace import behind

if TYPE_CHECKING:
    from textual.app import App


class PageDriver(WebDriver):
    """The program is asked to quit as a person would do it, so that it puts its things in order."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._offered: list[list[str]] = []
        self._leaving: asyncio.Task[bool] | None = None

    def start_application_mode(self) -> None:
        self._loop = asyncio.get_running_loop()
        super().start_application_mode()
        on_signals(self._loop, End(self._app, self._loop))

    def run_input_thread(self) -> None:
        """Read packets until the program ends, or nobody is left to send any: the server was killed."""
        keyboard, packets = Keyboard(self.process_message), ByteStream()
        for data in self._input_reader:
            for kind, payload in packets.feed(data) if data else ():
                if kind == "D":
                    keyboard.feed(payload)
                else:
                    self._on_meta(kind, payload)
            keyboard.tick()
            while behind(self._app) and not self.exit_event.is_set():
                self.exit_event.wait(0.05)
        self._quit()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        match packet_type, payload:
            case "quit", _:
                self._quit()
            case "redraw", _:
                from_a_thread(self._loop, self._redraw)
            case "press", {"key": str(key)}:
                from_a_thread(self._loop, self._app.simulate_key, key)
            case _:
                super().on_meta(packet_type, payload)

    def offer_keys(self, keys: Sequence[tuple[str, str, str]]) -> None:
        """Have the page show these as buttons: each is a key, how it is written, and what it does, in the reader's language."""
        offered = [list(each) for each in keys]
        if offered != self._offered:
            self._offered = offered
            self.write_meta({"type": "keys", "keys": offered})

    def _redraw(self) -> None:
        """Draw the whole screen: a page shows it that knows nothing of it, or has missed a part."""
        self.write("\x1b[?1049h\x1b[?25l")
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._app.refresh(layout=True)

    def _quit(self) -> None:
        """From the reading thread: have the program quit, if it is not at it already."""
        from_a_thread(self._loop, self._leave)

    def _leave(self) -> None:
        if self._leaving is None and not self.exit_event.is_set():
            self._leaving = self._loop.create_task(self._app.run_action("quit"))
