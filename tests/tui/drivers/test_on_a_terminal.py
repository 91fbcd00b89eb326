"""The program on a real terminal: no input ends it, and every end leaves the terminal as it was."""

from __future__ import annotations

import os
import random
import signal
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tui.drivers.pty_program import ROOT, WAIT, PtyProgram, labgate

pytestmark = pytest.mark.timeout(170)
Start = Callable[..., PtyProgram]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `labgate …` on a terminal, with a home of its own."""
    started: list[PtyProgram] = []
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LABGATE_HOME": str(tmp_path / "labgate"),
        "LABGATE_LANGUAGE": "en",
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "LABGATE_TOUR": "0",
    }

    def begin(*arguments: str, script: str = "") -> PtyProgram:
        program = PtyProgram(labgate(*arguments, script=script), environment)
        started.append(program)
        return program

    yield begin
    for each in started:
        each.end()


def at_the_lab(start: Start) -> PtyProgram:
    """In a lab on its practice cluster, its shell at the prompt."""
    program = start("learn", "kubernetes-basics", "--practice")
    program.sees("~ ❯")
    return program


def those_of(folder: Path) -> list[str]:
    """The processes that were started with this folder in their environment or arguments."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            text = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if str(folder).encode() in text and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, ValueError):
            continue
    return found


def gone(folder: Path) -> bool:
    """Wait until none of them is left."""
    end = time.monotonic() + WAIT
    while those_of(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_in_order(start, tmp_path, number):
    program = at_the_lab(start)
    assert not program.left_as_it_was()
    os.kill(program.pid, number)
    assert program.ended() == 128 + number
    assert program.left_as_it_was()
    assert b"Traceback" not in program.raw
    assert next(tmp_path.glob("labgate/attempts/kubernetes-basics/*/record.jsonl")).read_text()
    assert gone(tmp_path), those_of(tmp_path)


def test_a_window_that_is_closed_ends_it_in_order(start, tmp_path):
    program = at_the_lab(start)
    program.hang_up()
    assert program.ended() == 128 + signal.SIGHUP
    assert gone(tmp_path), those_of(tmp_path)
    assert "Traceback" not in "".join(log.read_text() for log in tmp_path.glob("labgate/logs/*"))


def test_stopped_and_brought_back(start):
    program = at_the_lab(start)
    os.kill(program.pid, signal.SIGTSTP)
    program.stopped()
    assert program.left_as_it_was()
    program.raw = b""
    os.kill(program.pid, signal.SIGCONT)
    end = time.monotonic() + WAIT
    while b"\x1b[?1049h" not in program.raw or termios.tcgetattr(program.theirs) == program.before:
        assert time.monotonic() < end
        program.read()
    program.send(b"\x1b[20~")  # F9
    program.sees("English")
    os.kill(program.pid, signal.SIGTERM)
    assert program.ended() == 143
    assert program.left_as_it_was()


BROKEN = "from runner.tui.app import LabgateApp\nLabgateApp.action_help = lambda self: 1 / 0"


def test_an_error_that_nobody_foresaw(start, tmp_path):
    program = start("learn", "kubernetes-basics", "--practice", script=BROKEN)
    program.sees("~ ❯")
    program.send(b"\x1bOP")  # F1
    assert program.ended() == 3
    assert program.left_as_it_was()
    text = program.raw.decode("utf-8", "replace")
    assert "ZeroDivisionError. You did nothing wrong. Details:" in " ".join(text.split())
    assert "Traceback" not in text
    assert "ZeroDivisionError: division by zero" in "".join(
        log.read_text() for log in tmp_path.glob("labgate/logs/*")
    )
    assert gone(tmp_path), those_of(tmp_path)


STRANGE = {
    "one byte": b"\xff",
    "EUC-KR": "한글".encode("euc-kr"),
    "X10 mouse": b"\x1b[M\x20\xa5\x30\x1b[M\x23\xa5\x30",
    "X10 mouse far away": b"\x1b[M\x20\xff\xff\x1b[M\x60\xc3\xa5",
    "mouse far away": b"\x1b[<0;999999999;999999999M\x1b[<0;999999999;999999999m\x1b[<35;1;99999999M",
    "mouse with a button of its own": b"\x1b[<255;3;3M\x1b[<191;3;3m",
    "NUL": b"\x00\x00",
    "a surrogate": b"\xed\xa0\x80\x1b[55296u\x1b[55296;1;55296u",
    "no such character": b"\x1b[1114112u\x1b[99999999999;5u\x1b[;;;;u\x1b[1;2;999999999u",
    "a size that is none": b"\x1b[48;0;0;0;0t\x1b[48;99999;99999;1;1t",
    "cut sequences": b"\x1b[\x1b]0;\x1bP\x1b[<0;3\x1bO\x1b[1;\x1b[?2026;\x1b[M",
    "a long one": b"\x1b[" + b"1;" * 5000 + b"u",
    "answers to what was not asked": b"\x1b[?2026;2$y\x1b[?2048;1$y\x1b[?62;22c\x1b[12;34R\x1b]11;rgb:0/0/0\x07",
    "kitty": b"\x1b[97;5u\x1b[57441;2u\x1b[97:65;2;65u",
    "C1": b"\x9b31m\x9dx\x9c\x85\x8e",
    "half a character": "가".encode()[:2],
    "all bytes": bytes(range(256)),
}


@pytest.mark.parametrize("name", STRANGE)
def test_no_input_ends_it(start, name):
    program = start()
    program.sees("Kubernetes basics")
    program.send(STRANGE[name])
    program.settles()
    _answers_still(program)


def _answers_still(program: PtyProgram) -> None:
    """A function key does what it does; what was typed may have opened the help page."""
    if "How a lab goes" in program.shown():
        program.send(b"\x1b")
        program.sees("Welcome")
    before = "English" in program.shown().splitlines()[-1]
    program.send(b"\x1b[20~")
    program.sees("한국어" if before else "English")


def _to_the_terminal(program: PtyProgram) -> None:
    program.send(b"\x1b[17~")  # F6
    program.sees("F6 Text")


def test_noise_into_the_lab_does_not_end_it(start):
    """Into its terminal, too: what a cat on the keyboard, a wrong baud rate or a binary file sends."""
    program = at_the_lab(start)
    dice = random.Random(20261130)
    _to_the_terminal(program)
    for strange in STRANGE.values():
        program.send(strange.replace(b"\x11", b""))  # Ctrl-Q ends it, as it should
    for _ in range(40):
        program.send(
            bytes(dice.randrange(256) for _ in range(200)).replace(b"\x11", b"").replace(b"\x1b", b"")
        )
    program.read(1)
    assert not program.over()
    os.kill(program.pid, signal.SIGTERM)
    assert program.ended() == 143
    assert program.left_as_it_was()


def test_a_paste_without_an_end_does_not_take_the_keyboard(start):
    program = start()
    program.sees("Kubernetes basics")
    program.send(b"\x1b[200~half a paste")
    program.read(6)
    _answers_still(program)


def test_a_huge_paste_comes_whole_and_as_one(start, tmp_path):
    program = at_the_lab(start)
    _to_the_terminal(program)
    program.send(b"cat >p\r")
    program.sees("cat >p")
    line = "붙여 넣은 줄 " * 5 + "\x1b[31m\n"
    program.send(b"\x1b[200~" + (line * 5000).encode() + b"\x1b[201~\x04")
    program.read(1)
    program.send(b"wc -l p\r")
    program.sees("5000 p")
    pasted = next(tmp_path.glob("labgate/attempts/*/*/workspace/p")).read_text()
    assert pasted == line.replace("\x1b", "") * 5000
