"""Regular expressions of labs: RE2's syntax, what it does not know in words, and no text that takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.patterns import NotAPattern, compiled, excerpt, quotation


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("a(?=b)", "looking ahead or behind, (?=, is not known"),
        ("a(?!b)", "looking ahead or behind, (?!, is not known"),
        ("(?<=a)b", "looking ahead or behind, (?<=, is not known"),
        ("(?<!a)b", "looking ahead or behind, (?<!, is not known"),
        (r"(a)\1", r"referring back, \1, is not known"),
        ("(?P<x>a)(?P=x)", "(?P is not known"),
        (r"a\Z", r"the end is \z"),
        (r"\uAC00", r"write the character itself, or \x{AC00}"),
        ("a++", "++ repeats twice"),
        ("(?>a)", "write (?:"),
        ("(?x) a", "(?x is not known"),
        ("*a", "there is nothing before * to be repeated"),
        ("a{2000}", "{2000} is too often"),
        (r"\pL{500}", "it is too large"),
        ("(a", "a parenthesis is not closed: (a"),
        ("a)", "a parenthesis is closed that was not opened: a)"),
        ("[a", "the bracket is not closed: [a"),
        ("[z-a]", "a range that runs backwards: z-a"),
        ("a\\", "escapes nothing"),
        ("\ud800", "half a character"),
    ],
)
def test_what_is_not_known_is_reported_with_what_to_write(pattern: str, words: str) -> None:
    with pytest.raises(NotAPattern) as message:
        compiled(pattern)
    assert words in message.value.reason.render()


def test_the_ends_of_lines_and_of_texts() -> None:
    assert compiled("^b$", lines=True).found_in("a\nb\nc")
    assert not compiled("^b$").found_in("a\nb\nc")
    assert compiled("a.b", dot_all=True).search("xa\nb").start() == 1
    assert compiled("réponse|정답", ignore_case=True).fits("RÉPONSE")
    assert not compiled("a|ab").fits("abc")
    assert compiled("a|ab").fits("ab")
    assert compiled("가.").search("나가\udc80다").end() == 3


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a|a)*$b", "(a*)*(a*)*b", "(.*a){20}b", "a.{500}b", r"(\w+\s*)+;", "(?:a?){50}a{50}b"],
)
def test_nothing_is_tried_again_and_again(pattern: str) -> None:
    began = time.process_time()
    assert not compiled(pattern).found_in("a" * 100_000)
    assert time.process_time() - began < 30  # years, by backtracking


@given(st.text(alphabet="ab()[]{}*+?|\\.^$<>=!:P0123,-", max_size=40), st.text(max_size=40))
def test_whatever_is_written_it_compiles_or_is_reported(pattern: str, text: str) -> None:
    try:
        made = compiled(pattern)
    except NotAPattern as error:
        assert error.reason.render()
        return
    made.found_in(text)
    made.fits(text)


@pytest.mark.parametrize(
    ("shorten", "most"), [(excerpt, 200), (quotation, 300), (lambda text: excerpt(text, 5), 5)]
)
def test_a_long_text_is_shortened_to_its_end(shorten, most):
    assert shorten("x" * most) == "x" * most
    assert shorten("a" + "x" * most) == "… " + "x" * (most - 2)
    assert shorten(" a\n\n b ") == "a b"
    assert shorten("a" + " " * (20 * most - 1) + "b") == "b"
    assert shorten("a" + " " * (20 * most - 2) + "b") == "a b"
