"""How the program draws into a browser: as Textual does it, and it ends properly when its page or its server does."""

from __future__ import annotations

import asyncio

from textual.drivers.web_driver import WebDriver


class PageDriver(WebDriver):
    """The program is asked to quit as a person would do it, so that it puts its things in order."""

    def start_application_mode(self) -> None:
        self._loop = asyncio.get_running_loop()
        super().start_application_mode()

    def run_input_thread(self) -> None:
        super().run_input_thread()
        self._quit()  # nobody is left to type: the server was killed

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        if packet_type == "quit":
            self._quit()
        else:
            super().on_meta(packet_type, payload)

    def _quit(self) -> None:
        if not self._loop.is_closed() and not self.exit_event.is_set():
            asyncio.run_coroutine_threadsafe(self._app.run_action("quit"), self._loop)
