"""Keys, pastes and the mouse as bytes."""

from __future__ import annotations

import pytest

from runner.tui.terminal.modes import Modes
from runner.tui.terminal.mouse import Button, report
from runner.tui.terminal.textual_keys import key_bytes, paste_bytes


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("a", "a", "a"),
        ("A", "A", "A"),
        ("가", "가", "가"),
        ("plus", "+", "+"),
        ("space", " ", " "),
        ("enter", "\r", "\r"),
        ("tab", "\t", "\t"),
        ("shift+tab", None, "\x1b[Z"),
        ("escape", "\x1b", "\x1b"),
        ("backspace", "\x7f", "\x7f"),
        ("ctrl+c", "\x03", "\x03"),
        ("ctrl+@", None, "\x00"),
        ("ctrl+backslash", None, "\x1c"),
        ("ctrl+right_square_bracket", None, "\x1d"),
        ("ctrl+q", "\x11", "\x11"),
        ("alt+b", "b", "\x1bb"),
        ("alt+shift+b", "B", "\x1bB"),
        ("alt+backspace", None, "\x1b\x7f"),
        ("alt+enter", None, "\x1b\r"),
        ("ctrl+alt+a", None, "\x1b\x01"),
        ("up", None, "\x1b[A"),
        ("shift+up", None, "\x1b[1;2A"),
        ("ctrl+right", None, "\x1b[1;5C"),
        ("alt+left", None, "\x1b[1;3D"),
        ("home", None, "\x1b[H"),
        ("delete", None, "\x1b[3~"),
        ("ctrl+delete", None, "\x1b[3;5~"),
        ("f1", None, "\x1bOP"),
        ("f5", None, "\x1b[15~"),
        ("f10", None, "\x1b[21~"),
        ("f12", None, "\x1b[24~"),
        ("ctrl+f1", None, "\x1b[1;5P"),
        ("f17", None, "\x1b[15;2~"),
        ("caps_lock", None, ""),
        ("<ignore>", "\x1b[99q", ""),
    ],
)
def test_keys(key: str, character: str | None, sent: str) -> None:
    assert key_bytes(key, character, Modes()).decode() == sent


def test_the_other_cursor_keys() -> None:
    modes = Modes({1})
    assert key_bytes("up", None, modes) == b"\x1bOA"
    assert key_bytes("end", None, modes) == b"\x1bOF"
    assert key_bytes("ctrl+up", None, modes) == b"\x1b[1;5A"


def test_a_paste_cannot_end_itself_or_press_keys() -> None:
    assert paste_bytes("one\r\ntwo\nthree", Modes()) == b"one\rtwo\rthree"
    evil = "safe\x1b[201~rm -rf /\n\x03\x9b1"
    assert paste_bytes(evil, Modes({2004})) == b"\x1b[200~safe[201~rm -rf /\r1\x1b[201~"


def test_mouse_reports() -> None:
    assert report(Button.LEFT, (4, 2), Modes({1000, 1006})) == b"\x1b[<0;5;3M"
    assert report(Button.LEFT, (4, 2), Modes({1000, 1006}), pressed=False) == b"\x1b[<0;5;3m"
    assert report(Button.LEFT, (4, 2), Modes({1000})) == b"\x1b[M" + bytes([32, 37, 35])
    assert report(Button.LEFT, (4, 2), Modes({1000}), pressed=False) == b"\x1b[M" + bytes([35, 37, 35])
    assert report(Button.WHEEL_UP, (0, 0), Modes({1002, 1006}), ctrl=True) == b"\x1b[<80;1;1M"
    assert report(Button.LEFT, (0, 0), Modes({1002, 1006}), moved=True) == b"\x1b[<32;1;1M"


@pytest.mark.parametrize(
    ("modes", "button"), [(set(), Button.LEFT), ({1000}, Button.LEFT), ({1002}, Button.NONE)]
)
def test_moves_that_no_program_asked_for(modes: set[int], button: Button) -> None:
    assert report(button, (1, 1), Modes(modes), moved=True) == b""
