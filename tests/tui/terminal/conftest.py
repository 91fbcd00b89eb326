"""A terminal with a real shell in it, alone on the screen."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.pilot import Pilot
from textual.reactive import reactive

from runner.shell import Shell
from runner.tui.terminal.widget import TerminalView
from runner.tui.themes import THEMES
from tests.tui.conftest import shown, until, until_shown


class TerminalApp(App[None], inherit_bindings=False):
    """As the lab's screen: it has F-keys of its own, and they are noted."""

    BINDINGS = [  # noqa: RUF012
        Binding("f2,f6,q,ctrl+q", "noted"),
        *(Binding(key, f"note('{key}')") for key in ("f1", "f3", "f9")),
    ]
    language: reactive[str] = reactive("en")

    def __init__(self, shell: Shell, earlier: str, theme: str) -> None:
        super().__init__()
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme
        self.shell, self._earlier = shell, earlier
        self.noted = 0
        self.copies: list[str] = []

    def compose(self) -> ComposeResult:
        yield TerminalView(id="terminal")

    def on_mount(self) -> None:
        self.view.attach(self.shell, self._earlier)
        self.view.focus()

    @property
    def view(self) -> TerminalView:
        return self.query_one(TerminalView)

    def action_noted(self) -> None:
        self.noted += 1

    def action_note(self, key: str) -> None:
        self.noted += 1

    def on_terminal_view_copied(self, message: TerminalView.Copied) -> None:
        self.copies.append(message.text)


class Desk:
    """The hands and eyes of a person at the terminal."""

    def __init__(self, app: TerminalApp, pilot: Pilot[None], folder: Path) -> None:
        self.app, self.pilot, self.folder = app, pilot, folder
        self.view, self.shell = app.view, app.shell

    @property
    def text(self) -> str:
        return shown(self.app)  # type: ignore[arg-type]

    async def keys(self, text: str) -> None:
        """Press the keys of a text, one by one; a line's end is Enter."""
        names = {" ": "space", "\n": "enter", "\x1b": "escape"}
        await self.pilot.press(*(names.get(each, each) for each in text))

    async def line(self, text: str) -> None:
        """Have a line typed at once, and Enter."""
        await until(self.pilot, lambda: self.shell.ready)
        self.shell.type(text.encode() + b"\r")

    async def sees(self, words: str) -> None:
        await until_shown(self.pilot, words)

    async def until(self, holds: Callable[[], object]) -> None:
        await until(self.pilot, holds)


Sit = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
async def sit(tmp_path: Path) -> Sit:
    """Sit down at a terminal: `async with sit(size=(80, 24), earlier="") as desk`."""

    @asynccontextmanager
    async def sat(
        size: tuple[int, int] = (80, 24), earlier: str = "", theme: str = "labgate-dark"
    ) -> AsyncIterator[Desk]:
        folder, home = tmp_path / "lab", tmp_path / "home"
        folder.mkdir()
        home.mkdir()
        (home / ".bashrc").write_text("PS1='$ '\n")
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "USER": "learner"}
        state, transcript = tmp_path / "state", tmp_path / "transcript.txt"
        shell = Shell(folder, environment, state, transcript, (80, 20), prompt="own")
        shell.grace = 0.5
        await shell.start()
        try:
            app = TerminalApp(shell, earlier, theme)
            async with app.run_test(size=size) as pilot:
                desk = Desk(app, pilot, folder)
                await desk.sees("$ ")
                await desk.until(lambda: shell.size == size)
                yield desk
        finally:
            await shell.close()

    return sat
