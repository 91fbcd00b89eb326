"""A real bash on a real terminal, in a home of the test's own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runner.shell import Answered, CommandEnd, Output, Shell


@dataclass(frozen=True)
class Answer:
    expect: str
    send: str


@dataclass(frozen=True)
class Command:
    command: str
    answers: Sequence[Answer] = ()
    keys: Sequence[str] = ()
    timeout: float = 30.0


@dataclass
class Ran:
    text: str = ""
    answered: list[Answered] = field(default_factory=list)
    finished: CommandEnd | None = None

    @property
    def code(self) -> int | None:
        assert self.finished
        return self.finished.exit_code

    @property
    def reason(self) -> str:
        assert self.finished
        return self.finished.reason

    @property
    def lines(self) -> list[str]:
        return self.text.replace("\r\n", "\n").splitlines()


@dataclass
class Bench:
    """Shells over one state folder, and what they showed."""

    folder: Path
    home: Path
    state: Path
    transcript: Path
    environment: dict[str, str]
    shown: bytearray = field(default_factory=bytearray)
    shells: list[Shell] = field(default_factory=list)

    async def start(self, **more: str) -> Shell:
        shell = Shell(self.folder, self.environment | more, self.state, self.transcript, (80, 24))
        shell.grace = 0.5
        shell.subscribe(self.shown.extend)
        self.shells.append(shell)
        await shell.start()
        return shell

    async def sees(self, text: str, seconds: float = 20) -> None:
        await until(lambda: text in self.shown.decode("utf-8", "replace"), seconds, lambda: bytes(self.shown))

    @property
    def written(self) -> str:
        return self.transcript.read_text(encoding="utf-8")


async def until(
    holds: Callable[[], bool], seconds: float = 20, otherwise: Callable[[], object] = str
) -> None:
    """Poll until `holds()`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not holds():
        assert loop.time() < deadline, otherwise()
        await asyncio.sleep(0.01)


async def run(
    shell: Shell,
    command: str,
    *answers: tuple[str, str],
    keys: Sequence[str] = (),
    timeout: float = 30.0,
    slowly: bool = False,
) -> Ran:
    """Run to the end and gather what happened."""
    ran = Ran()
    asked = Command(command, [Answer(*answer) for answer in answers], keys, timeout)
    async with aclosing(shell.run(asked, slowly=slowly)) as happenings:
        async for happening in happenings:
            match happening:
                case Output():
                    ran.text += happening.text
                case Answered():
                    ran.answered.append(happening)
                case CommandEnd():
                    ran.finished = happening
    return ran


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    home, folder = tmp_path / "home", tmp_path / "lab"
    home.mkdir()
    folder.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "USER": "learner",
        "SHELL": "/bin/dash",
    }
    made = Bench(folder, home, tmp_path / "state", tmp_path / "transcript.txt", environment)
    yield made
    for shell in made.shells:
        await shell.close()


@pytest.fixture
async def shell(bench: Bench) -> Shell:
    return await bench.start()
