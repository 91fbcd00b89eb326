"""What the line editor of a container's shell writes: plain text where that is enough, and always what is to be seen."""

from __future__ import annotations

import random

import pytest
from avt import Vt

from runner.practice.containers.line_display import LineDisplay

PROMPT = "/ # "


def _plain(columns: int, text: str) -> Vt:
    screen = Vt(columns, 12, 0)
    screen.feed_str(PROMPT + text)
    return screen


def _lines(screen: Vt) -> list[str]:
    return [line.text.rstrip() for line in screen.view()]


def _cursor(screen: Vt, columns: int) -> tuple[int, int]:
    """(row, column); behind the last column it is on the next row."""
    row, column = screen.cursor.row, screen.cursor.col
    return (row + 1, 0) if column == columns else (row, column)


def test_keys_are_written_as_they_are_typed() -> None:
    display = LineDisplay(lambda: 80)
    assert display.update(PROMPT, "", 0) == "/ # "
    assert display.update(PROMPT, "l", 1) == "l"
    assert display.update(PROMPT, "ls -l", 5) == "s -l"
    assert display.update(PROMPT, "ls -", 4) == "\b \b"
    assert display.update(PROMPT, "ls -", 3) == "\b"
    assert display.update(PROMPT, "ls -", 4) == "-"
    assert display.end() == "\r\n"
    assert display.update(PROMPT, "echo hi", 7) + display.end() == "/ # echo hi\r\n"


@pytest.mark.parametrize("seed", range(8))
def test_the_screen_shows_the_line_whatever_is_done_to_it(seed: int) -> None:
    """Insertions, deletions and moves anywhere, over several rows, with wide characters."""
    chosen = random.Random(seed)
    columns = chosen.choice([10, 13, 20])
    screen, display = Vt(columns, 12, 0), LineDisplay(lambda: columns)
    text, cursor = "", 0
    for _ in range(120):
        at = chosen.randint(0, len(text))
        if chosen.random() < 0.7 and len(text) < 60:
            text = (
                text[:at] + "".join(chosen.choice("ab c한") for _ in range(chosen.randint(1, 5))) + text[at:]
            )
        else:
            text = text[:at] + text[at + chosen.randint(0, 6) :]
        cursor = chosen.choice([len(text), chosen.randint(0, len(text))])
        screen.feed_str(display.update(PROMPT, text, cursor))
        assert _lines(screen) == _lines(_plain(columns, text))
        assert _cursor(screen, columns) == _cursor(_plain(columns, text[:cursor]), columns)


def test_a_prompt_with_colours_and_lines_takes_its_visible_width() -> None:
    screen, display = Vt(10, 5, 0), LineDisplay(lambda: 10)
    screen.feed_str(display.update("top\n\x1b[32m$\x1b[0m ", "abcdefgh1", 9))
    screen.feed_str(display.update("top\n\x1b[32m$\x1b[0m ", "abcdefgh1", 0))
    screen.feed_str(display.update("top\n\x1b[32m$\x1b[0m ", "Xabcdefgh1", 1))
    assert _lines(screen) == ["top", "$ Xabcdefg", "h1", "", ""]
    assert _cursor(screen, 10) == (1, 3)
