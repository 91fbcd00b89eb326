"""Bytes into events: whatever comes, however it is cut."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from runner.tui.drivers.input_parser import PATIENCE, Keyboard
from runner.tui.drivers.utf8 import Utf8

PASTE = b"\x1b[200~"
PARTS = [
    PASTE,
    b"\x1b[201~",
    b"\x1b[M",
    b"\x1b[<0;3;3M",
    b"\x1b",
    b"\x1b[",
    b"\x1b[1;5C",
    b"\xff",
    "가".encode(),
    b"a",
]
noise = st.lists(st.one_of(st.binary(max_size=12), st.sampled_from(PARTS)), max_size=12).map(b"".join)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Sitting:
    """A keyboard, and what came of it."""

    came: list[Message] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.keyboard = Keyboard(self.came.append, self.clock)

    def types(self, *pieces: bytes) -> list[str]:
        """Each piece at once, and then silence; gives what came, in short."""
        for piece in pieces:
            self.keyboard.feed(piece)
            self.keyboard.tick()
        self.waits(0.2)
        return [_short(each) for each in self.came]

    def waits(self, seconds: float) -> None:
        self.clock.now += seconds
        self.keyboard.tick()


def _short(event: Message) -> str:
    if isinstance(event, events.Key):
        return event.key
    if isinstance(event, events.Paste):
        return f"paste {event.text!r}"
    if isinstance(event, events.MouseEvent):
        return f"{type(event).__name__} {event.button} at {event.x:.0f},{event.y:.0f}"
    return type(event).__name__


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\xffb", ["a", "b"]),
        ("한글".encode("euc-kr") + b"x", ["x"]),
        ("한글".encode(), ["한", "글"]),
        (b"\x1b[M\x20\x25\x30", ["MouseDown 1 at 4,15"]),
        (b"\x1b[M\x22\xa5\xc3\x1b[M\x23\xa5\xc3", ["MouseDown 3 at 132,162", "MouseUp 3 at 132,162"]),
        (b"\x1b[M\x60\x21\x21\x1b[M\x61\x21\x21", ["MouseScrollUp 0 at 0,0", "MouseScrollDown 0 at 0,0"]),
        (b"\x1b[M\x43\x21\x21", ["MouseMove 0 at 0,0"]),
        (b"\x1b[1114112uq", ["q"]),
        (b"\x1b[55296;1;55296uq", ["q"]),
        (PASTE + b"one\r\ntwo\x00\x1b[31m\x1b[201~q", ["paste 'one\\r\\ntwo[31m'", "q"]),
        (PASTE + b"a" * 40 + b"\x1b" + b"b" * 40 + b"\x1b[201~", [f"paste {'a' * 40 + 'b' * 40!r}"]),
        (PASTE + b"\x1b[201~", []),
        (b"\x1b[2~\x1b[20~", ["insert", "f9"]),
        (b"\x1b[I", ["AppFocus"]),
    ],
)  # fmt: skip
def test_what_comes_of_it_cut_anywhere(data, expected):
    assert Sitting().types(data) == expected
    for at in range(1, len(data)):
        if (
            data[at - 1 : at + 1] != b"\x1b[" and data[:at] != b"\x1b"
        ):  # an Escape that comes alone is the key
            assert Sitting().types(data[:at], data[at:]) == expected, at


def test_escape_is_a_key():
    sitting = Sitting()
    sitting.keyboard.feed(b"\x1b")
    time.sleep(0.15)  # Textual's parser has a clock of its own
    sitting.keyboard.tick()
    assert [_short(each) for each in sitting.came] == ["escape"]


def test_a_paste_that_does_not_end_comes_after_a_while():
    sitting = Sitting()
    assert sitting.types(PASTE + b"half") == []
    sitting.waits(PATIENCE)
    assert sitting.types(b"q") == ["paste 'half'", "q"]


@given(st.lists(noise, max_size=4))
def test_no_bytes_stop_it(pieces):
    sitting = Sitting()
    sitting.types(*pieces)
    sitting.waits(PATIENCE + 1)
    sitting.waits(1)
    sitting.came.clear()
    sitting.types(b" \x1b[20~")  # a space ends what was half a sequence
    assert "f9" in [_short(each) for each in sitting.came]
    for each in sitting.came:
        if isinstance(each, events.Key):
            each.key.encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.lists(st.integers(0, 40), max_size=5))
def test_utf8_is_the_same_however_it_is_cut(text, cuts):
    data, utf8 = text.encode(), Utf8()
    places = sorted(min(each, len(data)) for each in cuts)
    pieces = [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]
    assert "".join(utf8.decode(each) for each in pieces) == text


@given(st.binary())
def test_what_is_not_utf8_is_left_out(data):
    decoded = Utf8().decode(data + b" ")  # a space ends what was half a character
    assert decoded.encode().translate(None, bytes(range(128, 256))) == (data + b" ").translate(
        None, bytes(range(128, 256))
    )
