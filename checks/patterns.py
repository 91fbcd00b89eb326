"""Regular expressions of a lab, in RE2's syntax: found in linear time, whatever the expression and the text.

A lab file is somebody else's, and so may be what its expressions are tried on. Python's own engine can be kept busy
for years by either. https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any

import re2
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from checks.phrase import Phrase, phrase

MOST_COMPILING, MOST_SEARCHING = 128 * 1024, 1024 * 1024
"""Bytes that RE2 may take: the first are soon used up by an expression that is too large, the second make it quick."""
MOST_PROGRAM = 5000
"""Instructions of a compiled one: what it costs at worst is this by the length of the text."""


class NotAPattern(ValueError):
    """The expression can't be used; `reason` says why, and what to write instead."""

    def __init__(self, reason: Phrase) -> None:
        super().__init__(reason.render())
        self.reason = reason


class Pattern:
    """A compiled expression. Texts may have anything in them, halves of characters too."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def found_in(self, text: str) -> bool:
        """Whether it is found anywhere in the text."""
        return self._compiled.search(text.encode("utf-8", "replace")) is not None

    def fits(self, text: str) -> bool:
        """Whether all of the text is what it describes."""
        return self._compiled.fullmatch(text.encode("utf-8", "replace")) is not None

    def search(self, text: str, start: int = 0) -> Any:
        """The first place where it is found, as `re` gives it (`start()`, `end()`), None if there is none."""
        return self._compiled.search(text.encode("utf-8", "replace").decode(), start)


@lru_cache(maxsize=4096)
def compiled(
    pattern: str, *, lines: bool = False, ignore_case: bool = False, dot_all: bool = False
) -> Pattern:
    """The expression, ready to be used. `lines`: ^ and $ are a line's. `dot_all`: . is also the end of a line.

    Raises NotAPattern.
    """
    written = f"(?m){pattern}" if lines else pattern
    try:
        first = re2.compile(written, _options(MOST_COMPILING, ignore_case, dot_all))
        if first.programsize > MOST_PROGRAM:
            raise NotAPattern(_TOO_LARGE)
        return Pattern(re2.compile(written, _options(MOST_SEARCHING, ignore_case, dot_all)))
    except re2.error as error:
        raise NotAPattern(_reason(error)) from None
    except UnicodeError:
        raise NotAPattern(phrase("it has half a character in it")) from None


def _options(memory: int, ignore_case: bool, dot_all: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    options.case_sensitive = not ignore_case
    options.dot_nl = dot_all
    return options


_TOO_LARGE = phrase("it is too large: repeat less, as in {example}", example="[a-z]{1,40}")
_INSTEAD = (
    (
        r"^invalid perl operator: \(\?(<?[=!])",
        phrase(
            "looking ahead or behind, {written}, is not known (the syntax is RE2's): say what must be there, "
            "and check in another way what must not"
        ),
    ),
    (
        r"^invalid escape sequence: (\\[1-9])",
        phrase(
            "referring back, {written}, is not known (the syntax is RE2's): write out what may stand there"
        ),
    ),
    (
        r"^invalid escape sequence: (\\Z)",
        phrase("{written} is not known (the syntax is RE2's): the end is \\z"),
    ),
    (
        r"^invalid escape sequence: (\\[uUxN])",
        phrase("{written} is not known (the syntax is RE2's): write the character itself, or \\x{{AC00}}"),
    ),
    (
        r"^bad repetition operator: (.*)",
        phrase("{written} repeats twice: one of them is enough (nothing is ever tried again)"),
    ),
    (r"^invalid perl operator: (\(\?>)", phrase("{written} is not needed, nor known: write (?:")),
    (
        r"^invalid perl operator: (\(\?.?)",
        phrase(
            "{written} is not known (the syntax is RE2's): flags are (?i), (?s), (?m) and (?U), names (?P<name>…)"
        ),
    ),
    (r"^invalid repetition size: (.*)", phrase("{written} is too often: at most 1000 times in all")),
    (
        r"^no argument for repetition operator: (.*)",
        phrase("there is nothing before {written} to be repeated"),
    ),
    (r"^missing \]: (.*)", phrase("the bracket is not closed: {written}")),
    (r"^missing \): (.*)", phrase("a parenthesis is not closed: {written}")),
    (r"^unexpected \): (.*)", phrase("a parenthesis is closed that was not opened: {written}")),
    (r"^invalid character class range: (.*)", phrase("a range that runs backwards: {written}")),
    (r"^invalid escape sequence: (.*)", phrase("{written} is not known (the syntax is RE2's)")),
    (r"^trailing \\()", phrase("a \\ at its end escapes nothing")),
)
"""What RE2 says (re2/parse.cc, StringToStatus), and the words for the author. `{written}` is the part it names."""


def _reason(error: re2.error) -> Phrase:
    message = error.args[0]
    output = message.decode(errors="replace") if isinstance(message, bytes) else str(message)
    if "too large" in output or "nesting depth" in output:
        return _TOO_LARGE
    for pattern, words in _INSTEAD:
        if found := re.match(pattern, output, re.DOTALL):
            written = (
                "(?" if "perl operator: (?" in output and not found[1].startswith("(") else ""
            ) + found[1]
            return Phrase(words.template, {"written": written[:60]})
    return Phrase("{reason}", {"reason": output[:200]})


def _compiles(pattern: str) -> str:
    try:
        compiled(pattern)
    except NotAPattern as error:
        raise PydanticCustomError("regex", "not a regular expression", {"reason": error.reason}) from None
    return pattern


Regex = Annotated[str, Field(max_length=1000), AfterValidator(_compiles)]
"""A regular expression in RE2's syntax."""


def matches_anything(pattern: str) -> bool:
    """Whether an expression is found in any text: in nothing, and in words that nobody would ask for."""
    return all(compiled(pattern).found_in(text) for text in ("", "\x00", "zq#7 §"))


QUOTED = 300
"""Characters of a message that is evidence."""


def excerpt(text: str, most: int = 200) -> str:
    """`text` in one line of at most `most` characters, its end kept: what went wrong is said last."""
    line = " ".join(text[-20 * most :].split())
    return line if len(line) <= most else "… " + line[-most + 2 :]


def quotation(text: str) -> str:
    """A message as evidence quotes it: longer than what stands within a sentence."""
    return excerpt(text, QUOTED)
