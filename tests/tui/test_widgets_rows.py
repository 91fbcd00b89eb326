"""Text laid out in rows: nothing is wider than its room, nothing foreign acts on the terminal, nothing is lost."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from runner.tui.screen_text import safe
from runner.tui.widgets.anchors import spans
from runner.tui.widgets.asked import question
from runner.tui.widgets.prose import code, prose
from runner.tui.widgets.rows import OneLine, Row, Rows
from runner.tui.widgets.table import Table

MESH = sorted(Path("labs/istio-install/text").glob("*.md"))
words = st.text(
    st.characters(codec="utf-8") | st.sampled_from("가나다 한글 👨‍👩‍👧 ⚠️ \x1b[31m \t\n| * ` [ ] # - > 1. ~"),
    max_size=200,
)
PARTS = ["# 제목", "- a", "  - 가나다라마바사", "1. b", "> q", "```", "| a | b |\n|---|---|\n| 긴 칸 | x |"]
markdown = words | st.lists(st.sampled_from([*PARTS, "[l](http://a.b)", "", "---"]), max_size=12).map(
    "\n".join
)
modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def plain(blocks: list, width: int) -> list[str]:
    return [line.plain for line in Rows(blocks).lines(width)]


@modest
@given(markdown, st.integers(1, 90))
def test_no_line_of_a_text_is_wider_than_its_room(text, width):
    for line in Rows(prose(text)).lines(width):
        assert line.cell_length == cell_len(line.plain) <= width


@modest
@given(words, words, words, st.integers(1, 60))
def test_no_line_of_a_row_is_wider_than_its_room(first, body, right, width):
    first, body, right = (Content(safe(each).replace("\n", " ")) for each in (first, body, right))
    for block in (
        Row(body, first),
        Row(body, first, Content(" " * 6), fill="on red"),
        OneLine(body, first, right),
    ):
        for line in Rows([block]).lines(width):
            assert cell_len(line.plain) <= width


@modest
@given(words)
def test_nothing_that_a_terminal_acts_on_is_left(text):
    for each in safe(text):
        assert each == "\n" or unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def test_what_hides_is_written_out_and_hangul_is_composed():
    assert safe("a\x1b[31mb\u202ec") == "a\\x1b[31mb\\u202ec"
    assert safe("a\tb\r\nc") == "a   b\nc"
    assert safe(unicodedata.normalize("NFD", "한글")) == "한글"
    assert safe("👨\u200d👩\u200d👧 ⚠\ufe0f") == "👨👩👧 ⚠"


@modest
@given(st.text("가나다라 abcdefg", min_size=1), st.integers(12, 40))
def test_every_word_is_still_there_when_a_row_folds(text, width):
    lines = Row(Content(text), Content("$ ")).lines(width)
    assert "".join("".join(line.plain[2:] for line in lines).split()) == "".join(text.split())


def test_a_long_command_hangs_below_its_beginning():
    lines = plain(code("  kubectl get pods --namespace istio-system --output wide"), 30)
    assert lines[0].startswith("   kubectl")
    assert all(line.startswith("       ") for line in lines[1:])
    assert {len(line) for line in lines} == {30}  # on a ground of its own


def test_markup_of_another_kind_is_text():
    assert plain(prose("[red]not red[/] <b>bold</b> @click"), 60) == ["[red]not red[/] <b>bold</b> @click"]


def test_lists_quotations_and_code_stand_where_they_belong():
    text = "Do:\n\n1. one\n   - *deep*\n2. two\n\n> said\n\n```\ncode\n```\nend"
    assert [line.rstrip() for line in plain(prose(text), 20)] == [
        "Do:", "", "1. one", "   ◦ deep", "2. two", "", "▎ said", "", "▏code", "", "end",
    ]  # fmt: skip


def test_a_link_says_where_it_leads_and_only_the_web_is_linked():
    text = "[good](https://good.example) [bad](javascript:alert) [file](file:///etc) <http://a.b>"
    anchors = [anchor for line in prose(text)[0].lines(200) for _, anchor in spans(line)]
    assert [(anchor.kind, anchor.about) for anchor in anchors] == [
        ("link", "https://good.example"),
        ("link", "http://a.b"),
    ]
    assert "good ‹https://good.example›" in plain(prose(text), 200)[0]
    assert plain(prose("<http://a.b>"), 40) == ["http://a.b"]


TABLE = Table(
    (Content(""), Content("API gateway"), Content("Service mesh")),
    ((Content("Network"), Content("between the outside and the inside of it"), Content("안쪽 서비스 사이")),),
)


def test_a_table_is_in_columns_where_there_is_room():
    lines = [line.plain.rstrip() for line in TABLE.lines(90)]
    assert lines[0].split() == ["API", "gateway", "Service", "mesh"]
    assert lines[-1].startswith("Network  between the outside and the inside of it  안쪽")


def test_a_table_is_read_row_by_row_where_there_is_none():
    assert [line.plain for line in TABLE.lines(44)] == [
        "Network",
        "  API gateway: between the outside and the",
        "    inside of it",
        "  Service mesh: 안쪽 서비스 사이",
    ]


@pytest.mark.parametrize("file", MESH, ids=lambda file: file.name)
@pytest.mark.parametrize("width", [30, 48, 80])
def test_the_labs_own_texts_fit(file, width):
    lines = Rows(prose(file.read_text())).lines(width)
    assert lines
    assert max(line.cell_length for line in lines) <= width


def test_ten_thousand_letters_fold():
    lines = plain(prose("x" * 10_000 + " 가" * 5000), 40)
    assert max(map(cell_len, lines)) <= 40
    assert sum(line.count("x") for line in lines) == 10_000


@pytest.mark.parametrize(
    ("pattern", "asked"),
    [(r"Proceed\? \(y/N\)", "Proceed? (y/N)"), (r"^Name:\s+$", "Name:"), ("계속할까요", "계속할까요")],
)
def test_a_question_is_reported_as_it_is_printed(pattern, asked):
    assert question(pattern) == asked


def test_prose_keeps_a_readable_measure_on_a_wide_page():
    text = "word " * 100
    assert max(map(len, plain(prose(text), 200))) <= 96
    assert max(map(len, plain(prose(f"- {text}"), 200))) <= 96
    assert max(len(line.rstrip()) for line in plain(prose("```\n" + "x" * 150 + "\n```"), 200)) > 140
