"""A terminal with a person in front of it: tmux, real keys, and what is on the screen."""

from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest


class Tmux:
    """One program in one terminal of its own tmux server."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, columns: int, rows: int
    ) -> None:
        if not shutil.which("tmux"):
            pytest.skip("tmux is not installed")
        self._server = f"labgate-{uuid.uuid4().hex[:8]}"
        self._environment = dict(environment) | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(folder), *command,
        )  # fmt: skip
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        self._tmux("set-option", "-s", "escape-time", "0")

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-L", self._server, *arguments],
            env=self._environment, capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip
        return done.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["tmux", "-L", self._server, "kill-server"], capture_output=True, check=False)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them: Enter, Escape, F2, C-c, Down, or a character."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type characters as they are."""
        self._tmux("send-keys", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def screen(self) -> str:
        """What is on the screen now."""
        return self._tmux("capture-pane", "-p")

    def until(self, holds: Callable[[str], object], seconds: float = 60) -> str:
        """Wait until what is on the screen is as it should be, and give it."""
        end = time.monotonic() + seconds
        screen = self.screen
        while not holds(screen):
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain; the screen shows:\n{screen}")
            time.sleep(0.05)
            screen = self.screen
        return screen

    def until_shown(self, words: str, seconds: float = 60) -> str:
        return self.until(lambda screen: words in screen, seconds)

    @property
    def pid(self) -> int:
        """The program's process."""
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    @property
    def ended(self) -> bool:
        return self._tmux("display-message", "-p", "#{pane_dead}").strip() == "1"
