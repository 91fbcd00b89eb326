"""What is made of the keys that a person presses while a command runs."""

from __future__ import annotations

import pytest

from runner.authoring.record.recording import Typed
from runner.authoring.record.typed_answers import Keyboard, Situation


def line(question: str = "", *, hidden: bool = False) -> Situation:
    return Situation(running=True, reads_keys=False, hidden=hidden, unfinished=question)


EDITOR = Situation(running=True, reads_keys=True, hidden=False, unfinished="~")
PROMPT = Situation(running=False, reads_keys=False, hidden=False, unfinished="$ ")


def typed(*pressed: tuple[str, Situation]) -> Typed:
    keyboard = Keyboard()
    for text, situation in pressed:
        keyboard.typed(text.encode(), situation)
    return keyboard.taken()


def in_editor(*pieces: str) -> tuple[str, ...]:
    return typed(*((piece, EDITOR) for piece in pieces)).keys


def test_an_answer_belongs_to_the_question_on_its_line() -> None:
    asked = line("Proceed? (y/N) ")
    echoed = line("Proceed? (y/N) y")
    assert typed(("y", asked), ("\r", echoed)).answers == (("Proceed? (y/N)", "y"),)


def test_an_answer_is_what_is_left_after_mending_it() -> None:
    asked = line("Name: ")
    assert typed(("wep\x7fb\r", asked)).answers == (("Name:", "web"),)
    assert typed(("never\x15web\r", asked)).answers == (("Name:", "web"),)


def test_an_answer_that_is_not_shown_is_kept_nowhere() -> None:
    found = typed(("hunter2", line("Password: ", hidden=True)), ("\r", line("Password: ", hidden=True)))
    assert found.hidden == ("Password:",)
    assert "hunter2" not in repr(found)


def test_a_token_is_taken_out_of_an_answer_that_was_shown() -> None:
    found = typed(("token=abcdef123456\r", line("Give it: ")))
    assert found.masked
    assert "abcdef123456" not in repr(found)


def test_lines_where_nothing_was_asked_are_reported_as_such() -> None:
    assert typed(("kubectl get ns\r", line())).unasked == ("kubectl get ns",)


def test_what_is_typed_at_the_prompt_is_the_historys_business() -> None:
    assert typed(("kubectl get ns\r", PROMPT)) == Typed()


def test_ctrl_c_is_noticed() -> None:
    assert typed(("\x03", line())).interrupted


def test_vi_as_it_is_typed() -> None:
    keys = in_editor(*":%s/ClusterIP/LoadBalancer/g", "\r", ":wq!", "\r")
    assert keys == (":%s/ClusterIP/LoadBalancer/g", "enter", ":wq!", "enter")


def test_a_mistyped_vi_command_is_put_right_and_a_backspace_elsewhere_is_kept() -> None:
    assert in_editor(":wqq", "\x7f", "\r") == (":wq", "enter")
    assert in_editor("iab", "\x7f", "\x1b") == ("iab", "backspace", "escape")


@pytest.mark.parametrize(
    ("sent", "name"),
    [("\x1b", "escape"), ("\x1b[A", "up"), ("\x1bOB", "down"), ("\x1b[3~", "delete"), ("\t", "tab"), ("\x04", "ctrl+d")],
)  # fmt: skip
def test_keys_have_names(sent: str, name: str) -> None:
    assert in_editor(sent) == (name,)


@pytest.mark.parametrize(
    "reply",
    ["\x1b[?1;2c", "\x1b[>84;0;0c", "\x1b[24;80R", "\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1bP1+r436f=38\x1b\\", "\x1b[I"],
)  # fmt: skip
def test_what_the_terminal_answers_by_itself_is_no_key(reply: str) -> None:
    assert in_editor(reply, "x") == ("x",)


def test_text_that_reads_like_a_keys_name_is_typed_in_two_parts() -> None:
    assert in_editor("up") == ("u", "p")
    assert in_editor("enter") == ("e", "nter")


def test_a_paste_is_text_and_line_ends() -> None:
    assert in_editor("i", "\x1b[200~kind: Pod\rname: x\x1b[201~", "\x1b") == (
        "ikind: Pod", "enter", "name: x", "escape",
    )  # fmt: skip


def test_keys_typed_before_the_editor_had_drawn_itself_are_its_own() -> None:
    assert typed(("ihel", line()), ("lo", EDITOR), ("\x1b", EDITOR)).keys == ("ihello", "escape")


def test_korean_that_arrives_in_two_pieces() -> None:
    keyboard = Keyboard()
    sent = "i안녕".encode()
    keyboard.typed(sent[:3], EDITOR)
    keyboard.typed(sent[3:], EDITOR)
    assert keyboard.taken().keys == ("i안녕",)


def test_keys_without_a_name_and_the_mouse_are_counted() -> None:
    assert typed(("\x1b[15~\x1b[<0;3;4M", EDITOR)).lost == 2
