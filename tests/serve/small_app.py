"""A small program on the screen, served in place of Labgate's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input, Static


class Taker(Static, can_focus=True):
    """Says what was pasted, and which keys came."""

    took = ""

    def on_paste(self, event: events.Paste) -> None:
        self.took += f"paste {event.text!r} "
        self.update(self.took)

    def on_mouse_scroll_down(self) -> None:
        self.took += "down "
        self.update(self.took)

    def on_click(self, event: events.Click) -> None:
        self.took += f"click {event.button} "
        self.update(self.took)

    def on_key(self, event: events.Key) -> None:
        self.took += f"key {event.key} "
        self.update(self.took)


class SmallApp(App[int]):
    """Says its size and what was typed; Korean beside bars that show where its cells end."""

    CSS = "Input { border: none; height: 1; } Taker { height: 1fr; margin-top: 5; }"
    BINDINGS: ClassVar = [
        ("f2", "open", "Open a page"),
        ("f3", "copy", "Copy"),
        ("f4", "crash", "Crash"),
        ("f5", "leave", "Leave"),
        ("f6", "take", "Take pastes"),
    ]

    def compose(self) -> ComposeResult:
        yield Static("|한국어 실습|ab|", markup=False)
        yield Static("", id="size")
        yield Input()
        yield Static("", id="typed", markup=False)
        yield Taker("", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        offer = getattr(self._driver, "offer_keys", None)
        if offer is not None:
            offer([("f6", "F6", "붙여넣기 받기"), ("ctrl+t", "^t", "Other")])
        if marks := os.environ.get("MARKS"):
            with Path(marks).open("a") as file:
                print(os.getpid(), *sys.argv[1:], file=file)

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#size", Static).update(f"{event.size.width} x {event.size.height} cells")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#typed", Static).update(
            f"typed [{event.value}]" if len(event.value) < 50 else f"length {len(event.value)}"
        )

    def action_open(self) -> None:
        self.open_url(os.environ.get("OPENS", "javascript:alert(1)"))

    def action_copy(self) -> None:
        self.copy_to_clipboard("복사한 글")

    def action_crash(self) -> None:
        raise ZeroDivisionError("deep inside")

    def action_take(self) -> None:
        self.query_one(Taker).focus()
        self.query_one(Taker).update("taking")

    def action_leave(self) -> None:
        self.exit(0)

    async def action_quit(self) -> None:
        if marks := os.environ.get("MARKS"):
            with Path(marks).open("a") as file:
                print("quit", os.getpid(), file=file)
        self.exit(0)


if __name__ == "__main__":
    if "--refuse" in sys.argv:
        sys.exit("\x1b[31mThis attempt is in use by another Labgate.\x1b[0m")
    app = SmallApp()
    app.run()
    if "--say" in sys.argv:
        print("See you soon.")
    sys.exit(app.return_code or 0)
