"""Reports of a class, one file a format: a pure function of the result and a language."""

from __future__ import annotations

from collections.abc import Callable

from runner.grading.roster.class_model import ClassResult
from runner.grading.roster.reports.class_csv import csv_report
from runner.grading.roster.reports.class_html import html_report
from runner.grading.roster.reports.class_json import json_report
from runner.grading.roster.reports.class_junit import junit_report
from runner.grading.roster.reports.class_markdown import markdown_report

ClassReport = Callable[[ClassResult, str], str]

CLASS_REPORTS: dict[str, ClassReport] = {
    "csv": csv_report,
    "html": html_report,
    "json": json_report,
    "junit": junit_report,
    "markdown": markdown_report,
}
