"""The pieces that the stream goes through: marks, control sequences, lines, secrets, saved variables."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.shell import read_saved_state
from runner.shell.bash import find_bash
from runner.shell.controls import Modes, Tokens, plain
from runner.shell.declared import parse
from runner.shell.key_bytes import key_bytes
from runner.shell.marks import Mark, MarkParser
from runner.shell.output_lines import Lines
from runner.shell.redact import MASK, Redactor, redact
from runner.shell.transcript import Transcript

STREAM = (
    "한글 \x1b[1mbold\x1b[0m\x1b]133;A;n0nce\x07$ \x1b]133;B;n0nce\x07ls\r\n\x1b]133;C;n0nce\x1b\\out\x1b]133;D;0\x07"
    "\x1b]0;title\x07\x1b]133;D;7;n0nce\x07\x1b]7;file://n0nce/a%20b/%ed%95%9c\x07\x1b]7;file://host/x\x07end\x1b"
).encode()
CLEAN = (
    "한글 \x1b[1mbold\x1b[0m$ ls\r\nout\x1b]133;D;0\x07\x1b]0;title\x07\x1b]7;file://host/x\x07end"
).encode()


@given(st.lists(st.integers(1, 40), max_size=60))
def test_marks_are_found_however_the_stream_is_cut(sizes: list[int]) -> None:
    parser, clean, marks = MarkParser("n0nce"), b"", []
    rest = STREAM
    for size in [*sizes, len(STREAM)]:
        for part in parser.feed(rest[:size]):
            if isinstance(part, Mark):
                assert part.position == len(clean)
                marks.append((part.kind, part.value))
            else:
                clean += part
        rest = rest[size:]
    assert clean == CLEAN
    assert marks == [("A", ""), ("B", ""), ("C", ""), ("D", "7"), ("F", "/a b/한")]


def test_a_mark_that_never_ends_is_given_back() -> None:
    parser = MarkParser("n")
    endless = b"\x1b]133;" + b"x" * 50_000
    given_back = b"".join(part for part in parser.feed(endless) if isinstance(part, bytes))
    assert given_back == endless


@given(st.lists(st.integers(1, 12), max_size=60))
def test_control_sequences_are_left_out_however_the_text_is_cut(sizes: list[int]) -> None:
    text = "a\x1b[38;5;1mb\x1b]0;title\x1b\\c\x1b(Bd\x1b=e\tf\r\n한\rg\bh\x07\x1bPq#0\x1b\\i\x1b[?1049hj\x1b[?1049l!"
    tokens, words, modes, seen = Tokens(), "", Modes(), []
    rest = text
    for size in [*sizes, len(text)]:
        pieces = tokens.feed(rest[:size])
        words += plain(pieces)
        for piece in pieces:
            before = modes.alternate
            modes.see(piece)
            seen += [modes.alternate] if modes.alternate != before else []
        rest = rest[size:]
    assert words == "abcde\tf\n한\nghij!"
    assert seen == [True, False]


def shown(text: str, columns: int = 20) -> list[str]:
    lines = Lines(columns)
    return lines.feed(Tokens().feed(text)) + lines.settle()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one\r\ntwo", ["one", "two"]),
        ("10%\r50%\r100%\r\n", ["100%"]),
        ("abc\b\bX\r\n", ["aXc"]),
        ("abcdef\r\x1b[K\x1b[2Cx\r\n", ["  x"]),
        ("abcdef\x1b[3D\x1b[P\x1b[1@_\r\n", ["abc_ef"]),
        ("x" * 50 + "\r\ny\r\n", ["x" * 50, "y"]),
        ("x" * 20 + " \ry\r\n", ["x" * 20 + "y"]),  # as readline wraps a line
        ("한글" * 8 + "\r\n", ["한글" * 8]),
        ("e\u0301\r\n", ["e\u0301"]),
        ("a\tb\r\n", ["a       b"]),
        ("\x1b[32mgreen\x1b[0m\x1b]0;t\x07\r\n\r\nend", ["green", "", "end"]),
        ("before\r\n\x1b[?1049hscreen\r\nfull\x1b[?1049lafter", ["before", "after"]),
        ("gone\x1b[2Jhere", ["here"]),
        ("", []),
    ],
)
def test_lines_as_they_ended_up(text: str, lines: list[str]) -> None:
    assert shown(text) == lines


def test_a_line_without_end_is_cut() -> None:
    lines = Lines(80)
    done = [line for _ in range(30) for line in lines.feed(["x" * 10_000])]
    assert len("".join(done)) >= 200_000


TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJlLWhlcmU"


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("    token: abcdef0123456789", "abcdef0123456789"),
        ('{"token":"abcdef0123","x":1}', "abcdef0123"),
        ("    client-key-data: LS0tLS1CRUdJTiBSU0E=", "LS0tLS1CRUdJTiBSU0E="),
        ("    id-token: abc.def", "abc.def"),
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("Authorization: Basic cGFzc3dk", "cGFzc3dk"),
        ("curl -H 'authorization: bearer sha256~abcdefgh'", "sha256~abcdefgh"),
        ("kubectl --token=abcdef0123 get pods", "abcdef0123"),
        ("kubectl --token abcdef0123 get pods", "abcdef0123"),
        ("export GH_TOKEN=ghp_0123456789", "ghp_0123456789"),
        ("kubectl create secret generic db --from-literal=password=hunter2", "hunter2"),
        ("  password: hunter2", "hunter2"),
        (f"the token is {TOKEN}", TOKEN),
    ],
)
def test_secrets_are_masked(line: str, secret: str) -> None:
    assert secret not in redact(line)
    assert MASK in redact(line)


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get secrets -n istio-system",
        "secret/kiali created",
        "serviceaccount/token-reviewer created",
        "TYPE: kubernetes.io/service-account-token",
        "kubectl create token kiali -n istio-system",
        "Basic features of the mesh",
        "the bearer certificate",
        "echo $TOKEN",
        "NAME   READY   STATUS    RESTARTS   AGE",
        "한국어 토큰: 설명",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redact(line) == line


def test_private_keys_are_masked_over_lines() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----\nafter"
    assert Redactor().lines(key.split("\n")).count("MII") == 0
    assert Redactor().lines(key.split("\n")).endswith("after\n")


def test_the_transcript_is_private_appended_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "transcript.txt"
    first = Transcript(path, 80)
    first.feed(["token: ", "abcdef0123456789", "\r\n", "half"])
    first.close()
    assert path.read_text() == f"token: {MASK}\nhalf\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Transcript(path, 80, most=1000)
    for number in range(300):
        again.feed([f"line {number}", "\r\n"])
    again.close()
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["transcript.txt", "transcript.txt.1"]
    assert all(file.stat().st_size <= 1000 for file in files)
    assert path.read_text().endswith("line 299\n")


def test_a_transcript_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    transcript = Transcript(tmp_path / "file" / "below", 80)
    transcript.feed(["text", "\r\n"])
    transcript.close()
    assert (tmp_path / "file").read_text() == ""


values = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=30)
tricky = st.sampled_from(
    ['"', "'", "$x", "`id`", "\\", "\\n", "\n", 'declare -x A="1"\n', "한글", "\x1b[0m", ")", "\x7f"]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(values, tricky), max_size=6).map("".join), st.sampled_from(["C", "C.UTF-8"]))
def test_what_bash_declares_is_read_back(value: str, locale: str) -> None:
    output = subprocess.run(
        [
            str(find_bash(os.environ)),
            "--norc",
            "-c",
            'array=("$V" ")" x); declare -A map=(["$V"]="$V"); declare -p',
        ],
        env={"V": value, "LC_ALL": locale, "AFTER": "1"},
        capture_output=True,
        check=True,
    ).stdout
    variables = {each.name: each for each in parse(output.decode("utf-8", "surrogateescape"))}
    assert variables["V"].value == value
    assert variables["V"].exported
    assert variables["array"].value is None
    assert variables["AFTER"].value == "1"


def test_nothing_saved(tmp_path: Path) -> None:
    assert read_saved_state(tmp_path) is None
    assert read_saved_state(tmp_path / "not-there") is None
    (tmp_path / "dump").write_text('declare -x A="1"\n')  # cut short: no end mark
    assert read_saved_state(tmp_path) is None


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("enter", b"\r"),
        ("Escape", b"\x1b"),
        ("ctrl+c", b"\x03"),
        ("ctrl+[", b"\x1b"),
        ("up", b"\x1b[A"),
        (":wq!", b":wq!"),
        ("한글", "한글".encode()),
    ],
)
def test_keys(key: str, data: bytes) -> None:
    assert key_bytes(key) == data


def test_cursor_keys_have_another_form() -> None:
    assert key_bytes("down", application_cursor=True) == b"\x1bOB"


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 1000])
def test_plain_lines_that_come_as_a_block_are_the_lines_that_they_are(pieces: int) -> None:
    text = (
        "one\r\ntwo  \r\n\r\n한글\r\nprogress 1\rprogress 2\r\n"
        + "x" * 50
        + "\r\nlast\tcolumn\r\n\x1b[1mbold\x1b[0m\r\nopen"
    )
    tokens, lines = Tokens(), Lines(20)
    done: list[str] = []
    size = max(1, len(text) // pieces)
    for start in range(0, len(text), size):
        done += lines.feed(tokens.feed(text[start : start + size]))
    done += lines.settle()
    assert done == ["one", "two", "", "한글", "progress 2", "x" * 50, "last    column", "bold", "open"]


def test_while_a_line_is_edited_a_block_is_a_part_of_it() -> None:
    lines = Lines(20)
    lines.editing = True
    assert lines.feed(Tokens().feed("a\r\nb\r\n\x1b[A\x1b[A\x1b[1Cx")) == []
    assert lines.settle() == ["ax", "b"]
