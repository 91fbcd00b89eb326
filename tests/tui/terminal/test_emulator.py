"""The emulator: recorded bytes in, rows, modes and answers out."""

from __future__ import annotations

import pytest

from runner.tui.terminal.emulator import Emulator
from runner.tui.terminal.terminal_rows import wrapped
from runner.tui.terminal.tidy import tidy


def made(*output: str, size: tuple[int, int] = (20, 4), kept: int = 100) -> Emulator:
    emulator = Emulator(*size, kept)
    for piece in output:
        emulator.feed(piece.encode())
    return emulator


def screen(emulator: Emulator) -> list[str]:
    return [row.text.rstrip() for row in emulator.screen()]


def everything(emulator: Emulator) -> list[str]:
    rows = emulator.between(emulator.first, emulator.top + emulator.rows)
    return [row.text.rstrip() for row in rows]


def test_what_scrolls_off_is_kept_and_keeps_its_number() -> None:
    emulator = made("".join(f"line {number}\r\n" for number in range(10)))
    assert screen(emulator) == ["line 7", "line 8", "line 9", ""]
    assert (emulator.first, emulator.top) == (0, 7)
    assert [row.text.rstrip() for row in emulator.between(2, 3)] == ["line 2", "line 3"]


def test_only_so_many_lines_are_kept() -> None:
    emulator = made("".join(f"line {number}\r\n" for number in range(300)))
    assert emulator.scrolled_off == 100
    assert emulator.between(0, emulator.first)[0].text.rstrip() == f"line {emulator.first}"


def test_a_sequence_and_a_character_may_come_in_pieces() -> None:
    emulator = Emulator(20, 4)
    for byte in "\x1b[?1049h\x1b[31m안녕\x1b[c".encode():
        emulator.feed(bytes([byte]))
    assert screen(emulator)[0] == "안녕"
    assert emulator.modes.alternate
    assert emulator.replies == [b"\x1b[?62;22c"]


def test_full_screen_programs_leave_no_scrollback() -> None:
    emulator = made("before\r\n", "\x1b[?1049h" + "x\r\n" * 50, "\x1b[?1049l")
    assert emulator.scrolled_off == 0
    assert screen(emulator)[0] == "before"


def test_clear_forgets_the_scrollback() -> None:
    emulator = made("a\r\n" * 10, "\x1b[H\x1b[2J\x1b[3J")
    assert emulator.scrolled_off == 0
    assert emulator.first == emulator.top


@pytest.mark.parametrize("columns", [7, 11, 40])
def test_another_width_wraps_the_scrollback_anew(columns: int) -> None:
    long = "abcdefghij" * 3 + "한글" * 4
    emulator = made(long + "\r\n" + "end\r\n" * 6)
    emulator.resize(columns, 4)
    rows = emulator.between(emulator.first, emulator.top - 1)
    text = ""
    for row in rows:
        assert len(row.cells) <= max(columns, 20)
        text += row.text.rstrip() + ("" if wrapped(row) else "\n")
    assert text.startswith(long + "\nend\n")


def test_wide_characters_take_two_columns_and_combined_ones_none() -> None:
    emulator = made("한e\u0301x")
    assert emulator.cursor == (4, 0)
    assert screen(emulator)[0] == "한éx"


def test_korean_file_names_of_macos_are_composed() -> None:
    assert tidy("\u1112\u1161\u11ab") == "한"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[4:3mx", "\x1b[4mx"),
        ("\x1b[1;58;5;196;3mx", "\x1b[1;3mx"),
        ("\x1b[58:2::1:2:3mx", "x"),
        ("\x1b[38;5;58mx", "\x1b[38;5;58mx"),
        ("\x1b[48;2;58;5;1mx", "\x1b[48;2;58;5;1mx"),
    ],
)
def test_styles_of_underlines_are_made_plain(text: str, plain: str) -> None:
    assert tidy(text) == plain


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("\x1b[c", b"\x1b[?62;22c"),
        ("\x1b[>c", b"\x1b[>0;277;0c"),
        ("\x1b[5n", b"\x1b[0n"),
        ("ab\r\nc\x1b[6n", b"\x1b[2;2R"),
        ("\x1b[?2004$p", b"\x1b[?2004;2$y"),
        ("\x1b[?2004h\x1b[?2004$p", b"\x1b[?2004;1$y"),
        ("\x1b[?7777$p", b"\x1b[?7777;0$y"),
        ("\x1b[18t", b"\x1b[8;4;20t"),
        ("\x1b]11;?\x1b\\", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
    ],
)
def test_questions_are_answered(asked: str, answered: bytes) -> None:
    assert made(asked).replies == [answered]


def test_a_program_fills_the_clipboard_and_never_reads_it() -> None:
    assert made("\x1b]52;c;7JWI64WV\x07").copied == ["안녕"]
    asking = made("\x1b]52;c;?\x07")
    assert (asking.copied, asking.replies) == ([], [])


def test_titles_and_links_leave_no_trace() -> None:
    emulator = made("\x1b]0;title\x07a\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\z")
    assert screen(emulator)[0] == "alinkz"


def test_reset_ends_every_mode() -> None:
    emulator = made("\x1b[?1h\x1b[?1000;1006h\x1b[?2004h\x1b=", "\x1bc")
    assert not emulator.modes.application_cursor
    assert not emulator.modes.mouse
    assert not emulator.modes.application_keypad


def test_earlier_visits_stand_above_the_prompt() -> None:
    emulator = Emulator(20, 4)
    emulator.earlier("$ ls\nfile\x1b[31m\n", "-- earlier --")
    emulator.feed(b"$ ")
    assert everything(emulator)[-4:] == ["$ ls", "file[31m", "-- earlier --", "$"]
    assert emulator.screen()[0].cells[0].pen.faint
    assert not emulator.screen()[3].cells[0].pen.faint


def test_earlier_visits_have_no_empty_lines_at_another_width() -> None:
    lines = ["w" * length for length in (3, 29, 30, 31, 45, 60, 5)] * 3
    emulator = Emulator(30, 6)
    emulator.earlier("\n".join(lines), "-- earlier --")
    for columns in (28, 45, 30):
        emulator.resize(columns, 6)
        shown = "".join(everything(emulator))
        assert shown == "".join(lines) + "-- earlier --"
        filled = [row for row in everything(emulator) if row]
        assert everything(emulator)[: len(filled)] == filled  # empty rows are only below


def picture(emulator: Emulator) -> list[str]:
    """Every row with its colours, the empty ones at the end left out."""
    rows = [repr(row) for row in emulator.between(emulator.first, emulator.top + emulator.rows - 1)]
    while rows and not plain(rows[-1]):
        rows.pop()
    return rows


def plain(shown: str) -> str:
    return shown.removeprefix('Line("\\u{1b}[0m').removesuffix('")').strip()


TALL = "".join(f"\x1b[3{number % 8};1mrow {number}\x1b[0m 한글\r\n" for number in range(30)) + "~ ❯ "


def test_what_scrolled_off_comes_back_where_there_is_room_again() -> None:
    emulator = made(TALL, size=(20, 20))
    before = screen(emulator), emulator.cursor, picture(emulator)
    for rows in (8, 5, 14, 20):
        emulator.resize(20, rows)
        assert screen(emulator)[emulator.cursor[1]] == "~ ❯"
        assert emulator.cursor[1] == rows - 1  # the screen is full
    assert (screen(emulator), emulator.cursor, picture(emulator)) == before
    emulator.resize(20, 100)  # more than there is
    assert emulator.scrolled_off == 0
    assert screen(emulator)[:2] == ["row 0 한글", "row 1 한글"]
    assert emulator.cursor == (4, 30)
    emulator.feed(b"more\r\n")
    assert screen(emulator)[30] == "~ ❯ more"


def test_a_wider_screen_takes_back_what_its_lines_no_longer_need() -> None:
    text = "".join(f"{number} " + "x" * 30 + "\r\n" for number in range(20)) + "$ "
    wide, narrow = made(text, size=(40, 10)), made(text, size=(40, 10))
    for columns, rows in ((15, 6), (23, 10), (40, 10)):
        narrow.resize(columns, rows)
        assert narrow.cursor[1] == rows - 1
    assert everything(narrow) == everything(wide)
    assert narrow.cursor == wide.cursor


def test_a_full_screen_program_keeps_its_screen() -> None:
    emulator = made(TALL + "\x1b[?1049h\x1b[2J\x1b[Hfull\x1b[?1h", size=(20, 10))
    emulator.resize(20, 20)
    assert screen(emulator)[0] == "full"
    emulator.feed(b"\x1b[?1049l")
    assert screen(emulator)[-1] == "~ ❯"
    assert screen(emulator)[0] == "row 11 한글"
    assert emulator.cursor == (4, 19)


def test_modes_and_margins_outlive_it() -> None:
    emulator = made(TALL + "\x1b[?25l\x1b[?7l\x1b[31m", size=(20, 10))
    emulator.resize(20, 20)
    assert not emulator.cursor_shown
    emulator.feed(b"x" * 40)  # does not wrap
    assert len([row for row in screen(emulator) if "x" in row]) == 1
    assert "31" in repr(emulator.screen()[emulator.cursor[1]])
