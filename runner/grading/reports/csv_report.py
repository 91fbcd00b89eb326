"""A run as a table: a line for each check, for spreadsheets."""

from __future__ import annotations

import csv
import io

from runner import plain_text
from runner.grading.grading_texts import title
from runner.grading.reports.cases import cases
from runner.grading.result import Result

BOM = "\ufeff"
"""By this Excel knows that the file is UTF-8, and shows Korean as it is."""
_ACTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_STATES = {
    "passed": "passed",
    "failure": "not-passed",
    "error": "could-not-be-judged",
    "skipped": "not-judged",
}


def csv_report(result: Result, language: str) -> str:
    """RFC 4180, UTF-8. Empty points: not judged, which is not zero."""
    written = io.StringIO(newline="")
    rows = csv.writer(written)
    rows.writerow(["lab", "step", "title", "counts", "check", "state", "points", "of", "message"])
    for part in result.parts:
        for each in cases(result, part, language):
            judged = each.kind in ("passed", "failure")
            rows.writerow(
                [
                    cell(result.lab.id),
                    cell(part.id),
                    cell(title(part, language)),
                    "yes" if part.counts else "no",
                    cell(each.name),
                    _STATES[each.kind],
                    each.points if judged else "",
                    each.points_total,
                    cell(each.message),
                ]
            )
    return BOM + written.getvalue()


def cell(words: str) -> str:
    """A cell that a spreadsheet treats as text and never as a formula."""
    text = " ".join(plain_text.line(words).split())[:1000]
    return f"'{text}" if text.startswith(_ACTS) else text
