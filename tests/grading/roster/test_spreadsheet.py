"""Rosters as spreadsheet programs really save them."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.grading.roster.test_roster import read, reported  # noqa: F401 - a fixture

ROWS = (
    ("id", "name", "kubeconfig", "var.colour"),
    ("007", "김민수", "kim.yaml", "red"),
    ("lee", 'Lee, "J"', "lee.yaml", ""),
)


def table(rows=ROWS, separator=",", end="\r\n"):
    """With quotes where a program puts them."""

    def cell(text):
        return '"' + text.replace('"', '""') + '"' if set(text) & {separator, '"', "\n", "\r"} else text

    return end.join(separator.join(cell(each) for each in row) for row in rows) + end


SAVED = {
    "Excel, CSV UTF-8": b"\xef\xbb\xbf" + table().encode(),
    "Excel, Korean CSV": table().encode("cp949"),
    "Excel, German CSV UTF-8": b"\xef\xbb\xbf" + table(separator=";").encode(),
    "Excel, Unicode text": ("\ufeff" + table(separator="\t")).encode("utf-16-le"),
    "Excel for Mac, UTF-16 BE": ("\ufeff" + table(separator="\t")).encode("utf-16-be"),
    "Excel for Mac, old line ends": table(end="\r").encode(),
    "with sep=": b"sep=;\r\n" + table(separator=";").encode(),
    "with a mark and sep=": b"\xef\xbb\xbfsep=;\r\n" + table(separator=";").encode(),
    "LibreOffice": table(end="\n").encode(),
    "LibreOffice, all quoted": "\n".join(
        ",".join('"' + c.replace('"', '""') + '"' for c in row) for row in ROWS
    ).encode(),
    "Google Sheets": table().rstrip().encode(),
    "Numbers, UTF-16 without a mark": table().encode("utf-16-le"),
    "by hand, bars": table(separator="|", end="\n").encode(),
    "empty columns and rows behind it": "\r\n".join(
        line + ",,," for line in [*table().splitlines(), ",,,", ",,,"]
    ).encode(),
    "empty rows before it": b",,,\r\n\r\n" + table().encode(),
    "an empty column within it": table([(row[0], "", *row[1:]) for row in ROWS]).encode(),
    "headings in capitals, with spaces": table(
        [(" ID ", "Name\u00a0", "KubeConfig", "VAR.colour"), *ROWS[1:]]
    ).encode(),
    "Korean headings": table([("학번", "이름", "kubeconfig", "var.colour"), *ROWS[1:]]).encode("cp949"),
    "Korean headings of a Mac": table([("학번", "이름", "kubeconfig", "var.colour"), *ROWS[1:]]).encode(),
    "spaces that do not break": table([[f"\u00a0{each}\u00a0" for each in row] for row in ROWS]).encode(),
    "what can't be seen": table([[f"\u200b{each}\ufeff" for each in row] for row in ROWS]).encode(),
    "smart quotes": table([ROWS[0], *([f"“{each}”" for each in row] for row in ROWS[1:])]).encode(),
    "numbers as text": table([ROWS[0], ('="007"', *ROWS[1][1:]), ROWS[2]]).encode(),
    "line ends of all kinds": table().replace("\r\n", "\n", 1).encode(),
}


@pytest.mark.parametrize("program", SAVED)
def test_a_class_is_the_same_however_it_was_saved(read, program):  # noqa: F811
    kim, lee = read(SAVED[program], "class.csv")
    assert (kim.id, kim.name, kim.variables) == ("007", "김민수", {"colour": "red"})
    assert (lee.id, lee.name, lee.variables) == ("lee", 'Lee, "J"', {})


def test_western_encodings_too(read):  # noqa: F811
    (kim,) = read("id;name;kubeconfig\r\nkim;Jürgen Grün – Straße;kim.yaml\r\n".encode("cp1252"), "class.csv")
    assert kim.name == "Jürgen Grün – Straße"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
def test_yaml_too(read, encoding):  # noqa: F811
    (kim,) = read("- {id: kim, name: 김민수, kubeconfig: kim.yaml}\n".encode(encoding))
    assert kim.name == "김민수"


def test_what_is_wrong_is_reported_by_the_line_of_the_file_and_the_column_of_the_table(read):  # noqa: F811
    content = table(
        [
            ROWS[0],
            ("a b", "Kim\nMinsu", "kim.yaml", "red"),
            ("ok", "", "kim.yaml", "green"),
            ("2.02E+09", "", "kim.yaml", ""),
        ]
    )
    problems = reported(read, "sep=,\n" + content, "class.csv")
    assert [each.partition(": ")[0] for each in problems] == [
        "class.csv:3:1",
        "class.csv:5:1",
        "class.csv:6:1",
    ]
    assert "format the column as text" in problems[2]


@pytest.mark.parametrize("name", ["class.csv", "class.xlsx", "class.yaml"])
def test_a_spreadsheets_own_file_is_known(read, name):  # noqa: F811
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    for content in (written.getvalue(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)):
        (problem,) = reported(read, content, name)
        assert "save it as CSV (UTF-8)" in problem


def test_bytes_that_are_no_text(read):  # noqa: F811
    (problem,) = reported(read, bytes(range(256)) * 4, "class.csv")
    assert "not text" in problem
