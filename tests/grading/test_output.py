"""Output of a terminal, made readable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runner.grading.terminal_text import LONGEST, Lines
from runner.plain_text import plain


def lines(*pieces: str) -> list[str]:
    reader = Lines()
    return [line for piece in pieces for line in reader.feed(piece)] + reader.end()


def test_empty_lines_stay():
    assert lines("one\r\n\r\ntwo\r\n") == ["one", "", "two"]


def test_colours_titles_and_bells_go():
    assert plain("\x1b[1;32mok\x1b[0m\x07 \x1b]0;title\x07done\x1b(B") == "ok done"


def test_lines_cut_anywhere():
    assert lines("one\r", "\ntw", "o\n", "thr\x1b[3", "1mee") == ["one", "two", "three"]


def test_a_progress_bar_leaves_its_last_state():
    assert lines(" 10%\r 50%\r", "100%\r\n") == ["100%"]


def test_what_waits_for_an_answer_is_the_current_line():
    reader = Lines()
    assert reader.feed("This installs.\nProceed? (y/N) ") == ["This installs."]
    assert reader.current == "Proceed? (y/N)"
    reader.feed("\r 10%\r 50%")
    assert reader.current == " 50%"


def test_a_full_screen_program_is_left_out():
    before, screen, after = (
        "editing\r\n",
        "\x1b[?1049h\x1b[1;1Hapiversion: v1\r\n~\r\n",
        "\x1b[?1049lsaved\r\n",
    )
    assert lines(before, screen[:20], screen[20:], after) == ["editing", "saved"]


def test_a_line_without_end_is_bounded():
    assert all(len(line) <= LONGEST for line in lines(*["x" * 1000] * 50))


@given(st.text(alphabet="ab\r\n\x1b[]0;?m\x07\\hl1049", max_size=60), st.integers(0, 60))
def test_no_control_character_is_ever_left(text, cut):
    for line in lines(text[:cut], text[cut:]):
        assert not any(ord(sign) < 32 for sign in line)
