"""Whatever happens to its size and its text: what the terminal shows is what the emulator holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.reactive import reactive
from textual.widgets import Static

from runner.tui.terminal.paint import Painter
from runner.tui.terminal.widget import TerminalView

Act = tuple[str, Any]
PRINTED = [
    b"one line\r\n",
    b"$ ",
    b"\r\n".join(b"row %d" % number for number in range(40)) + b"\r\n",
    "한국어와 english가 섞인 긴 줄입니다. ".encode() * 6 + b"\r\n",
    "한글".encode("euc-kr") + b"\xff\xfe\x00\r\n",  # not UTF-8
    "끝".encode()[:2],  # half a character, and then
    "끝".encode()[2:],  # the other half
    b"\x1b[31mred\x1b[0m \x1b[1;44mbold\x1b[0m\r\n",
    b"\x1b[2J\x1b[H",
    b"\x1b[?1049h\x1b[2J\x1b[Hfull screen\r\n~\r\n~",
    b"\x1b[?1049l",
    b"\x1b[3;1H\x1b[2K",
    b"\x1b[2;5r\x1b[5;1H\n\n\x1b[r",
    b"\x1b[H\x1b[3L\x1b[M",
    b"\x1b[?2026hhalf a frame",
    b"\x1b[?2026l",
    b"\x1b[3J",
    b"\x1bc",
]
acts = st.lists(
    st.one_of(
        st.tuples(st.just("print"), st.sampled_from(PRINTED)),
        st.tuples(st.just("screen"), st.sampled_from([(80, 24), (100, 30), (40, 12), (30, 8), (160, 50)])),
        st.tuples(st.just("neighbour"), st.integers(0, 6)),  # a line more or less beside it
        st.tuples(st.just("shown"), st.booleans()),
        st.tuples(st.just("scroll"), st.integers(-40, 40)),
        st.tuples(st.just("wait"), st.booleans()),
    ),
    max_size=10,
)


class Shell:
    """What it prints is what the test says."""

    size = (80, 20)
    on_screen, edited, typing, password = b"", b"", False, False

    def __init__(self) -> None:
        self.listener: Callable[[bytes], None] = lambda _: None

    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]:
        self.listener = listener
        return lambda: None

    def resize(self, columns: int, rows: int) -> None:
        self.size = (columns, rows)

    def type(self, data: bytes) -> None: ...
    def reply(self, data: bytes) -> None: ...


class Beside(App[None]):
    """A terminal over a neighbour that takes more or less of the room."""

    CSS = "#neighbour { height: 0; } TerminalView { height: 1fr; }"
    language: reactive[str] = reactive("en")

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell

    def compose(self) -> ComposeResult:
        yield TerminalView()
        yield Static("", id="neighbour")

    def on_mount(self) -> None:
        self.query_one(TerminalView).attach(self.shell)


def on_the_screen(app: App[None], view: TerminalView) -> list[str]:
    """The part of the screen where the terminal is."""
    region = view.region
    strips = app.screen._compositor.render_strips()[region.y : region.bottom]
    return [strip.crop(region.x, region.right).text for strip in strips]


def drawn_anew(view: TerminalView) -> list[str]:
    """What the emulator holds, by a painter that has drawn nothing before."""
    emulator, (width, height) = view._emulator, view.size
    painter = Painter(view.painter.palette)
    first = emulator.top - view._back
    rows = emulator.between(first, first + height - 1)
    lines = [painter.strip(row, width).text for row in rows]
    return [*lines, *[" " * width] * (height - len(lines))]


async def play(acted: list[Act]) -> None:
    shell = Shell()
    app = Beside(shell)
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.query_one(TerminalView)

        async def rest() -> None:
            """Until sizes are reported and all is painted."""
            async with asyncio.timeout(60):
                while view._settling is not None or view._painting is not None:
                    await pilot.pause(0.01)
            await pilot.pause()

        await rest()
        for what, value in acted:
            match what:
                case "print":
                    shell.listener(value)
                case "screen":
                    await pilot.resize_terminal(*value)
                case "neighbour":
                    app.query_one("#neighbour").styles.height = value
                case "shown":
                    view.display = value
                case "scroll":
                    view.scroll_lines(value)
                case "wait" if value:
                    await rest()
            await pilot.pause()
        view.display = True
        await pilot.pause()
        await rest()
        shown, held = on_the_screen(app, view), drawn_anew(view)
        if view._back:  # the last line says how far
            assert "scrolled back" in shown.pop()
            held.pop()
        assert shown == held


# Printed while lines beside it came and went: its last lines stayed empty until the next output
@example([("print", PRINTED[2]), ("neighbour", 4), ("print", PRINTED[0]), ("neighbour", 0)])
@example([("print", PRINTED[2]), ("neighbour", 4), ("wait", True), ("neighbour", 0), ("scroll", 7)])
@example([("print", PRINTED[2]), ("neighbour", 4), ("scroll", 9), ("neighbour", 0)])
@given(acts)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.timeout(170)
def test_what_is_shown_is_what_is_there(acted: list[Act]) -> None:
    with patch("runner.tui.terminal.widget._SETTLE", 0.3):  # more than a pause takes: sizes meet output
        asyncio.run(play(acted))
