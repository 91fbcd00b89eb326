"""A course in a real terminal: the second lab opened by somebody who never did the first."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.session.course import a_step, takes_away, waits_for, write
from tests.whole.conftest import Program
from tests.whole.test_screens_in_tmux import labgate, press_until, quit_lab

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def course(program: Program, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LABGATE_HOME", str(program.home))
    lid = waits_for(program.folder / "go", "kubectl create configmap lid")
    write(program.folder, "one", a_step("box"), a_step("lid", lid))
    write(program.folder, "two", takes_away("box"), takes_away("lid"), head="after: one")
    yield program.folder
    program.run("practice", "stop", "two")


def test_the_second_lab_of_a_course_killed_while_the_first_is_done_for_one(
    program: Program, course: Path
) -> None:
    with labgate(program, "learn", "./two", "--practice") as terminal:
        terminal.until_shown("step 2 of 2")
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.until(lambda _: terminal.ended)
    with labgate(program, "learn", "./two", "--practice", "--language", "ko") as terminal:
        terminal.until_shown("앞선 실습에 이어서 하는 실습입니다.")
        (course / "go").touch()
        terminal.until_shown("0/2")
        press_until(terminal, "F2", "deleted")
        terminal.until_shown("1/2")
        press_until(terminal, "F6", "F6 터미널")
        press_until(terminal, "q", "실습 목록")
        terminal.press("q")
        terminal.until(lambda _: terminal.ended)
    with labgate(program, "learn", "./two", "--practice") as terminal:  # not brought back
        terminal.until_shown("1/2")
        quit_lab(terminal)
