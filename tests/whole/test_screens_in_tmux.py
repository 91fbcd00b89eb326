"""The real program in a real terminal, with real keys: what a learner does in the first steps of a lab."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.whole.conftest import Program
from tests.whole.tmux import Tmux

pytestmark = pytest.mark.timeout(300)


@contextmanager
def labgate(program: Program, *arguments: str, columns: int = 80, rows: int = 24) -> Iterator[Tmux]:
    environment = program.environment | {"PYTHONPATH": str(Path.cwd())}
    for name in ("CI", "COLUMNS", "LINES"):  # what a runner of tests sets, and a terminal does not
        environment.pop(name, None)
    with Tmux(program.command(*arguments), environment, program.folder, columns, rows) as terminal:
        yield terminal


def press_until(terminal: Tmux, key: str, words: str) -> str:
    """Press a key once it is offered, and see what it leads to."""
    terminal.press(key)
    return terminal.until_shown(words)


def answer(terminal: Tmux, *keys: str) -> None:
    """Turn to the next question and answer it."""
    terminal.until_shown("F2 answer")
    terminal.press("a")
    terminal.until_shown("Space Choose")
    time.sleep(0.3)  # a person looks before they choose
    terminal.press(*keys, "Enter")


def first_question_answered(terminal: Tmux) -> None:
    answer(terminal, "1", "2", "4", "6")
    terminal.until_shown("Checks 1/2")
    answer(terminal, "2")
    terminal.until_shown("Step done")


def quit_lab(terminal: Tmux) -> None:
    if "F6 Text" in terminal.screen:
        press_until(terminal, "F6", "F6 Terminal")
    press_until(terminal, "q", "/ search")
    terminal.press("q")
    terminal.until(lambda _: terminal.ended)


def test_from_the_catalogue_through_the_first_steps_and_back_again(program: Program) -> None:
    with labgate(program) as terminal:
        terminal.until_shown("/ search")
        press_until(terminal, "/", "Esc")
        terminal.type("its consoles")
        terminal.until(
            lambda screen: "Install Istio" in screen and "Bookinfo" not in screen
        )  # the others are left out
        press_until(terminal, "Down", "Install the Istio service mesh")
        press_until(terminal, "Enter", "Four jobs")  # there is one place to run it, and all that it requires
        first_question_answered(terminal)

        press_until(terminal, "F8", "Which cluster is this?")
        press_until(terminal, "F2", "practice-istio-install\n")
        press_until(terminal, "F2", "practice-worker")
        terminal.until_shown("Step done")

        press_until(terminal, "F8", "Download Istio")
        press_until(terminal, "F2", "Need more information?")
        terminal.until_shown("Step done")

        # by hand: a folder, and a file by vi
        terminal.type("cd istio-1.11.3 && vi note.txt")
        press_until(terminal, "Enter", "\n~\n~\n")  # the name of the file goes when the banner takes a line
        terminal.until(lambda screen: "F1 Help" not in screen)  # vi has all keys but one
        terminal.type("ivi과 한글")
        terminal.until_shown("-- INSERT --")
        terminal.press("Escape")
        terminal.until(lambda screen: "-- INSERT --" not in screen)
        terminal.type(":wq")
        press_until(terminal, "Enter", "F1 Help")
        terminal.type("cat note.txt")
        press_until(terminal, "Enter", "vi과 한글\n")

        press_until(terminal, "F6", "Download Istio")
        press_until(terminal, "F8", "Set the PATH")
        quit_lab(terminal)

    with labgate(program, "learn", "istio-install", "--practice") as terminal:
        terminal.until_shown("F6 Terminal")
        terminal.until_shown("Set the PATH")
        terminal.until_shown("3/13")
        press_until(terminal, "F6", "F6 Text")
        terminal.until_shown("vi과 한글")  # what was on the screen last time
        terminal.type("basename $PWD")
        press_until(terminal, "Enter", "\nistio-1.11.3\n")


def test_killed_in_the_middle_it_goes_on_at_the_same_step(program: Program) -> None:
    with labgate(program, "learn", "istio-install", "--practice", columns=160, rows=50) as terminal:
        first_question_answered_wide(terminal)
        press_until(terminal, "F8", "Before you install anything")
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.until(lambda _: terminal.ended)
    with labgate(program, "learn", "istio-install", "--practice", columns=160, rows=50) as terminal:
        terminal.until_shown("Before you install anything")
        terminal.until_shown("2/13")


def first_question_answered_wide(terminal: Tmux) -> None:
    answer(terminal, "1", "2", "4", "6")
    terminal.until_shown("✓ Question")
    answer(terminal, "2")
    terminal.until_shown("Step done")


def test_what_another_terminal_does_passes_the_step_without_a_key(program: Program) -> None:
    with labgate(program, "learn", "kubernetes-basics", "--practice") as terminal:
        terminal.until_shown("A room of your own")
        terminal.until_shown("0/7")
        kubeconfig = program.run("practice", "kubeconfig", "kubernetes-basics").stdout.strip()
        subprocess.run(
            ["kubectl", "--kubeconfig", kubeconfig, "create", "namespace", "basics"],
            check=True,
            capture_output=True,
        )
        terminal.until_shown("Step done")
        terminal.until_shown("1/7")


def test_in_korean(program: Program) -> None:
    with labgate(
        program, "learn", "istio-install", "--practice", "--language", "ko", columns=160, rows=50
    ) as terminal:
        terminal.until_shown("서비스 메시가 하는 일")
        press_until(terminal, "F9", "What a service mesh does")
        press_until(terminal, "F9", "서비스 메시가 하는 일")
        press_until(terminal, "F1", "실습은 이렇게 진행합니다")
