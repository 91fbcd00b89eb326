"""Reports of a class, one file a format: a pure function of the result and a language."""

from __future__ import annotations

from collections.abc import Callable

from runner.grading.roster.model import ClassResult
from runner.grading.roster.reports.csv import csv_report
from runner.grading.roster.reports.html import html_report
from runner.grading.roster.reports.json import json_report
from runner.grading.roster.reports.junit import junit_report
from runner.grading.roster.reports.markdown import markdown_report

ClassReport = Callable[[ClassResult, str], str]

CLASS_REPORTS: dict[str, ClassReport] = {
    "csv": csv_report,
    "html": html_report,
    "json": json_report,
    "junit": junit_report,
    "markdown": markdown_report,
}
