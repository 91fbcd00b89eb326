"""Tables as spreadsheet programs save them: Excel, LibreOffice, Google Sheets, Numbers.

Excel's "CSV" is in the system's old encoding (CP949 in Korean, CP1252 in the West) and separated by what the system has
for lists (a semicolon where the comma is the decimal point); its "CSV UTF-8" begins with a byte order mark, and its
"Unicode Text" is UTF-16, separated by tabs. A first line `sep=;` is for Excel alone. `="007"` keeps a number's zeros.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from runner.words import Phrase, phrase

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as that of UTF-16 does
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_ENCODINGS = ("utf-8", "cp949", "cp1252")
"""Without a mark: the first in which it is text. CP1252 is nearly always that, and so the last."""
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SEPARATORS = ",;\t|"
_SEP_LINE = re.compile(r'\ufeff?"?sep=(.)"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_PAIRS = (("“", "”"), ("‘", "’"), ("„", "“"), ('"', '"'), ("'", "'"))
_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile("[\ufeff\u200b\u2060\u00ad]")
_SHORTENED = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)

HEADINGS = {
    "학번": "id",
    "아이디": "id",
    "student id": "id",
    "이름": "name",
    "성명": "name",
    "쿠브컨피그": "kubeconfig",
    "컨텍스트": "context",
    "네임스페이스": "namespace",
    "작업 폴더": "workspace",
    "작업폴더": "workspace",
}
"""Headings that mean one of our columns; their own names are understood in capitals and small letters."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row's cells, and the line of the file that it begins in."""

    line: int
    cells: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not any(self.cells)


def is_a_document(content: bytes) -> Phrase | None:
    """For a spreadsheet program's own file: what to do instead; None for others."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return phrase("this is a spreadsheet program's own file: save it as CSV (UTF-8), and name that")
    return None


def text_of(content: bytes) -> str | None:
    """The text, its byte order mark gone; None if it is text in no encoding that is known."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if content[1:2] == b"\0":
        return _decoded(content, "utf-16-le")
    return next((text for each in _ENCODINGS if (text := _decoded(content, each)) is not None), None)


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _NOT_TEXT.search(text) else text


def rows(text: str) -> Iterator[Row]:
    """The rows of a table from its headings on; empty ones too. Raises csv.Error."""
    first = 0
    separator = ""
    if first_line := _SEP_LINE.match(text):
        separator, text, first = first_line[1], text[first_line.end() :], 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator or _separator(text))
    begins = first + 1
    for cells in reader:
        yield Row(begins, tuple(cell(each) for each in cells))
        begins = first + reader.line_num + 1


def _separator(text: str) -> str:
    """What stands most often between the headings."""
    headings = next((line for line in text.splitlines() if line.strip(f"{_SEPARATORS} ")), "")
    bare = _QUOTED.sub("", headings)
    return max(_SEPARATORS, key=bare.count)


def cell(written: str) -> str:
    """What a cell holds, without what only looks like nothing."""
    value = _UNSEEN.sub("", _SPACES.sub(" ", written)).strip()
    if formula := _FORMULA.fullmatch(value):
        value = formula[1].replace('""', '"').strip()
    for begin, end in _PAIRS:
        if len(value) > 1 and value.startswith(begin) and value.endswith(end):
            return value[1:-1].strip()
    return value


def heading(written: str, known: tuple[str, ...], variable: str) -> str:
    """The column that a heading means; as it is written where it means none. `variable`: what a variable's begins with."""
    name = " ".join(unicodedata.normalize("NFC", written).split())
    if name.casefold().startswith(variable):
        return variable + name[len(variable) :].strip()
    plain = name.casefold()
    return plain if plain in known else HEADINGS.get(plain, name)


def looks_shortened(value: str) -> bool:
    """Whether a spreadsheet program has made 2.02E+09 of a long number."""
    return _SHORTENED.fullmatch(value) is not None
